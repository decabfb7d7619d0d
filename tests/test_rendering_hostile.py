"""Hostile letters in a real browser: nothing runs, nothing is asked for, and what a person reads is the record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from builders import a_desk
from hostile_pages import CASES, OUR_ATTRIBUTES, OURS, one_spaced, render, words_of
from openletter.rendering import Html, assets
from openletter.rendering.html import joined
from openletter.rendering.letters import letter_html
from openletter.rendering.pages import Pages
from openletter.rendering.verdicts import Addresses, signatories_html
from tools import need

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Route

ADDRESS = "https://letters.example/"
STRICT = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'"

# Everything that a handler could wait for is told to everything that is there.
_POKE = """() => {
  for (const one of document.querySelectorAll('*'))
    for (const what of ['mouseover', 'mouseenter', 'focus', 'blur', 'load', 'error', 'toggle', 'input', 'begin',
        'animationstart', 'pointerdown', 'keydown', 'submit'])
      one.dispatchEvent(new Event(what, {bubbles: true, cancelable: true}));
}"""
_LOOK = """() => {
  const inside = [...document.querySelectorAll('main *')];
  return {
    words: document.querySelector('#letter').innerText,
    elements: [...new Set(inside.map(one => one.localName))],
    spaces: [...new Set(inside.map(one => one.namespaceURI))],
    attributes: [...new Set(inside.flatMap(one => one.getAttributeNames()))],
    ids: [...document.querySelectorAll('[id], [name]')].map(one => one.id || one.localName),
    schemes: [...new Set([...document.querySelectorAll('main a')].map(one => one.protocol))],
    scripts: document.scripts.length,
    title: document.title,
    pwned: window.__pwned ?? null,
    wide: document.documentElement.scrollWidth,
    clipped: [...document.querySelectorAll('main p, main h2, main dd, main td')]
      .every(one => getComputedStyle(one).overflowY === 'clip'),
  };
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = need("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


def _page(pieces: tuple[Html, ...]) -> str:
    """A page with these pieces, of the base of all pages."""
    empty = Pages().render("base.html", style_address="style.css")
    before, main, after = empty.partition('<main id="main" tabindex="-1">\n')
    return before + main + str(joined(pieces)) + after


def _visit(browser: Browser, page: str, policy: str | None) -> tuple[dict[str, Any], list[str]]:
    """What is on a page at the width of a phone, and everything that happened there and should not."""
    happened: list[str] = []
    served = {ADDRESS: ("text/html; charset=utf-8", page), f"{ADDRESS}style.css": ("text/css", assets.style())}

    def answer(route: Route) -> None:
        asked = route.request.url
        if asked not in served:
            happened.append(f"asked for {asked}")
            route.abort()
            return
        kind, body = served[asked]
        headers = {"content-type": kind} | ({"content-security-policy": policy} if policy is not None else {})
        route.fulfill(status=200, headers=headers, body=body)

    def dismiss(dialog: Dialog) -> None:
        happened.append(f"said {dialog.message}")
        dialog.dismiss()

    context = browser.new_context(viewport={"width": 320, "height": 800})
    try:
        context.route("**/*", answer)
        context.on("page", lambda _: happened.append("a page opened"))
        visited = context.new_page()
        happened.clear()
        visited.on("dialog", dismiss)
        visited.on("pageerror", lambda error: happened.append(f"failed: {error}"))
        visited.on("console", lambda message: happened.append(f"console: {message.text}"))
        visited.on("framenavigated", lambda frame: happened.append(frame.url) if frame.url != ADDRESS else None)
        visited.goto(ADDRESS)
        visited.evaluate(_POKE)
        visited.mouse.move(160, 400)
        visited.keyboard.press("Tab")
        return visited.evaluate(_LOOK), happened
    finally:
        context.close()


def test_the_watch_sees_what_it_watches_for(browser: Browser) -> None:
    """A page that is not escaped is noticed in every way, so that the other tests can fail."""
    bad = Html(
        '<article id="letter"><svg></svg><img src="https://pwned.example/x" onerror="alert(1)">'
        "<p onmouseover='window.__pwned=1'>words</p><script>console.log('here')</script></article>"
    )
    seen, happened = _visit(browser, _page((bad,)), None)
    assert seen["pwned"] == 1
    assert {"svg", "img", "script"} <= set(seen["elements"])
    assert "said 1" in happened
    assert "console: here" in happened
    assert "asked for https://pwned.example/x" in happened
    under_policy, told = _visit(browser, _page((bad,)), STRICT)
    assert under_policy["pwned"] is None
    assert any("Content Security Policy" in one for one in told)


@pytest.mark.parametrize("policy", [None, STRICT], ids=["no-policy", "strict-policy"])
@pytest.mark.parametrize("case", CASES)
def test_a_hostile_letter_does_nothing_and_reads_as_its_record(browser: Browser, case: str, policy: str | None) -> None:
    hostile = render(case)
    seen, happened = _visit(browser, _page(hostile.pieces), policy)
    assert happened == []
    assert seen["pwned"] is None
    assert seen["scripts"] == 0
    assert set(seen["elements"]) <= OURS
    assert seen["spaces"] == ["http://www.w3.org/1999/xhtml"]
    assert set(seen["attributes"]) <= OUR_ATTRIBUTES
    assert seen["ids"] == ["meta", "meta", "meta", "main", "letter"], "no id and no name but ours"
    assert set(seen["schemes"]) <= {"https:", "http:", "mailto:"}
    assert one_spaced(seen["words"]) == words_of(hostile.letter)
    assert seen["wide"] <= 320, "the page is wider than a phone"
    assert seen["clipped"], "marks could tower over what stands above"


def _sample() -> tuple[Html, ...]:
    """A letter under a navigation, and who signed it."""
    desk = a_desk()
    navigation = Html('<nav><ul><li><a href="#main">All letters</a></li></ul></nav>')
    found = desk.judge()
    assert found.judged is not None
    assert found.judged.letter is not None
    where = Addresses(organization=lambda one: f"#{one}")
    return (
        Html("<header>{}</header>").format(navigation),
        signatories_html(found, (), addresses=where),
        letter_html(found.judged.letter),
    )


def test_on_paper_the_letter_comes_first_and_nothing_to_click(browser: Browser) -> None:
    context = browser.new_context()
    try:
        context.route("**/*", lambda route: route.fulfill(content_type="text/css", body=assets.style()))
        page = context.new_page()
        page.set_content(_page(_sample()).replace("style.css", f"{ADDRESS}style.css"))
        tops = (
            "() => ['.letter', '.verdicts', 'nav'].map(one => document.querySelector(one).getBoundingClientRect().top)"
        )
        on_screen = page.evaluate(tops)
        assert on_screen[1] < on_screen[0]
        page.emulate_media(media="print")
        on_paper = page.evaluate(tops)
        assert on_paper[0] < on_paper[1]
        assert not page.locator("nav").is_visible()
        assert not page.locator(".skip").is_visible()
        assert page.locator(".command").first.evaluate("one => one.getBoundingClientRect().height") > 0
    finally:
        context.close()


def test_what_can_be_clicked_is_big_enough_and_shows_its_focus(browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 800})
    try:
        context.route("**/*", lambda route: route.fulfill(content_type="text/css", body=assets.style()))
        page = context.new_page()
        page.set_content(_page(_sample()).replace("style.css", f"{ADDRESS}style.css"))
        targets = page.locator("main :is(a, summary)")
        assert targets.count() > 5
        for place in range(targets.count()):
            box = targets.nth(place).bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 24
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        assert page.locator(".skip").bounding_box()["height"] >= 24  # type: ignore[index]
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    finally:
        context.close()
