"""Write the vectors of bundles: ``python vectors/make_bundle.py [OUT]`` (OUT/bundle, if given).

Nothing here imports openletter: most cases vary one thing of one bundle, and their sum is right, so that it is not the
reason. The files in them are no records: what is in them is judged elsewhere.

Headers: ``expect`` (``accept``, or the type of the failure), ``comment``, and ``field`` where the failure has one.
"""

from __future__ import annotations

import base64
import hashlib
import sys
from pathlib import Path

from vectorfile import remove_stale, write

_vectors: dict[str, tuple[dict[str, str], bytes]] = {}

FOLDER = "archive/2026/x"
REVISION = f"{FOLDER}/0001.yaml"
SIGNATURE = f"{FOLDER}/0001.alder.example.ddc518f827c8f1c6.sig"
WITHDRAWAL = f"{FOLDER}/0001.alder.example_withdrawal.381129b541f178b5.yaml"
CHECKPOINT = "archive/checkpoints/alder.example/5411e216efa4edf7.yaml"
KEYS = "keys/alder.example/0001.yaml"
SIGNERS = "keys/alder.example/0001.allowed_signers"


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def tree(*entries: tuple[bytes, bytes]) -> bytes:
    """A tree as git writes it: mode and name of each entry, with an id of its own."""
    return b"".join(b"%s %s\0" % entry + hashlib.sha256(entry[1]).digest() for entry in entries)


def tree_id(body: bytes) -> bytes:
    return hashlib.sha256(b"tree %d\0" % len(body) + body).digest()


def files(*paths: str, data: bytes = b"hi") -> str:
    return "{" + ",".join(f'"{path}":"{encoded(data)}"' for path in paths) + "}"


def trees(*bodies: bytes, ordered: bool = True) -> str:
    found = sorted(bodies, key=tree_id) if ordered else bodies
    return "[" + ",".join(f'"{encoded(body)}"' for body in found) + "]"


def start(
    *,
    kind: str = '"bundle/1"',
    letter: str = '"2026/x"',
    revision: str = "1",
    known: str | None = None,
    held: str | None = None,
    shown: str | None = None,
) -> str:
    """All of a bundle but its sum and the brace behind it."""
    found = f'{{"format":{kind},"letter":{letter},"revision":{revision}'
    if known is not None:
        found += f',"known":{known}'
    found += f',"files":{files(REVISION) if held is None else held}'
    return found if shown is None else f'{found},"trees":{shown}'


def sealed(begin: str | bytes) -> bytes:
    data = begin if isinstance(begin, bytes) else begin.encode()
    return data + b',"sha256":"' + hashlib.sha256(data).hexdigest().encode() + b'"}'


def good(name: str, comment: str, payload: bytes) -> None:
    _add(name, {"expect": "accept", "comment": comment}, payload)


def bad(name: str, field: str | None, comment: str, payload: bytes) -> None:
    _add(name, {"expect": "BundleError", "comment": comment} | ({} if field is None else {"field": field}), payload)


def _add(name: str, headers: dict[str, str], payload: bytes) -> None:
    assert name not in _vectors, name
    assert all(payload != other for _, other in _vectors.values()), name
    _vectors[name] = (headers, payload)


EMPTY = tree()
ROOT = tree((b"40000", b"archive"), (b"40000", b"keys"))
LEAVES = tree((b"100644", b"a"), (b"100755", b"a.b"), (b"40000", b"a0"), (b"120000", b"b\xff"))
ALL = sorted([REVISION, SIGNATURE, WITHDRAWAL, CHECKPOINT, KEYS, SIGNERS])
WHOLE = start(known='["elm.example","fir.example"]', held=files(*ALL), shown=trees(EMPTY, ROOT, LEAVES))
PLAIN = sealed(start())

good("plain", "one revision, and nothing else", PLAIN)
good("whole", "every kind of file, ids that look alike, and trees", sealed(WHOLE))
good("empty-file", "a file of no bytes: judged elsewhere", sealed(start(held=files(REVISION, data=b""))))
good("padding-one", "base64 with one sign of padding", sealed(start(held=files(REVISION, data=b"ab"))))
good("padding-none", "base64 without padding, for it needs none", sealed(start(held=files(REVISION, data=b"abc"))))
good("base64-plus-slash", "base64 with the digits + and /", sealed(start(held=files(REVISION, data=b"\xfb\xff\xbf"))))
good("second", "about the second revision", sealed(start(revision="2", held=files(REVISION, f"{FOLDER}/0002.yaml"))))
good(
    "largest-number",
    "about the last revision that there can be",
    sealed(start(revision="9999", held=files(f"{FOLDER}/9999.yaml"))),
)
good("newer", "a revision newer than the one it is about", sealed(start(held=files(REVISION, f"{FOLDER}/0002.yaml"))))
good("tree-empty", "a tree without an entry", sealed(start(shown=trees(EMPTY))))
good(
    "tree-order",
    "git's order: a folder as if its name ended in a slash",
    sealed(start(shown=trees(tree((b"100644", b"a.b"), (b"40000", b"a"), (b"100644", b"a0"))))),
)

# The sum.
bad("nothing", "sha256", "no bytes", b"")
bad(
    "sum-wrong",
    "sha256",
    "another digit in the sum",
    PLAIN[:-3] + (b"0" if PLAIN[-3:-2] != b"0" else b"1") + PLAIN[-2:],
)
bad("sum-upper-case", "sha256", "the digits of the sum in upper case", PLAIN[:-66] + PLAIN[-66:].upper())
bad("sum-of-another", "sha256", "another letter, and the old sum", PLAIN.replace(b"2026/x", b"2026/y"))
bad("sum-short", "sha256", "a sum of 63 digits", PLAIN[:-3] + PLAIN[-2:])
bad("sum-absent", "sha256", "no sum", start().encode() + b"}")
bad("end-line", "sha256", "a line feed at the end", PLAIN + b"\n")
bad("end-space", "sha256", "a space at the end", PLAIN + b" ")
bad("end-cut", "sha256", "the last byte lacks", PLAIN[:-1])
bad("end-twice", "sha256", "the same bundle twice", PLAIN + PLAIN)
bad("sum-twice", None, "a sum before the sum", sealed(PLAIN[:-1]))

# Characters and levels.
bad("mark", None, "a byte order mark", sealed(b"\xef\xbb\xbf" + start().encode()))
bad("space", None, "a space behind a colon", sealed(start().replace('"letter":', '"letter": ')))
bad("line", None, "a line feed between two fields", sealed(start().replace(',"letter"', ',\n"letter"')))
bad("tab", None, "a tab before it", sealed("\t" + start()))
bad("less-than", None, "a character that HTML reads", sealed(start(letter='"2026/<"')))
bad("greater-than", None, "a character that HTML reads", sealed(start(letter='"2026/>"')))
bad("ampersand", None, "a character that HTML reads", sealed(start(letter='"2026/&"')))
bad("script", None, "the end of a script element", sealed(start(letter='"</script>"')))
bad("escape", None, "a letter that is escaped", sealed(start(letter='"2026/\\u0078"')))
bad("escape-slash", None, "a slash that is escaped", sealed(start(letter='"2026\\/x"')))
bad("zero", None, "a zero byte", sealed(start(letter='"2026/\0"')))
bad("delete", None, "U+007F", sealed(start(letter='"2026/\x7f"')))
bad("not-ascii", None, "a letter outside of ASCII", sealed(start(letter='"2026/é"')))
bad("not-utf-8", None, "a byte that is no UTF-8", sealed(start().encode().replace(b"2026/x", b"2026/\xff")))
bad("levels-list", None, "lists in a list", sealed(start(known="[[[]]]")))
bad("levels-object", None, "objects in an object", sealed(start(held='{"a":{"b":{}}}')))
bad("levels-10000", None, "ten thousand levels", sealed(start(known="[" * 10_000 + "]" * 10_000)))

# JSON.
bad("no-json", None, "a comma too many", sealed(start().replace(',"files"', ',,"files"')))
bad("single-quotes", None, "strings in other quotes", sealed(start().replace('"', "'")))
bad("a-list", None, "a list in the place of the object", sealed("[" + start()[1:]))
bad("two-values", None, "two values", sealed("{}" + start()))
bad("letter-twice", None, "a field twice", sealed(start().replace(',"revision"', ',"letter":"2026/x","revision"')))
bad(
    "path-twice",
    None,
    "a path twice, with other bytes",
    sealed(start(held=files(REVISION)[:-1] + f',"{REVISION}":"YWI="}}')),
)
bad("path-twice-alike", None, "a path twice, with the same bytes", sealed(start(held=files(REVISION, REVISION))))

# Fields.
bad("format-two", "format", "a version that isn't known", sealed(start(kind='"bundle/2"')))
bad("format-kind", "format", "a number in the place of the format", sealed(start(kind="1")))
bad("format-absent", "format", "no format", sealed(start().replace('"format":"bundle/1",', "")))
bad("letter-absent", None, "no letter", sealed(start().replace(',"letter":"2026/x"', "")))
bad("revision-absent", None, "no revision", sealed(start().replace(',"revision":1', "")))
bad("files-absent", None, "no files", sealed(start().replace(f',"files":{files(REVISION)}', "")))
bad("field-more", None, "a field that isn't known", sealed(start() + ',"note":"hi"'))
bad("field-proto", None, "a field that some languages have in every object", sealed(start() + ',"__proto__":"hi"'))
bad(
    "order",
    None,
    "the letter after the revision",
    sealed(start().replace('"letter":"2026/x","revision":1', '"revision":1,"letter":"2026/x"')),
)
bad("order-trees", None, "trees before files", sealed(start().replace(',"files"', f',"trees":{trees(EMPTY)},"files"')))

# The letter, and its revision.
bad("letter-number", "letter", "a number in the place of the letter", sealed(start(letter="2026")))
bad("letter-null", "letter", "null in the place of the letter", sealed(start(letter="null")))
bad("letter-empty", "letter", "no text", sealed(start(letter='""')))
bad("letter-upper-case", "letter", "an id with an upper-case letter", sealed(start(letter='"2026/X"')))
bad("letter-path", "letter", "a path out of the archive", sealed(start(letter='"2026/.."')))
bad("letter-revision", "letter", "an id with a revision", sealed(start(letter='"2026/x@1"')))
bad("letter-other", "files", "the files are those of another letter", sealed(start(letter='"2026/y"')))
bad("revision-zero", "revision", "revision 0", sealed(start(revision="0")))
bad("revision-large", None, "a number of five digits", sealed(start(revision="10000")))
bad("revision-negative", "revision", "a number below zero", sealed(start(revision="-1")))
bad("revision-minus-zero", "revision", "zero with a sign", sealed(start(revision="-0")))
bad("revision-text", "revision", "a text in the place of the number", sealed(start(revision='"1"')))
bad("revision-true", "revision", "true, which some languages take for 1", sealed(start(revision="true")))
bad("revision-fraction", None, "1.0", sealed(start(revision="1.0")))
bad("revision-exponent", None, "1e0", sealed(start(revision="1e0")))
bad("revision-zeros", None, "a number with a zero before it", sealed(start(revision="01")))
bad("revision-nan", None, "NaN, which some readers take", sealed(start(revision="NaN")))
bad("revision-digits", None, "a number of 5,000 digits", sealed(start(revision="1" * 5000)))
bad("revision-not-there", "files", "the revision it is about is not in it", sealed(start(revision="2")))

# Ids that look alike.
bad("known-text", "known", "a text in the place of the list", sealed(start(known='"elm.example"')))
bad("known-number", "known", "a number in the place of an id", sealed(start(known="[1]")))
bad("known-empty", None, "an empty list: the field is then not there", sealed(start(known="[]")))
bad("known-unsorted", "known", "ids that are not sorted", sealed(start(known='["fir.example","elm.example"]')))
bad("known-twice", "known", "an id twice", sealed(start(known='["elm.example","elm.example"]')))
bad("known-no-id", "known", "what is no id of an organization", sealed(start(known='["elm"]')))
bad("known-upper-case", "known", "an id with an upper-case letter", sealed(start(known='["Elm.example"]')))

# Files.
bad("files-list", "files", "a list in the place of the object", sealed(start(held=f'["{REVISION}"]')))
bad("files-empty", "files", "no file", sealed(start(held="{}")))
bad("files-unsorted", None, "files that are not sorted", sealed(start(held=files(KEYS, REVISION))))
bad("file-number", "files", "a number in the place of the bytes", sealed(start(held=f'{{"{REVISION}":1}}')))
bad("file-null", "files", "null in the place of the bytes", sealed(start(held=f'{{"{REVISION}":null}}')))
for _name, _comment, _text in (
    ("unpadded", "base64 without its padding", "aGk"),
    ("padded-more", "base64 with padding to spare", "aGk=="),
    ("padding-inside", "base64 with padding inside", "aGk=aGk="),
    ("other-digit", "a digit of base64 whose last bits are not zero: a second spelling", "aGl="),
    ("url", "the digits of base64 for addresses", "-_-_"),
    ("foreign", "a character that base64 doesn't have", "aGk*"),
):
    bad(
        f"base64-{_name}",
        None if _name == "other-digit" else "files",
        _comment,
        sealed(start(held=f'{{"{REVISION}":"{_text}"}}')),
    )
for _name, _comment, _path in (
    ("absolute", "a path from the root", "/archive/2026/x/0001.yaml"),
    ("up", "a path that goes up", "archive/../archive/2026/x/0001.yaml"),
    ("dot", "a path with a dot for a folder", "archive/2026/x/./0001.yaml"),
    ("double-slash", "a path with two slashes", "archive/2026/x//0001.yaml"),
    ("empty", "an empty path", ""),
    ("folder", "a path that ends in a slash", "archive/2026/x/"),
    ("deeper", "a folder in the folder of the letter", "archive/2026/x/y/0001.yaml"),
    ("drive", "a path of another system", "C:/archive/2026/x/0001.yaml"),
    ("case", "a folder with an upper-case letter", "archive/2026/X/0001.yaml"),
    ("device", "a name that Windows keeps for a device", "archive/2026/con/0001.yaml"),
    ("top", "a file beside the folders of an archive", "README.md"),
    ("git", "a file of git", ".git/config"),
    ("other-letter", "a file of another letter", "archive/2026/y/0001.yaml"),
    ("longer-letter", "a letter whose id begins like this one's", "archive/2026/x2/0001.yaml"),
    ("keys-file", "a file beside the folders of keys", "keys/0001.yaml"),
    ("ending", "a file with another ending", "archive/2026/x/0001.txt"),
    ("number-short", "a number of three digits", "archive/2026/x/001.yaml"),
    ("number-zero", "the number 0", "archive/2026/x/0000.yaml"),
    ("proto", "a name that some languages have in every object", "__proto__"),
):
    _held = sorted([REVISION, _path])
    bad(f"path-{_name}", "files", _comment, sealed(start(held=files(*_held))))

# Trees.
bad("trees-text", "trees", "a text in the place of the list", sealed(start(shown='""')))
bad("trees-empty", None, "an empty list: the field is then not there", sealed(start(shown="[]")))
bad(
    "trees-unsorted",
    None,
    "trees not sorted by their ids",
    sealed(start(shown=trees(*sorted((EMPTY, ROOT), key=tree_id, reverse=True), ordered=False))),
)
bad("trees-twice", "trees", "a tree twice", sealed(start(shown=trees(ROOT, ROOT))))
bad("tree-number", "trees", "a number in the place of a tree", sealed(start(shown="[1]")))
for _name, _comment, _body in (
    ("cut", "an id that lacks a byte", ROOT[:-1]),
    ("sha1", "an id of 20 bytes", b"100644 a\0" + bytes(20)),
    ("more", "a byte behind the last entry", ROOT + b"1"),
    ("mode-link", "a submodule", tree((b"160000", b"a"))),
    ("mode-zero", "a mode with a zero before it", tree((b"040000", b"a"))),
    ("mode-group", "a mode that old versions of git wrote", tree((b"100664", b"a"))),
    ("name-empty", "an entry without a name", tree((b"100644", b""))),
    ("name-slash", "a name with a slash", tree((b"100644", b"a/b"))),
    ("unsorted", "entries that are not in git's order", tree((b"100644", b"b"), (b"100644", b"a"))),
    ("folder-unsorted", "a folder before a file that git writes first", tree((b"40000", b"a"), (b"100644", b"a.b"))),
    ("name-twice", "a name twice", tree((b"100644", b"a"), (b"100644", b"a"))),
    ("file-and-folder", "a file and a folder of one name", tree((b"100644", b"a"), (b"40000", b"a"))),
    (
        "file-and-folder-apart",
        "the same, with another name between",
        tree((b"100644", b"a"), (b"100644", b"a.b"), (b"40000", b"a")),
    ),
    ("text", "what is no tree", b"hi"),
):
    bad(f"tree-{_name}", "trees", _comment, sealed(start(shown=trees(_body))))


def main(arguments: list[str]) -> None:
    """Write all vectors, and remove what is no longer one."""
    out = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    for name, (headers, payload) in _vectors.items():
        write(out / "bundle" / f"{name}.vec", headers, payload)
    remove_stale(out / "bundle", {f"{name}.vec" for name in _vectors})


if __name__ == "__main__":
    main(sys.argv[1:])
