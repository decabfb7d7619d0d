"""A page that checks itself, in a real browser: what it says of sound and spoiled evidence, and where it can't check.

The pages are small ones of these tests, with the elements that every page of ours has.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from browser import bundle_of, chromium, served
from openletter import canonical
from openletter.rendering.verifier_source import verifier_source
from openletter.verify import Verdict

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "vectors"))

from archivefiles import Archive, own, printed_name  # noqa: E402

LETTER = "2026/open-water-record"
FOLDER = f"archive/{LETTER}"
VERDICTS = {
    "alder.example": "signed",
    "birch.example": "signed",
    "cedar.example": "signed",
    "dogwood.example": "signed-earlier",
    "elm.example": "named",
    "fir.example": "endorsed",
}
SITE_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'"
# Words that only a verdict has.
VERDICT_WORDS = re.compile(r"signed|endorsed|withdr[ae]w|disputed|computed here|by key", re.IGNORECASE)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # A name for the loopback that a browser doesn't take for one: what is served under it isn't a secure context.
    with chromium("--host-resolver-rules=MAP plain.example 127.0.0.1") as running:
        yield running


@cache
def files() -> dict[str, bytes]:
    found = [
        *(ROOT / FOLDER).iterdir(),
        *(path for path in (ROOT / "keys").glob("*/*") if path.parent.name != "gale.example"),
    ]
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in found}


def record() -> bytes:
    return files()[f"{FOLDER}/0003.yaml"]


def article(text: str | None = None) -> str:
    """The letter as a page shows it: a list for its numbers, and nothing that isn't in the record."""
    if text is not None:
        return f'<article id="letter" lang="en">{text}</article>'
    it: Any = canonical.load(record())
    parts = [str(it["sender"]), str(it["date_line"])]
    for addressee in it["addressees"]:
        parts += [addressee["name"], addressee["title"], addressee["organization"], *addressee["address"]]
    parts += [str(it["subject"]), str(it["salutation"])]
    shown = "".join(f"<p>{html.escape(part)}</p>" for part in parts)
    body, _, requests = it["body"].partition("\n\n1. ")
    shown += f"<p>{html.escape(body)}</p><ol>"
    shown += "".join(f"<li>{html.escape(one)}</li>" for one in re.split(r"\n\d\. ", requests)) + "</ol>"
    shown += f"<p>{it['valediction']}</p>"
    for one in it["signatories"]:
        shown += f"<p>{one['of']}, {one['name']}, {one['title']} (<bdi>{one['organization']}</bdi>)</p>"
    return article(shown)


def rows(verdicts: dict[str, str] | None = None) -> str:
    said = VERDICTS if verdicts is None else verdicts
    return "".join(f'<p data-organization="{it}" data-verdict="{verdict}">{it}</p>' for it, verdict in said.items())


def single(bundle: bytes, shown: str | None = None, said: str | None = None) -> str:
    digest = base64.b64encode(hashlib.sha256(verifier_source().encode()).digest()).decode()
    policy = f"default-src 'none'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A letter</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"></head><body>'
        f"{article() if shown is None else shown}{rows() if said is None else said}"
        f'<section id="check" aria-live="polite"></section>'
        f'<script type="application/vnd.openletter.bundle+json" id="bundle">{bundle.decode()}</script>'
        f"<script>{verifier_source()}</script></body></html>"
    )


def site(folder: Path, bundle: bytes | None = None, served_record: bytes | None = None) -> None:
    (folder / "verifier.js").write_text(verifier_source())
    (folder / "bundle.json").write_bytes(bundle if bundle is not None else bundle_of(LETTER, 3, files()))
    (folder / "0003.yaml").write_bytes(served_record if served_record is not None else record())
    (folder / "index.html").write_text(
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A letter</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{SITE_POLICY}">'
        '<link rel="openletter-bundle" href="bundle.json"><link rel="openletter-record" href="0003.yaml">'
        f'<script src="verifier.js" defer></script></head><body>{article()}{rows()}</body></html>',
        encoding="utf-8",
    )


def settled(page: Page, address: str) -> str:
    """The state that a page comes to."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(address)
    page.wait_for_selector("#check:not([data-state=checking])[data-state]")
    state = page.get_attribute("#check", "data-state")
    assert state is not None
    # What a browser says of a page is nothing but that it found no icon.
    assert [it for it in errors if "404" not in it] == []
    return state


def computed(page: Page) -> dict[str, str]:
    found = page.locator("#check [data-computed]").all()
    return {str(it.get_attribute("data-organization")): str(it.get_attribute("data-computed")) for it in found}


def open_single(browser: Browser, folder: Path, text: str) -> tuple[Page, str]:
    (folder / "letter.html").write_text(text, encoding="utf-8")
    page = browser.new_page()
    return page, settled(page, (folder / "letter.html").as_uri())


def test_single_file_checks_itself_from_a_folder_without_a_network(browser: Browser, tmp_path: Path) -> None:
    page, state = open_single(browser, tmp_path, single(bundle_of(LETTER, 3, files())))
    told = page.inner_text("#check")
    assert (state, page.get_attribute("#check", "data-text")) == ("sound", "same"), told
    assert computed(page) == VERDICTS
    row = page.inner_text("#check [data-organization='alder.example']")
    assert re.fullmatch(
        r"alder\.example: signed this text, by key SHA256:[A-Za-z0-9+/]{43}; "
        r"key known only from this archive — computed here",
        row,
    )
    assert page.inner_text("#check [data-organization='alder.example'] bdi") == "alder.example"
    assert "; the words have changed since" in page.inner_text("#check [data-organization='dogwood.example']")
    digest = hashlib.sha256(record()).hexdigest()
    assert " ".join(re.findall("....", digest)) in told
    assert "a page can't vouch for itself" in told
    assert "openletter verify letter.html\nssh-keygen -Y verify -f 0001.allowed_signers -I alder.example" in told
    assert page.text_content("#check details pre") == record().decode()
    with page.expect_download() as download:
        page.click("#check a[download='0003.yaml']")
    assert download.value.path().read_bytes() == record()


def test_page_of_a_site_checks_itself(browser: Browser, tmp_path: Path) -> None:
    site(tmp_path)
    with served(tmp_path) as address:
        page = browser.new_page()
        assert settled(page, address) == "sound"
        assert computed(page) == VERDICTS
        assert f"openletter verify {LETTER}@3" in page.inner_text("#check")


def test_page_of_a_site_opened_from_a_folder_says_that_it_could_not_check(browser: Browser, tmp_path: Path) -> None:
    site(tmp_path)
    page = browser.new_page()
    assert settled(page, (tmp_path / "index.html").as_uri()) == "unable"
    assert "use the single file or a server" in page.inner_text("#check")
    assert no_verdict(page)


def no_verdict(page: Page) -> bool:
    return computed(page) == {} and not VERDICT_WORDS.search(page.inner_text("#check"))


@pytest.mark.parametrize(
    ("stub", "said"),
    [
        (
            "SubtleCrypto.prototype.importKey = async () => { throw new DOMException('none', 'NotSupportedError'); };",
            "this browser lacks Ed25519",
        ),
        ("SubtleCrypto.prototype.verify = async () => true;", "this browser lacks Ed25519"),
        ("Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined });", "only over a secure connection"),
    ],
    ids=["no Ed25519", "an Ed25519 that is none", "no WebCrypto"],
)
def test_browser_that_cannot_check_says_so_and_no_verdict(
    browser: Browser, tmp_path: Path, stub: str, said: str
) -> None:
    (tmp_path / "letter.html").write_text(single(bundle_of(LETTER, 3, files())), encoding="utf-8")
    page = browser.new_page()
    page.add_init_script(stub)
    assert settled(page, (tmp_path / "letter.html").as_uri()) == "unable"
    assert said in page.inner_text("#check").replace("This", "this")
    assert no_verdict(page)


def test_page_over_a_connection_that_is_not_secure_says_so_and_no_verdict(browser: Browser, tmp_path: Path) -> None:
    site(tmp_path)
    with served(tmp_path) as address:
        page = browser.new_page()
        assert settled(page, address.replace("127.0.0.1", "plain.example")) == "unable"
        assert page.evaluate("window.isSecureContext") is False
        assert "only over a secure connection" in page.inner_text("#check")
        assert no_verdict(page)


def test_record_that_is_served_with_another_byte_is_refused(browser: Browser, tmp_path: Path) -> None:
    site(tmp_path, served_record=record().replace(b"forty", b"fifty", 1))
    with served(tmp_path) as address:
        page = browser.new_page()
        assert settled(page, address) == "refused"
        assert "is not the one in the evidence" in page.inner_text("#check")
        assert no_verdict(page)


def test_bundle_that_is_served_with_another_byte_is_refused(browser: Browser, tmp_path: Path) -> None:
    bundle = bundle_of(LETTER, 3, files())
    at = bundle.index(b"0003.yaml") + 40
    site(tmp_path, bundle=bundle[:at] + (b"A" if bundle[at : at + 1] != b"A" else b"B") + bundle[at + 1 :])
    with served(tmp_path) as address:
        page = browser.new_page()
        assert settled(page, address) == "refused"
        assert "it was changed or damaged" in page.inner_text("#check")
        assert no_verdict(page)


def test_record_changed_in_a_sound_bundle_has_no_signature_any_more(browser: Browser, tmp_path: Path) -> None:
    changed = files() | {f"{FOLDER}/0003.yaml": record().replace(b"forty", b"fifty", 1)}
    page, state = open_single(browser, tmp_path, single(bundle_of(LETTER, 3, changed)))
    assert state == "refused"
    assert computed(page)["alder.example"] != "signed"
    assert "SignatureMismatch" in page.inner_text("#check")


def change(old: str, new: str) -> Callable[[str], str]:
    def changed(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return changed


@pytest.mark.parametrize(
    "changed",
    [
        change("forty", "fifty"),
        change("not the figure", "the figure"),
        change("<p>Respectfully", "<p>And one more thing.</p><p>Respectfully"),
        change("Ida Marsh", "Ida March"),
        change("<p>Lower Valley Water Board</p>", ""),
        change("Elm Congress", "<span hidden>Elm Congress</span>"),
        change("last year", "<a href='https://birch.example/'>last year</a>"),
    ],
    ids=["a word", "a word less", "a paragraph more", "a name", "an addressee less", "a hidden name", "a link"],
)
def test_text_that_the_page_changed_is_reported(
    browser: Browser, tmp_path: Path, changed: Callable[[str], str]
) -> None:
    page, state = open_single(browser, tmp_path, single(bundle_of(LETTER, 3, files()), changed(article())))
    assert (state, page.get_attribute("#check", "data-text")) == ("refused", "different")
    assert "The page shows other words than the record" in page.inner_text("#check")
    # The verdicts are about the record, and it is offered.
    assert computed(page) == VERDICTS
    assert page.text_content("#check details pre") == record().decode()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (VERDICTS | {"elm.example": "signed"}, "Of elm.example the page says “signed”, and the evidence doesn't."),
        (VERDICTS | {"gorse.example": "endorsed"}, "Of gorse.example the page says “endorsed”"),
        ({it: verdict for it, verdict in VERDICTS.items() if it != "dogwood.example"}, "leaves out dogwood.example"),
    ],
    ids=["another verdict", "one more", "one less"],
)
def test_verdict_that_the_page_invents_is_reported(
    browser: Browser, tmp_path: Path, said: dict[str, str], why: str
) -> None:
    page, state = open_single(browser, tmp_path, single(bundle_of(LETTER, 3, files()), said=rows(said)))
    assert state == "refused"
    assert why in page.inner_text("#check")
    assert computed(page) == VERDICTS


def test_names_of_strangers_are_text_and_run_nothing(browser: Browser, tmp_path: Path) -> None:
    said = rows() + '<p data-organization="&lt;img src=x onerror=alert(1)&gt;&#x202e;" data-verdict="&lt;b&gt;"></p>'
    page, state = open_single(browser, tmp_path, single(bundle_of(LETTER, 3, files()), said=said))
    assert state == "refused"
    assert page.locator("#check img, #check b").count() == 0
    assert r"<img src=x onerror=alert(1)>\u{202e}" in page.inner_text("#check")


def test_page_without_evidence_is_left_as_it_is(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        f"<!DOCTYPE html><title>A page</title><p>Text</p><script>{verifier_source()}</script>"
    )
    page = browser.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    assert page.locator("#check").count() == 0


def test_two_bundles_in_one_page_are_refused(browser: Browser, tmp_path: Path) -> None:
    bundle = bundle_of(LETTER, 3, files())
    more = f'<script type="application/vnd.openletter.bundle+json">{bundle.decode()}</script>'
    page, state = open_single(browser, tmp_path, single(bundle, said=rows() + more))
    assert state == "refused"
    assert no_verdict(page)


def shown(listed: list[str]) -> str:
    """A page's article of a letter as `archivefiles` makes it."""
    names = "".join(f"<p>{printed_name(organization)}</p>" for organization in listed)
    return article(f"<p>2026-05-14</p><p>Ms. Dana Whitlow</p><p>We ask you to open the water records.</p>{names}")


def test_many_signatures_are_all_checked_and_a_false_one_is_found(browser: Browser, tmp_path: Path) -> None:
    listed = [f"tree{number}.example" for number in range(150)]
    archive = Archive()
    archive.enrol(*listed)
    archive.letter(1, listed)
    signed = [archive.sign(organization) for organization in listed]
    archive.files[signed[99]] = own(listed[99]).sign(b"another text")
    said = dict.fromkeys(listed, "signed") | {listed[99]: "invalid"}
    page, state = open_single(browser, tmp_path, single(bundle_of(LETTER, 1, archive.files), shown(listed), rows(said)))
    assert (state, page.get_attribute("#check", "data-text")) == ("refused", "same")
    assert computed(page) == said
    assert f"{signed[99]} (SignatureMismatch)" in page.inner_text("#check")


def test_verdict_that_takes_a_time_stamp_is_told_as_open_and_not_as_false(browser: Browser, tmp_path: Path) -> None:
    archive = Archive()
    archive.enrol(alder := "alder.example")
    old, new = own(alder), own(alder, "new")
    archive.key_record(alder, 2, [(old, "compromised", "2026-06-01"), (new, "active")], (alder, old), (alder, new))
    archive.letter(1, [alder])
    archive.sign(alder, key=old)
    text = single(bundle_of(LETTER, 1, archive.files), shown([alder]), rows({alder: "signed"}))
    page, state = open_single(browser, tmp_path, text)
    assert computed(page) == {alder: "unproven"}
    assert "the page says “signed”; that would take a time stamp, and none is checked here" in page.inner_text("#check")
    assert state == "sound"


def test_verdicts_have_words_for_all() -> None:
    script = verifier_source()
    for verdict in Verdict:
        assert re.search(rf'^    (?:"{verdict}"|{verdict}): \(\) =>', script, re.MULTILINE), verdict
