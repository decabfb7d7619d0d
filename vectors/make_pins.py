"""Makes the vectors of files of pins: ``python vectors/make_pins.py [OUT]`` writes ``OUT/pins``, else ``vectors/pins``.

Nothing here imports openletter. The keys are those of the seeds that are the SHA-256 of ``openletter vectors: NAME``.

Headers: ``expect`` (``accept``, or ``PinsError``), ``comment``, ``at`` (the moment that is asked about, in UTC),
``line`` (the line that is refused, where one is), ``pinned`` (where it is accepted: at that moment, each organization
and the fingerprint of each key of it, sorted, with commas between; ``nothing`` where there are none), and
``ssh-keygen`` (``accepts`` or ``refuses``): what ``ssh-keygen -Y verify -I alder.example -n openletter`` with
``-O verify-time=AT`` of OpenSSH 9.2 says with this file to a signature by the key alder.
"""

from __future__ import annotations

import base64
import hashlib
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from vectorfile import remove_stale, write

AT = "20260514090000Z"
FIRST = b"# the keys that I compared\n"


def string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def point(name: str) -> bytes:
    seed = hashlib.sha256(f"openletter vectors: {name}".encode()).digest()
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def line(blob: bytes) -> str:
    kind = blob[4 : 4 + int.from_bytes(blob[:4], "big")].decode()
    return f"{kind} {base64.b64encode(blob).decode()}"


def fingerprint(blob: bytes) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


ALDER, BIRCH = (string(b"ssh-ed25519") + string(point(name)) for name in ("alder", "birch"))
HARDWARE = string(b"sk-ssh-ed25519@openssh.com") + string(point("cedar")) + string(b"ssh:")
WEB = string(b"sk-ssh-ed25519@openssh.com") + string(point("cedar")) + string(b"https://cedar.example")
WEAK = string(b"ssh-ed25519") + string(bytes(32))
RSA = string(b"ssh-rsa") + string(b"\1\0\1") + string(b"\0" + b"\xc5" * 256)

KEY = line(ALDER)
ON = f"alder.example {fingerprint(ALDER)}"
BIRCH_TOO = f"birch.example {fingerprint(BIRCH)}"
OURS = 'namespaces="openletter"'


# Name, what it tests, the file, what is pinned, and the moment where it isn't the usual one.
ACCEPTED: tuple[tuple[str, str, str, str, str], ...] = (
    ("as-written", "the line that is written here", f"alder.example {OURS} {KEY}\n", ON, AT),
    ("no-line-feed-at-end", "the last line has no line feed", f"alder.example {OURS} {KEY}", ON, AT),
    ("no-options", "a key for every purpose is one for this", f"alder.example {KEY}\n", ON, AT),
    ("purposes", "other purposes beside", f'alder.example namespaces="git,openletter,a.b-c_d@e" {KEY}\n', ON, AT),
    ("spaces-and-tabs", "white space", f"\t alder.example \t {OURS}\t{KEY.replace(' ', '  ')}\t \n", ON, AT),
    ("comment-behind", "a comment behind the key", f'alder.example {OURS} {KEY} by "telephone", – #2\n', ON, AT),
    ("comments", "comments and empty lines", f"#\n\n \t# more\n \t\nalder.example {OURS} {KEY}\n#", ON, AT),
    ("nothing", "an empty file", "", "nothing", AT),
    ("comments-alone", "no pin at all", f"# alder.example {KEY}\n", "nothing", AT),
    (
        "options-in-another-order",
        "options in any order",
        f'alder.example valid-before="20300101Z",{OURS},valid-after="202001011200Z" {KEY}\n',
        ON,
        AT,
    ),
    ("twice", "one key twice", f"alder.example {KEY}\nalder.example {OURS} {KEY}\n", ON, AT),
    (
        "twice-once-over",
        "one line for the key is over, another is not",
        f'alder.example valid-before="20200101Z" {KEY}\nalder.example {KEY}\n',
        ON,
        AT,
    ),
    ("two", "two organizations", f"birch.example {line(BIRCH)}\nalder.example {KEY}\n", f"{ON}, {BIRCH_TOO}", AT),
    (
        "hardware",
        "a hardware key beside",
        f"alder.example {line(HARDWARE)}\nalder.example {KEY}\n",
        ", ".join(sorted((ON, f"alder.example {fingerprint(HARDWARE)}"))),
        AT,
    ),
    ("other-alone", "another organization's key", f"birch.example {line(BIRCH)}\n", BIRCH_TOO, AT),
    ("time-last", "the last second that there is", f'alder.example valid-before="99991231235959Z" {KEY}\n', ON, AT),
    *(
        (f"time-{name}", comment, f"alder.example {OURS},{options} {KEY}\n", pinned, at)
        for name, comment, options, pinned, at in (
            (
                "day-before",
                "a day begins with its first second",
                'valid-after="20260514Z"',
                "nothing",
                "20260513235959Z",
            ),
            ("day-begun", "a day begins with its first second", 'valid-after="20260514Z"', ON, "20260514000000Z"),
            (
                "day-end",
                "valid-before a day ends with its first second",
                'valid-before="20260514Z"',
                ON,
                "20260514000000Z",
            ),
            (
                "day-over",
                "valid-before a day ends with its first second",
                'valid-before="20260514Z"',
                "nothing",
                "20260514000001Z",
            ),
            ("minute-end", "the second 0 of a minute is in it", 'valid-before="202605141200Z"', ON, "20260514120000Z"),
            (
                "minute-over",
                "the second 1 of a minute isn't",
                'valid-before="202605141200Z"',
                "nothing",
                "20260514120001Z",
            ),
            ("second-end", "the last second is in it", 'valid-before="20260514120030Z"', ON, "20260514120030Z"),
            ("second-over", "the next second isn't", 'valid-before="20260514120030Z"', "nothing", "20260514120031Z"),
            ("both", "between two limits", 'valid-after="20260514Z",valid-before="20260515Z"', ON, "20260514120000Z"),
            ("leap-day", "29 February of a leap year", 'valid-before="20240229Z"', ON, "20240228235959Z"),
        )
    ),
)

# Name, what it tests, the line, and whether ssh-keygen accepts a signature with it.
REFUSED: tuple[tuple[str, str, str | bytes, bool], ...] = (
    ("id-pattern", "a pattern in place of an id", f"*.example {KEY}", True),
    ("id-pattern-of-one", "a pattern for one character", f"?lder.example {KEY}", True),
    ("id-pattern-excepting", "a pattern with an exception", f"!birch.example,* {KEY}", True),
    ("id-list", "a list of ids", f"alder.example,birch.example {KEY}", True),
    ("id-list-of-one", "a list of one id", f"alder.example, {KEY}", True),
    ("id-quoted", "an id in quotes", f'"alder.example" {KEY}', True),
    ("id-mail", "a mail address", f"ida@alder.example {KEY}", False),
    ("id-capitals", "an id in capitals", f"Alder.example {KEY}", False),
    ("id-cyrillic", "an id with a letter of another script", f"\u0430lder.example {KEY}", False),
    ("id-label", "an id of one label", f"alder {KEY}", False),
    ("id-full-stop", "an id with a full stop at its end", f"alder.example. {KEY}", False),
    ("id-missing", "a key alone", KEY, False),
    ("no-break-space", "a space that is none", f"alder.example\u00a0{KEY}", False),
    ("authority", "an authority that could make keys", f"alder.example cert-authority {KEY}", False),
    ("authority-among", "the same, among options", f"alder.example {OURS},cert-authority {KEY}", False),
    ("purpose-other", "another purpose alone", f'alder.example namespaces="git" {KEY}', False),
    ("purpose-pattern", "a pattern for purposes", f'alder.example namespaces="open*" {KEY}', True),
    ("purpose-excepting", "a purpose excepted", f'alder.example namespaces="openletter,!git" {KEY}', True),
    ("purpose-none", "no purpose", f'alder.example namespaces="" {KEY}', False),
    ("purpose-longer", "a purpose that begins like this one", f'alder.example namespaces="openletters" {KEY}', False),
    ("purpose-quote", "a quote in a purpose", f'alder.example namespaces="openletter,\\"git" {KEY}', True),
    ("purpose-space", "a space in the list of purposes", f'alder.example namespaces="openletter, git" {KEY}', True),
    ("option-capitals", "the name of an option in capitals", f'alder.example Namespaces="openletter" {KEY}', True),
    ("option-twice", "an option twice", f"alder.example {OURS},{OURS} {KEY}", False),
    (
        "option-time-twice",
        "a time twice",
        f'alder.example valid-after="20200101Z",valid-after="20200102Z" {KEY}',
        False,
    ),
    ("option-unknown", "an option of another file", f'alder.example from="x" {KEY}', False),
    ("option-bare", "an option without its value", f"alder.example namespaces {KEY}", False),
    ("option-open", "a value without its end", f'alder.example namespaces="openletter {KEY}', False),
    ("option-no-comma", "no comma", f'alder.example valid-after="20200101Z"valid-before="20300101Z" {KEY}', False),
    ("option-comma-at-end", "a comma too many", f"alder.example {OURS}, {KEY}", False),
    ("time-local", "a day in the zone of the machine", f'alder.example valid-after="20200101" {KEY}', True),
    ("time-local-second", "a second of the machine", f'alder.example valid-before="20300101000000" {KEY}', True),
    ("time-small-z", "a small z", f'alder.example valid-before="20300101z" {KEY}', True),
    ("time-zone", "a zone in digits", f'alder.example valid-before="20300101+0200" {KEY}', False),
    ("time-short", "a month", f'alder.example valid-before="203001Z" {KEY}', False),
    ("time-other-digits", "digits of another script", f'alder.example valid-before="\u0662\u0660300101Z" {KEY}', False),
    ("time-no-such-day", "30 February", f'alder.example valid-before="20300230Z" {KEY}', True),
    ("time-no-such-second", "the second 60", f'alder.example valid-before="20300101235960Z" {KEY}', True),
    ("time-no-such-month", "the month 13", f'alder.example valid-before="20301301Z" {KEY}', False),
    ("time-1970", "the beginning of 1970", f'alder.example valid-after="19700101Z" {KEY}', False),
    (
        "time-order",
        "an end that isn't after the beginning",
        f'alder.example valid-after="20200102Z",valid-before="20200102Z" {KEY}',
        False,
    ),
    ("key-none", "no key", "alder.example", False),
    ("key-none-behind", "no key behind the options", f"alder.example {OURS}", False),
    ("key-type-alone", "the type of a key alone", "alder.example ssh-ed25519", False),
    ("key-short", "a key cut short", f"alder.example {KEY[:-2]}", False),
    ("key-type", "a type that isn't the key's", f"alder.example sk-{KEY}", False),
    ("key-low-order", "a key of low order", f"alder.example {line(WEAK)}", False),
    ("key-rsa", "a key of another kind", f"alder.example {line(RSA)}", False),
    ("key-application", "a hardware key of another application", f"alder.example {line(WEB)}", False),
    ("nul", "a NUL", f"alder.example {KEY} a\0b".encode(), True),
    ("carriage-return", "a carriage return", f"alder.example {KEY}\r".encode(), True),
    ("not-utf-8", "a comment that isn't UTF-8", f"alder.example {KEY} ".encode() + b"\xe9", True),
    ("words", "words that are no comment", "the key of alder.example", False),
)


def cases() -> Iterator[tuple[str, dict[str, str], bytes]]:
    for name, comment, text, pinned, at in ACCEPTED:
        holds = ON in pinned
        yield name, headers(comment, "accept", at, pinned=pinned, stock=holds), text.encode()
    for name, comment, bad, stock in REFUSED:
        payload = FIRST + (bad if isinstance(bad, bytes) else bad.encode()) + b"\n"
        yield name, headers(comment, "PinsError", AT, line=2, stock=stock), payload
    good = f"alder.example {OURS} {KEY}\n".encode()
    for name, comment, payload, at_line, stock in (
        ("two-for-one-key", "one key for two organizations", f"birch.example {KEY}\n".encode() + good, 2, True),
        ("byte-order-mark", "a byte order mark", b"\xef\xbb\xbf" + FIRST + good, 1, True),
        ("bad-line-before", "ssh-keygen passes over what it can't read", b"what is this\n" + good, 1, True),
        ("bad-line-after", "ssh-keygen stops at the first line that fits", good + b"what is this\n", 2, True),
    ):
        yield name, headers(comment, "PinsError", AT, line=at_line, stock=stock), payload


def headers(
    comment: str, expect: str, at: str, *, pinned: str | None = None, line: int | None = None, stock: bool
) -> dict[str, str]:
    found = {"expect": expect, "comment": comment, "at": at, "ssh-keygen": "accepts" if stock else "refuses"}
    if pinned is not None:
        found["pinned"] = pinned
    if line is not None:
        found["line"] = str(line)
    return found


def main(out: Path) -> None:
    made: set[str] = set()
    for name, head, payload in cases():
        assert f"{name}.vec" not in made, name
        write(out / "pins" / f"{name}.vec", head, payload)
        made.add(f"{name}.vec")
    remove_stale(out / "pins", made)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
