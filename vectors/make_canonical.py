"""Write the vectors of canonical YAML: ``python vectors/make_canonical.py [OUT]`` (OUT/canonical, if given).

Nothing here imports openletter: every document is written out. Headers: ``expect`` and ``comment`` only.
"""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

from footguns import cases
from make_edges import edges
from vectorfile import remove_stale, write

MIB = 1 << 20


def nested(levels: int) -> str:
    """A document of so many maps in each other."""
    lines = [f"{'  ' * level}a:\n" for level in range(levels - 1)]
    return "".join(lines) + "  " * (levels - 1) + 'a: "x"\n'


def every_edge() -> str:
    """A list of all first and last characters of the table's ranges that are in form C, each between hyphens."""
    composed = [chr(point) for point in edges()[0] if unicodedata.is_normalized("NFC", chr(point))]
    return "a:\n" + "".join(f'  - "-{character}-"\n' for character in composed)


# Name of the file, what is expected, comment, document.
CASES: tuple[tuple[str, str, str, str | bytes], ...] = (
    # --- accepted: shapes
    ("one-string", "accept", "the smallest document", 'a: "x"\n'),
    ("two-strings", "accept", "keys keep their order, which is not the alphabet's", 'b: "x"\na: "y"\n'),
    ("key-words", "accept", "words of a key are joined by single low lines", 'date_line_of_it: "x"\n'),
    ("key-longest", "accept", "a key has at most 64 characters", "k" * 64 + ': "x"\n'),
    ("key-like-a-word", "accept", "keys that only begin with a word that YAML knows", 'note: "x"\nyesterday: "y"\n'),
    ("map-in-map", "accept", "a map is indented by two spaces", 'a:\n  b: "x"\n  c: "y"\nd: "z"\n'),
    ("list-of-strings", "accept", "a list is indented under its key", 'a:\n  - "x"\n  - "y"\nb: "z"\n'),
    (
        "list-of-maps",
        "accept",
        "a map's first key stands on the line of the dash",
        'a:\n  - b: "x"\n    c: "y"\n  - b: "z"\n',
    ),
    (
        "list-in-map-in-list",
        "accept",
        "a list of maps that hold a list of strings",
        'a:\n  - name: "x"\n    address:\n      - "1 Mill Lane"\n      - "Alder"\n  - name: "y"\n',
    ),
    (
        "list-behind-the-dash",
        "accept",
        "the first key of a map in a list holds a list",
        'a:\n  - b:\n      - "x"\n    c: "y"\n',
    ),
    ("map-behind-the-dash", "accept", "the first key of a map in a list holds a map", 'a:\n  - b:\n      c: "x"\n'),
    ("deepest", "accept", "maps and lists nest eight levels deep", nested(8)),
    ("largest", "accept", "1 MiB", 'a: "' + "x" * (MIB - 6) + '"\n'),
    # --- accepted: blocks
    ("block", "accept", "a string of two lines is a block", "a: |-\n  x\n  y\n"),
    ("block-empty-line", "accept", "an empty line in a block has no indentation", 'a: |-\n  x\n\n  y\nb: "z"\n'),
    ("block-quotes", "accept", "one line with a double quote is a block", 'a: |-\n  say "x"\n'),
    ("block-one-quote", "accept", "a string that is one double quote", 'a: |-\n  "\n'),
    ("block-backslash", "accept", "one line with a backslash is a block", "a: |-\n  x\\y\n"),
    ("block-break", "accept", "a line of a block may end in a backslash", "a: |-\n  x\\\n  y\n"),
    ("block-indented-line", "accept", "later lines may be indented by U+0020", "a: |-\n  x\n      y\n   z\n  w\n"),
    (
        "block-indented-after-empty",
        "accept",
        "a line behind an empty one may be indented",
        "a: |-\n  x\n\n    y\n",
    ),
    ("block-in-map", "accept", "in a map, two beyond the column of its key", "a:\n  b: |-\n    x\n    y\n"),
    (
        "block-in-list",
        "accept",
        "in a list of strings, two beyond the column of its dash",
        'a:\n  - |-\n    x\n    y\n  - "z"\n',
    ),
    (
        "block-in-list-of-maps",
        "accept",
        "behind a dash, two beyond the column of its key",
        'a:\n  - b: |-\n      x\n      y\n    c: "z"\n',
    ),
    (
        "block-like-yaml",
        "accept",
        "in a block, nothing that looks like YAML is YAML",
        "a: |-\n  - x\n  # y\n  key: value\n  ---\n  ...\n  %YAML 1.2\n  &a *b !c\n  |-\n  {}\n  ? z\n",
    ),
    # --- accepted: strings
    (
        "strings-like-yaml",
        "accept",
        "in quotes, nothing that looks like YAML is YAML",
        'a:\n  - "- x"\n  - "# y"\n  - "key: value"\n  - "---"\n  - "yes"\n  - "1e3"\n  - "~"\n  - "null"\n'
        '  - "2019-09-16"\n  - "0x1F"\n  - "12:30:45"\n  - "<<"\n  - "|-"\n  - "%d {x} [y] &a *b !c @d `e`"\n',
    ),
    ("single-quotes", "accept", "apostrophes are as other characters", "a: \"it's 'x'\"\n"),
    ("doubled-spaces", "accept", "spaces may stand doubled inside", 'a: "x  y   z"\n'),
    ("no-break-space", "accept", "other spaces may stand inside", 'a: "x\u00a0: y\u202fz\u3000w"\n'),
    ("punctuation", "accept", "curly quotes and dashes", 'a: "“x” – ‘y’ — «z»…"\n'),
    ("composed", "accept", "U+00E9, which is in form C", 'a: "caf\u00e9"\n'),
    ("marks", "accept", "a combining mark that has no composed form", 'a: "m\u0302 q\u0323\u0301"\n'),
    ("persian", "accept", "Persian with ZWNJ (U+200C)", 'a: "می\u200cخواهیم آب را"\n'),
    ("devanagari", "accept", "Devanagari with ZWJ (U+200D)", 'a: "क्\u200dष पानी का अभिलेख"\n'),
    ("khmer", "accept", "Khmer with ZERO WIDTH SPACE (U+200B) between words", 'a: "ទឹក\u200bជា\u200bជីវិត"\n'),
    ("marks-of-direction", "accept", "LRM, RLM and ALM", 'a: "\u200eא\u200f (ב) \u061c1"\n'),
    ("astral", "accept", "characters above U+FFFF", 'a: "𐐀 𠮷 😀"\n'),
    ("emoji", "accept", "emoji with U+FE0F, ZWJ, skin tone, keycap", 'a: "❤️ 👩\u200d🌾 👍🏽 1️⃣ 🇺🇳"\n'),
    (
        "ideographs",
        "accept",
        "ideographic variation selector, standardized variant",
        'a: "葛\U000e0100 神\ufe00"\n',
    ),
    ("mongolian", "accept", "free variation selector and vowel separator", 'a: "ᠮᠣᠩᠭᠣᠯ\u180b ᠰᠠᠷ\u180eᠠ"\n'),
    ("edges", "accept", "the first and the last character of each range of the table, if in form C", every_edge()),
    # --- refused: bytes
    ("too-large", "TooLarge", "1 MiB and one byte", 'a: "' + "x" * (MIB - 5) + '"\n'),
    ("bom", "NotUtf8", "a byte order mark", b'\xef\xbb\xbfa: "x"\n'),
    ("latin-1", "NotUtf8", "a byte that is no UTF-8", b'a: "caf\xe9"\n'),
    ("overlong", "NotUtf8", "a slash in two bytes", b'a: "\xc0\xaf"\n'),
    ("surrogate", "NotUtf8", "a surrogate (U+D800) in three bytes", b'a: "\xed\xa0\x80"\n'),
    ("above-unicode", "NotUtf8", "U+110000", b'a: "\xf4\x90\x80\x80"\n'),
    ("cut-off", "NotUtf8", "a character without its last byte", b'a: "\xe2\x80"\n'),
    # --- refused: characters
    ("crlf", "ForbiddenText", "lines that end in CR LF", 'a: "x"\r\n'),
    ("cr-in-block", "ForbiddenText", "a CR in a block", "a: |-\n  x\r\n  y\n"),
    ("tab", "ForbiddenText", "a tab in a string", 'a: "x\ty"\n'),
    ("tab-indentation", "ForbiddenText", "a tab for indentation", 'a:\n\tb: "x"\n'),
    ("null", "ForbiddenText", "U+0000", 'a: "x\0y"\n'),
    ("escape", "ForbiddenText", "U+001B, which steers terminals", 'a: "x\x1b[31my"\n'),
    ("delete", "ForbiddenText", "U+007F", 'a: "x\x7fy"\n'),
    ("next-line", "ForbiddenText", "U+0085, a line break in YAML 1.1", 'a: "x\x85y"\n'),
    ("line-separator", "ForbiddenText", "U+2028", 'a: "x\u2028y"\n'),
    ("paragraph-separator", "ForbiddenText", "U+2029", 'a: "x\u2029y"\n'),
    ("bidi-override", "ForbiddenText", "U+202E RIGHT-TO-LEFT OVERRIDE", 'a: "x\u202ey"\n'),
    ("bidi-embedding", "ForbiddenText", "U+202A LEFT-TO-RIGHT EMBEDDING", 'a: "x\u202ay"\n'),
    ("bidi-isolate", "ForbiddenText", "U+2066 LEFT-TO-RIGHT ISOLATE", 'a: "x\u2066y"\n'),
    ("soft-hyphen", "ForbiddenText", "U+00AD", 'a: "x\u00ady"\n'),
    ("word-joiner", "ForbiddenText", "U+2060", 'a: "x\u2060y"\n'),
    ("inner-bom", "ForbiddenText", "U+FEFF inside", 'a: "x\ufeffy"\n'),
    ("hangul-filler", "ForbiddenText", "U+3164: a letter that is invisible", 'a: "x\u3164y"\n'),
    ("braille-blank", "ForbiddenText", "U+2800: looks like a space, is none", 'a: "⠁\u2800⠃"\n'),
    ("tag", "ForbiddenText", "U+E0061 TAG LATIN SMALL LETTER A", 'a: "x\U000e0061y"\n'),
    ("variation-selector", "ForbiddenText", "U+FE03, which no sequence has", 'a: "x\ufe03y"\n'),
    ("interlinear", "ForbiddenText", "U+FFF9", 'a: "x\ufff9y"\n'),
    ("replacement", "ForbiddenText", "U+FFFD: something was lost", 'a: "x\ufffdy"\n'),
    ("private-use", "ForbiddenText", "U+E000", 'a: "x\ue000y"\n'),
    ("noncharacter", "ForbiddenText", "U+FFFF", 'a: "x\uffffy"\n'),
    ("unassigned", "ForbiddenText", "U+0378, never assigned", 'a: "x\u0378y"\n'),
    ("unicode-15", "ForbiddenText", "U+1F6DC WIRELESS, assigned in Unicode 15", 'a: "x\U0001f6dcy"\n'),
    # --- refused: normalization
    ("decomposed", "NotNormalized", "e and U+0301 instead of U+00E9", 'a: "cafe\u0301"\n'),
    ("singleton", "NotNormalized", "U+212B ANGSTROM SIGN instead of U+00C5", 'a: "\u212b"\n'),
    ("order-of-marks", "NotNormalized", "U+0301 (230) before U+0323 (220)", 'a: "q\u0301\u0323"\n'),
    ("jamo", "NotNormalized", "Hangul in letters instead of a syllable", 'a: "\u1112\u1161\u11ab"\n'),
    ("compatibility-ideograph", "NotNormalized", "U+FA19 instead of U+795E", 'a: "\ufa19"\n'),
    ("quadratic-marks", "NotNormalized", "marks to be sorted", 'a: "q' + "\u0301\u0323" * 2000 + '"\n'),
    # --- refused: spaces and empty lines
    ("space-first", "ForbiddenText", "a space at the start of a string", 'a: " x"\n'),
    ("space-last", "ForbiddenText", "a space at the end of a string", 'a: "x "\n'),
    ("space-alone", "ForbiddenText", "a string of one space", 'a: " "\n'),
    ("no-break-space-last", "ForbiddenText", "U+00A0 at the end of a string", 'a: "x\u00a0"\n'),
    ("zero-width-space-last", "ForbiddenText", "U+200B at the end of a string", 'a: "x\u200b"\n'),
    ("ideographic-space-first", "ForbiddenText", "U+3000 at the start of a string", 'a: "\u3000x"\n'),
    ("block-space-at-end", "ForbiddenText", "a line of a block ends in a space", "a: |-\n  x \n  y\n"),
    ("block-wide-space-at-end", "ForbiddenText", "a line of a block ends in U+2003", "a: |-\n  x\n  y\u2003\n"),
    ("block-wide-indentation", "ForbiddenText", "a line indented by U+00A0", "a: |-\n  x\n  \u00a0y\n"),
    ("block-mixed-indentation", "ForbiddenText", "U+0020, then U+3000", "a: |-\n  x\n   \u3000y\n"),
    ("block-spaces-alone", "ForbiddenText", "a line of spaces in a block", "a: |-\n  x\n    \n  y\n"),
    ("block-empty-indented", "ForbiddenText", "an empty line with indentation", "a: |-\n  x\n  \n  y\n"),
    ("block-empty-half-indented", "ForbiddenText", "an empty line with one space", "a: |-\n  x\n \n  y\n"),
    ("block-two-empty", "ForbiddenText", "two empty lines in a row", "a: |-\n  x\n\n\n  y\n"),
    ("block-empty-first", "ForbiddenText", "an empty first line", "a: |-\n\n  x\n  y\n"),
    ("block-space-first", "ForbiddenText", "a first line that begins with a space", "a: |-\n   x\n  y\n"),
    ("block-four-spaces", "ForbiddenText", "a block indented by four", "a: |-\n    x\n    y\n"),
    # --- refused: lines
    ("empty", "NotCanonical", "no bytes", ""),
    ("line-feed-alone", "NotCanonical", "one line feed", "\n"),
    ("no-line-feed", "NotCanonical", "no line feed at the end", 'a: "x"'),
    ("two-line-feeds", "NotCanonical", "an empty line at the end", 'a: "x"\n\n'),
    ("empty-line", "NotCanonical", "an empty line between keys", 'a: "x"\n\nb: "y"\n'),
    ("comment-line", "NotCanonical", "a comment", '# x\na: "x"\n'),
    ("comment-behind", "NotCanonical", "a comment behind a string", 'a: "x" # y\n'),
    ("document-start", "NotCanonical", "a document marker", '---\na: "x"\n'),
    ("document-end", "NotCanonical", "a document end", 'a: "x"\n...\n'),
    ("directive", "NotCanonical", "a directive", '%YAML 1.2\n---\na: "x"\n'),
    ("space-behind", "NotCanonical", "a space behind a string", 'a: "x" \n'),
    # --- refused: keys
    ("key-twice", "NotCanonical", "a key that stands twice", 'a: "x"\na: "y"\n'),
    ("key-twice-nested", "NotCanonical", "a key that stands twice in a map of a list", 'a:\n  - b: "x"\n    b: "y"\n'),
    ("key-digit", "NotCanonical", "a digit in a key: some read e0 as a number", 'e0: "x"\n'),
    ("key-upper-case", "NotCanonical", "an upper-case letter in a key", 'A: "x"\n'),
    ("key-hyphen", "NotCanonical", "a hyphen in a key", 'a-b: "x"\n'),
    ("key-low-line-first", "NotCanonical", "a key that begins with _", '_a: "x"\n'),
    ("key-low-line-last", "NotCanonical", "a key that ends with _", 'a_: "x"\n'),
    ("key-low-lines", "NotCanonical", "two _ in a row", 'a__b: "x"\n'),
    ("key-quoted", "NotCanonical", "a key in quotes", '"a": "x"\n'),
    ("key-empty", "NotCanonical", "no key before the colon", ': "x"\n'),
    ("key-merge", "NotCanonical", "a merge key", '<<: "x"\n'),
    ("key-no", "NotCanonical", "no: a truth value to some", 'no: "x"\n'),
    ("key-y", "NotCanonical", "y: a truth value to some", 'y: "x"\n'),
    ("key-null", "NotCanonical", "null: nothing to some", 'null: "x"\n'),
    ("key-true", "NotCanonical", "true, in a map", 'a:\n  true: "x"\n'),
    ("key-too-long", "NotCanonical", "a key of 65 characters", "k" * 65 + ': "x"\n'),
    ("key-explicit", "NotCanonical", "a key behind a question mark", '? a\n: "x"\n'),
    ("key-without-colon", "NotCanonical", "no colon", "a\n"),
    ("key-space-before-colon", "NotCanonical", "a space before the colon", 'a : "x"\n'),
    ("no-space-behind-colon", "NotCanonical", "no space behind the colon", 'a:"x"\n'),
    ("two-spaces-behind-colon", "NotCanonical", "two spaces behind the colon", 'a:  "x"\n'),
    # --- refused: values
    ("plain", "NotCanonical", "a plain string", "a: x\n"),
    ("number", "NotCanonical", "a number", "a: 1\n"),
    ("nothing", "NotCanonical", "a key without a value", "a:\n"),
    ("nothing-before-key", "NotCanonical", "a key without a value, before another", 'a:\nb: "x"\n'),
    ("nothing-but-space", "NotCanonical", "a space behind the colon, and nothing", "a: \n"),
    ("null-value", "NotCanonical", "a tilde", "a: ~\n"),
    ("empty-string", "NotCanonical", "an empty string", 'a: ""\n'),
    ("quoted-single", "NotCanonical", "a string in single quotes", "a: 'x'\n"),
    ("quote-inside", "NotCanonical", "a double quote inside quotes", 'a: "x"y"\n'),
    ("escape-sequence", "NotCanonical", "an escape", 'a: "x\\ny"\n'),
    ("escape-of-a-quote", "NotCanonical", "an escaped double quote", 'a: "x\\"y"\n'),
    ("not-closed", "NotCanonical", "a string without its closing quote", 'a: "x\n'),
    ("one-quote", "NotCanonical", "nothing but a quote", 'a: "\n'),
    ("folded-quotes", "NotCanonical", "a string in quotes over two lines", 'a: "x\n  y"\n'),
    ("flow-map", "NotCanonical", "a flow map", 'a: {b: "x"}\n'),
    ("flow-list", "NotCanonical", "a flow list", 'a: ["x"]\n'),
    ("empty-map", "NotCanonical", "an empty map", "a: {}\n"),
    ("empty-list", "NotCanonical", "an empty list", "a: []\n"),
    ("anchor", "NotCanonical", "an anchor", 'a: &b "x"\n'),
    ("alias", "NotCanonical", "an alias", 'a: "x"\nb: *a\n'),
    ("tag-of-type", "NotCanonical", "a tag", 'a: !!str "x"\n'),
    # --- refused: blocks
    ("block-not-needed", "NotCanonical", "a block for what fits in quotes", "a: |-\n  x\n"),
    ("block-clip", "NotCanonical", "a block that keeps its last line feed", "a: |\n  x\n  y\n"),
    ("block-keep", "NotCanonical", "a block that keeps all line feeds", "a: |+\n  x\n  y\n"),
    ("block-folded", "NotCanonical", "a folded block", "a: >-\n  x\n  y\n"),
    ("block-indicator", "NotCanonical", "an indentation indicator", "a: |2-\n  x\n  y\n"),
    ("block-comment", "NotCanonical", "a comment behind the indicator", "a: |- # x\n  x\n  y\n"),
    ("block-without-lines", "NotCanonical", "a block without lines", 'a: |-\nb: "x"\n'),
    ("block-one-space", "NotCanonical", "a block indented by one", "a: |-\n x\n y\n"),
    ("block-empty-last", "NotCanonical", "an empty line behind a block", 'a: |-\n  x\n  y\n\nb: "z"\n'),
    ("block-empty-at-end", "NotCanonical", "an empty line behind a block, at the end", "a: |-\n  x\n  y\n\n"),
    ("block-falls-back", "NotCanonical", "a line of a block is indented by one", "a: |-\n  x\n y\n"),
    # --- refused: indentation and lists
    ("indented-document", "NotCanonical", "the first line is indented", '  a: "x"\n'),
    ("map-indented-by-four", "NotCanonical", "a map indented by four", 'a:\n    b: "x"\n'),
    ("map-indented-by-one", "NotCanonical", "a map indented by one", 'a:\n b: "x"\n'),
    ("indented-behind-string", "NotCanonical", "a deeper line behind a string", 'a: "x"\n  b: "y"\n'),
    ("half-back", "NotCanonical", "a line between two levels", 'a:\n  b:\n    c: "x"\n   d: "y"\n'),
    ("list-not-indented", "NotCanonical", "a list at the column of its key", 'a:\n- "x"\n'),
    ("list-indented-by-four", "NotCanonical", "a list indented by four", 'a:\n    - "x"\n'),
    ("list-outermost", "NotCanonical", "a document that is a list", '- "x"\n'),
    ("list-in-list", "NotCanonical", "a list in a list", 'a:\n  - - "x"\n'),
    ("list-mixed", "NotCanonical", "a list of a string and a map", 'a:\n  - "x"\n  - b: "y"\n'),
    ("list-mixed-other-way", "NotCanonical", "a list of a map and a string", 'a:\n  - b: "y"\n  - "x"\n'),
    ("list-then-key", "NotCanonical", "a key at the column of dashes", 'a:\n  - "x"\n  b: "y"\n'),
    ("map-then-dash", "NotCanonical", "a dash at the column of keys", 'a:\n  b: "x"\n  - "y"\n'),
    ("dash-alone", "NotCanonical", "an item on the line below its dash", 'a:\n  -\n    b: "x"\n'),
    ("dash-two-spaces", "NotCanonical", "two spaces behind a dash", 'a:\n  -  "x"\n'),
    ("dash-no-space", "NotCanonical", "no space behind a dash", 'a:\n  -"x"\n'),
    ("item-plain", "NotCanonical", "an item that is a plain string", "a:\n  - x\n"),
    (
        "item-key-misplaced",
        "NotCanonical",
        "the second key of an item at another column",
        'a:\n  - b: "x"\n   c: "y"\n',
    ),
    ("scalar", "NotCanonical", "a document that is a string", '"x"\n'),
    ("too-deep", "NotCanonical", "nine levels", nested(9)),
)


def main(arguments: list[str]) -> None:
    """Write all cases, and remove what is no longer one."""
    out = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    folder = out / "canonical"
    names = [name for name, *_ in (*CASES, *cases())]
    assert len(set(names)) == len(names)
    for name, expect, comment, document in (*CASES, *cases()):
        payload = document.encode() if isinstance(document, str) else document
        write(folder / f"{name}.vec", {"expect": expect, "comment": comment}, payload)
    remove_stale(folder, {f"{name}.vec" for name in names})


if __name__ == "__main__":
    main(sys.argv[1:])
