"""The site and the single file as people use them, in a real browser: what is read on the screen is what is true.

Chromium opens the pages of this repository's own archive; axe-core looks for obstacles to people with disabilities.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from browser import chromium, served
from openletter import Archive
from openletter.packet import page as single
from openletter.site.building import build
from tools import need_library

ROOT = Path(__file__).parent.parent
AXE = ROOT / "tests" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
LETTER = "2026/open-water-record"
VERDICTS = {
    "alder.example": "signed",
    "birch.example": "signed",
    "cedar.example": "signed",
    "dogwood.example": "signed-earlier",
    "elm.example": "named",
    "fir.example": "endorsed",
}
PAGES = (
    "index.html",
    f"{LETTER}/index.html",
    f"{LETTER}/1/index.html",
    f"{LETTER}/1..3/index.html",
    f"{LETTER}/1..3/side/index.html",
    f"{LETTER}/2026-05-14/index.html",
    "2026/reading-room-hours/index.html",
    "2026/night-bus/index.html",
    "organizations/index.html",
    "organizations/gale.example/index.html",
    "check/index.html",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site") / "site"
    build(Archive.open(ROOT), out)
    return out


@pytest.fixture(scope="module")
def address(built: Path) -> Iterator[str]:
    with served(built) as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test where anything is refused by the policy, or asked of another host."""
    context = browser.new_context()
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("request", lambda asked: wrong.append(asked.url) if not _ours(asked.url) else None)
    yield opened
    context.close()
    assert not wrong


def _ours(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "file:///", "data:"))


def checked(page: Page, state: str) -> None:
    expect(page.locator("#check")).to_have_attribute("data-state", state, timeout=20_000)


def computed(page: Page) -> dict[str, str]:
    """The verdicts that the page's own script computed, by what a person reads beside each id."""
    rows = page.locator("#check [data-computed]")
    return {row.locator("bdi").first.inner_text(): row.get_attribute("data-computed") or "" for row in rows.all()}


# --- a letter ---


def test_the_verdicts_are_computed_in_the_page_over_what_it_shows(page: Page, address: str) -> None:
    page.goto(f"{address}/index.html")
    page.get_by_role("link", name="Open the water records of the Lower Valley").click()
    checked(page, "sound")
    assert computed(page) == VERDICTS
    said = page.locator("#check").inner_text()
    assert "alder.example: signed this text, by key SHA256:" in said
    assert "elm.example: no signature here" in said
    assert "the words that the page shows are those of the record" in said
    assert "a page can't vouch for itself" in said
    expect(page.get_by_role("heading", level=1)).to_have_text("Open the water records of the Lower Valley")


@pytest.mark.parametrize(
    ("file", "change"),
    [
        (f"archive/{LETTER}/0003.yaml", (b"all forty wells", b"all forty bells")),
        (f"{LETTER}/3/bundle.json", (b'"sha256":"', b'"sha256":"0')),
    ],
)
def test_one_byte_of_what_is_served_changed_is_refused(
    page: Page, built: Path, tmp_path: Path, file: str, change: tuple[bytes, bytes]
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(built, copy)
    before = (copy / file).read_bytes()
    assert before.count(change[0]) == 1
    (copy / file).write_bytes(before.replace(*change))
    with served(copy) as address:
        page.goto(f"{address}/{LETTER}/3/index.html")
        checked(page, "refused")
        assert "signed" not in computed(page).values()


def test_a_word_of_the_page_changed_is_reported(page: Page, built: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(built, copy)
    shown = copy / LETTER / "3" / "index.html"
    shown.write_text(shown.read_text().replace("forty wells", "fourteen wells", 1))
    with served(copy) as address:
        page.goto(f"{address}/{LETTER}/3/index.html")
        checked(page, "refused")
        expect(page.locator("#check")).to_have_attribute("data-text", "different")


def test_a_verdict_of_the_page_that_lies_is_reported(page: Page, built: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(built, copy)
    shown = copy / LETTER / "3" / "index.html"
    lie = 'data-organization="elm.example" data-verdict="named"'
    text = shown.read_text()
    assert lie in text
    shown.write_text(text.replace(lie, lie.replace("named", "signed")))
    with served(copy) as address:
        page.goto(f"{address}/{LETTER}/3/index.html")
        checked(page, "refused")
        assert computed(page) == VERDICTS


@pytest.mark.parametrize(
    ("was", "becomes", "text"),
    [
        (", not the figure", '<span class="hidden">, not the figure</span>', "unmatched"),
        ("1961 the Board", '<bdo dir="rtl">1961</bdo> the Board', "unmatched"),
        (", not the figure", "<s>, not the figure</s>", "unmatched"),
        ("from 1961 on", "from 196.1 on", "different"),
    ],
)
def test_a_letter_that_is_drawn_otherwise_is_not_said_to_be_the_same(
    page: Page, built: Path, tmp_path: Path, was: str, becomes: str, text: str
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(built, copy)
    shown = copy / LETTER / "3" / "index.html"
    found = shown.read_text()
    start = found.index('<article id="letter"')
    assert was in found[start:]
    shown.write_text(found[:start] + found[start:].replace(was, becomes, 1))
    with served(copy) as address:
        page.goto(f"{address}/{LETTER}/3/index.html")
        expect(page.locator("#check")).to_have_attribute("data-text", text, timeout=20_000)


def test_a_row_under_the_heading_of_another_verdict_is_reported(page: Page, built: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(built, copy)
    shown = copy / LETTER / "3" / "index.html"
    text = shown.read_text()
    assert text.count("no signature here") >= 1
    shown.write_text(text.replace("no signature here", "signed this text"))
    with served(copy) as address:
        page.goto(f"{address}/{LETTER}/3/index.html")
        checked(page, "refused")
        assert computed(page) == VERDICTS


def test_without_scripts_everything_is_there_but_the_check_and_the_search(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto(f"{address}/index.html")
    assert opened.get_by_role("link", name="Open the water records of the Lower Valley").is_visible()
    assert not opened.get_by_role("searchbox").is_visible()
    opened.get_by_role("link", name="Open the water records of the Lower Valley").click()
    assert opened.get_by_text("Nothing was computed here").is_visible()
    assert "Of the five organizations named in this letter, three have signed" in opened.locator("main").inner_text()
    opened.get_by_role("link", name="From revision 1 to revision 3").click()
    assert opened.locator("ins").count()
    context.close()


def test_two_revisions_are_compared_in_one_text_and_side_by_side(page: Page, address: str) -> None:
    page.goto(f"{address}/{LETTER}/index.html")
    page.get_by_role("link", name="From revision 2 to revision 3").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What changed")
    heard = page.locator("ins").first.text_content() or ""
    assert "inserted" in heard.lower()
    page.get_by_role("link", name="Side by side").click()
    table = page.get_by_role("table").first
    assert [cell.inner_text() for cell in table.get_by_role("columnheader").all()] == ["Revision 2", "Revision 3"]
    assert "dogwood.example" in page.get_by_role("table").last.inner_text()
    page.get_by_role("link", name="In one text").click()
    assert page.locator("ins").count()


def test_the_search_finds_a_word_of_a_letter_and_says_how_many(page: Page, address: str) -> None:
    page.goto(f"{address}/index.html")
    field = page.get_by_role("searchbox")
    field.fill("hospital")
    expect(page.get_by_role("status")).to_have_text("One letter found.")
    assert [row.get_attribute("data-letter") for row in page.locator("[data-letter]:visible").all()] == [
        "2026/night-bus"
    ]
    field.fill("القاعة")
    expect(page.get_by_role("status")).to_have_text("One letter found.")
    field.fill("no such word")
    expect(page.get_by_role("status")).to_have_text("0 letters found.")
    field.fill("")
    expect(page.get_by_role("status")).to_have_text("")
    assert page.locator("[data-letter]:visible").count() == 3


def test_with_the_keyboard_alone_one_comes_to_a_letter_and_to_what_changed(page: Page, address: str) -> None:
    page.goto(f"{address}/index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.locator(".skip").is_visible()
    page.keyboard.press("Enter")
    reach(page, "Open the water records of the Lower Valley")
    page.keyboard.press("Enter")
    checked(page, "sound")
    reach(page, "From revision 2 to revision 3")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("What changed")


def reach(page: Page, words: str) -> None:
    """Press Tab until the link with these words has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip() == words:
            return
    pytest.fail(f"the keyboard doesn't come to: {words}")


# --- the single file ---


@pytest.fixture(scope="module")
def single_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("single") / "letter.html"
    file.write_bytes(single.render(Archive.open(ROOT).bundle(LETTER, 3)))
    return file


def test_the_single_file_checks_itself_from_a_folder_without_a_network(page: Page, single_file: Path) -> None:
    page.context.set_offline(True)
    page.goto(single_file.as_uri())
    checked(page, "sound")
    assert computed(page) == VERDICTS
    assert "the words that the page shows are those of the record" in page.locator("#check").inner_text()


def test_the_files_saved_out_of_the_single_file_are_those_of_the_archive(page: Page, single_file: Path) -> None:
    page.goto(single_file.as_uri())
    checked(page, "sound")
    with page.expect_download() as saved:
        page.locator("section").filter(has_text="The files themselves").get_by_role("link", name="0003.yaml").click()
    assert saved.value.suggested_filename == "0003.yaml"
    assert saved.value.path().read_bytes() == (ROOT / "archive" / LETTER / "0003.yaml").read_bytes()


def test_a_site_opened_from_a_folder_says_that_it_cannot_check(page: Page, built: Path) -> None:
    context = page.context.browser
    assert context is not None
    opened = context.new_page()
    opened.goto((built / LETTER / "index.html").as_uri())
    expect(opened.locator("#check")).to_have_attribute("data-state", "unable", timeout=20_000)
    assert not computed(opened)
    opened.close()


# --- for everybody ---


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_obstacle_on_any_page(browser: Browser, address: str, single_file: Path, scheme: Any) -> None:
    need_library("axe-core", "test", "-f", str(AXE))
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    opened = context.new_page()
    for where in (*(f"{address}/{path}" for path in PAGES), single_file.as_uri()):
        opened.goto(where)
        if "index" not in where or re.search(r"/(?:\d+|[a-z-]+)/index\.html$", where):
            opened.wait_for_timeout(300)
        opened.evaluate("document.querySelectorAll('details').forEach((it) => { it.open = true })")
        opened.add_script_tag(path=AXE)
        found = opened.evaluate(
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
        )
        wrong = [(one["id"], [node["html"][:200] for node in one["nodes"]][:3]) for one in found["violations"]]
        assert not wrong, (where, json.dumps(wrong, indent=1))
    context.close()


@pytest.mark.parametrize("width", [320, 768])
def test_no_page_is_wider_than_a_phone(browser: Browser, address: str, single_file: Path, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    opened = context.new_page()
    for where in (*(f"{address}/{path}" for path in PAGES), single_file.as_uri()):
        opened.goto(where)
        wide = opened.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, (where, wide)
    context.close()
