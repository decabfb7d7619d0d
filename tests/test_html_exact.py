"""A page that carries evidence is read where it has the exact form, and refused with the rule that it breaks."""

from __future__ import annotations

import pytest

from openletter.errors import DocumentError
from openletter.intake import html

PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><title>A</title></head><body>'
    '<article id="letter"><p>One &amp; two</p></article><script id="bundle">{}</script></body></html>'
)


def test_what_an_exact_page_carries_is_taken_out() -> None:
    assert html.script(PAGE.encode(), "bundle") == b"{}"
    assert html.article(PAGE.encode(), "letter") == "One & two"
    assert html.script(PAGE.encode(), "other") is None


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("<!doctype html>", "", "begin with"),
        ('<meta charset="utf-8">', "", "at its begin"),
        ("<title>", '<meta charset="latin1"><title>', "charset twice"),
        ("One", "One\r", "ways of their own"),
        ("One", "One\0", "ways of their own"),
        ("One", "One\x1b", "ways of their own"),
        ("One", "<!-- -->One", "a comment"),
        ("<p>", "<p class=a>", "no tag of the exact form"),
        ("<p>", "<P>", "no tag of the exact form"),
        ("<p>", '<p class="a" class="b">', "an attribute twice"),
        ("<p>", '<p title="&amp">', "no tag of the exact form"),
        ("</p>", "", "closes what is not open"),
        ("</p>", "</p >", "no closing tag"),
        ("<p>", "<span/><p>", "ends as only tags without content may"),
        ("<p>", "<template></template><p>", "<template>"),
        ("{}", "<!--", "ways of their own"),
        ("</body></html>", '<div id="bundle"></div></body></html>', "occurs twice"),
        ("</html>", "", "never ends"),
    ],
)
def test_a_page_that_breaks_one_rule_is_refused_with_it(old: str, new: str, why: str) -> None:
    assert old in PAGE
    with pytest.raises(DocumentError, match=why):
        html.script(PAGE.replace(old, new, 1).encode(), "bundle")


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("<p hidden>", "could hide"),
        ('<p style="color:red">', "could hide"),
        ("<p><div></div>", "browser would move"),
        ("<p><a><b><a></a></b></a>", "browser would move"),
        ("<p><button></button>", "holds <button>"),
    ],
)
def test_an_article_whose_words_could_be_hidden_or_moved_is_refused(new: str, why: str) -> None:
    with pytest.raises(DocumentError, match=why):
        html.article(PAGE.replace("<p>", new, 1).encode(), "letter")
