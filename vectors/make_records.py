"""Write the vectors of records: ``python vectors/make_records.py [OUT]`` (OUT/records, if given).

Nothing here imports openletter: the records are written out, and most cases vary one thing of one of them. Private keys
are the SHA-256 of ``openletter vectors: NAME``, so the same bytes come out every time.

Headers: ``expect`` (``accept``, or the type of the failure), ``comment``, ``digest`` where it is accepted (``sha256:``
and the SHA-256 of the payload), and ``field`` where the failure has one: the place in the record, such as
``signatories[1].organization``.
"""

from __future__ import annotations

import base64
import hashlib
import struct
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from vectorfile import remove_stale, write

_vectors: dict[str, tuple[dict[str, str], bytes]] = {}


def good(name: str, comment: str, record: str) -> None:
    """A record that is accepted."""
    payload = record.encode()
    digest = "sha256:" + hashlib.sha256(payload).hexdigest()
    _add(name, {"expect": "accept", "comment": comment, "digest": digest}, payload)


def bad(name: str, expect: str, field: str | None, comment: str, record: str | bytes) -> None:
    """Bytes that are refused, and the field that is at fault."""
    headers = {"expect": expect, "comment": comment}
    if field is not None:
        headers["field"] = field
    _add(name, headers, record.encode() if isinstance(record, str) else record)


def _add(name: str, headers: dict[str, str], payload: bytes) -> None:
    assert name not in _vectors, name
    assert all(payload != other for _, other in _vectors.values()), name
    _vectors[name] = (headers, payload)


def put(record: str, old: str, new: str) -> str:
    """The record with one thing changed, which stands in it once."""
    assert record.count(old) == 1, (old, record.count(old))
    return record.replace(old, new)


def drop(record: str, begin: str) -> str:
    """The record without the one line that begins so."""
    lines = [line for line in record.split("\n") if not line.startswith(begin)]
    assert record.count("\n") == len(lines), begin
    return "\n".join(lines)


# --- keys -------------------------------------------------------------------------------------------------------------


def point(name: str) -> bytes:
    seed = hashlib.sha256(f"openletter vectors: {name}".encode()).digest()
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def line(kind: str, *fields: bytes) -> str:
    blob = string(kind.encode()) + b"".join(map(string, fields))
    return f"{kind} {base64.b64encode(blob).decode()}"


HARDWARE_TYPE = "sk-ssh-ed25519@openssh.com"
FIRST = line("ssh-ed25519", point("alder"))
SECOND = line("ssh-ed25519", point("alder 2"))
HARDWARE = line(HARDWARE_TYPE, point("alder hardware"), b"ssh:")

P = 2**255 - 19

# --- the records that are varied --------------------------------------------------------------------------------------

LETTER = """\
format: "letter/1"
letter: "2026/open-water-record"
revision: "1"
date: "2026-05-14"
date_line: "14 May 2026"
place: "Alderford"
reference: "LV 7/2026"
language: "en"
sender: |-
  Lower Valley Water Forum
  1 Mill Lane, Alderford
addressees:
  - name: "Ms. Dana Whitlow"
    title: "Commissioner"
    organization: "Lower Valley Water Board"
    address:
      - "2 Weir Street"
      - "Birchester"
  - organization: "The Assembly of the Lower Valley"
subject: "Open the water records of the Lower Valley"
salutation: "Dear Ms. Whitlow,"
body: |-
  We ask you to open the “water records”.

  The charter says: "Every well is measured."
valediction: "Yours sincerely,"
signatories:
  - organization: "alder.example"
    name: "Ada Moreau"
    title: "Director"
    of: "Alder Institute – International"
  - organization: "birch.example"
    of: "Birch Foundation"
  - name: "Prof. Jo Lind"
copies:
  - "The Ombudsman of the Lower Valley"
translation_of: "sha256:8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4"
note: "The first text."
"""

SHORT = """\
format: "letter/1"
letter: "2026/open-water-record"
revision: "1"
date: "2026-05-14"
language: "en"
addressees:
  - name: "Ms. Dana Whitlow"
body: "We ask you to open the water records."
"""

SHORT_SHA256 = hashlib.sha256(SHORT.encode()).hexdigest()

LATER = put(
    SHORT,
    'revision: "1"\n',
    f'revision: "2"\nprevious: "sha256:{SHORT_SHA256}"\n',
)

KEYS = f"""\
format: "organization/1"
organization: "alder.example"
record: "1"
basis: "first"
date: "2026-01-05"
name: "Alder Institute"
keys:
  - key: "{FIRST}"
    status: "active"
  - key: "{HARDWARE}"
    status: "active"
recovery:
  threshold: "2"
  organizations:
    - "birch.example"
    - "cedar.example"
    - "dogwood.example"
note: "Made at the founding meeting."
"""

ROTATION = f"""\
format: "organization/1"
organization: "alder.example"
record: "2"
previous: "sha256:{hashlib.sha256(KEYS.encode()).hexdigest()}"
basis: "rotation"
date: "2026-02-06"
name: "Alder Institute"
keys:
  - key: "{FIRST}"
    status: "compromised"
    since: "2026-02-01"
  - key: "{HARDWARE}"
    status: "retired"
  - key: "{SECOND}"
    status: "active"
"""

AUTHORITY = "sha256:1b4f0e9851971998e732078544c96b36c3d01cedf7caa332359d6f1d83567014"

RECOVERY = f"""\
format: "organization/1"
organization: "alder.example"
record: "3"
previous: "sha256:{hashlib.sha256(ROTATION.encode()).hexdigest()}"
basis: "recovery"
date: "2026-03-07"
name: "Alder Institute"
keys:
  - key: "{FIRST}"
    status: "compromised"
    since: "2026-02-01"
authorized_by:
  - "{AUTHORITY}"
  - "sha256:60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
"""

WITHDRAWAL = f"""\
format: "withdrawal/1"
letter: "2026/open-water-record"
revision: "1"
text: "sha256:{SHORT_SHA256}"
organization: "alder.example"
date: "2026-06-01"
reason: "Our board was not asked."
"""

CHECKPOINT = """\
format: "checkpoint/1"
organization: "alder.example"
date: "2026-05-15"
commit: "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
tree: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
"""

OTHER = "sha256:8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4"

# --- letters ----------------------------------------------------------------------------------------------------------


def letters() -> None:
    good("letter-all-fields", "a letter that has every field but previous", LETTER)
    good("letter-shortest", "a letter that has the required fields only", SHORT)
    good("letter-later", "a second revision, which names the first", LATER)
    good("letter-revision-9999", "the highest number", put(LATER, '"2"', '"9999"'))
    good("letter-year-0001", "the first day of the calendar", put(SHORT, "2026-05-14", "0001-01-01"))
    good("letter-leap-day", "29 February of a leap year", put(SHORT, "2026-05-14", "2024-02-29"))
    good("letter-slug-80", "a short name of 80 characters", put(SHORT, "open-water-record", "a" * 80))
    good("letter-slug-digits", "a short name of digits", put(SHORT, "open-water-record", "0-1"))
    good("letter-slug-like-device", "a short name that holds a device's", put(SHORT, "open-water", "con"))
    good("letter-language-script", "language and script", put(SHORT, '"en"', '"sr-Latn"'))
    good("letter-language-region", "language, script, region in digits", put(SHORT, '"en"', '"es-Latn-419"'))
    good("letter-language-three", "a language of three letters", put(SHORT, '"en"', '"kmr-TR"'))
    good("letter-language-no", "Norwegian, which is no truth value here", put(SHORT, '"en"', '"no"'))
    good(
        "letter-block-of-one-line",
        "a field of one line is a block where it has a quote",
        put(LETTER, '"Open the water records of the Lower Valley"', '|-\n  Open the "water records"'),
    )
    good(
        "letter-right-to-left",
        "a letter in Arabic, with a mark of direction",
        put(
            put(SHORT, '"en"', '"ar"'),
            "We ask you to open the water records.",
            "نطلب منكم فتح سجلات المياه (2026)\u200f.",
        ),
    )
    good(
        "letter-signatory-twice-unnamed",
        "two signatories without an id may be equal",
        put(LETTER, '  - name: "Prof. Jo Lind"\n', '  - name: "Prof. Jo Lind"\n  - name: "Prof. Jo Lind"\n'),
    )
    good(
        "letter-id-180",
        "an organization's id of 180 characters",
        put(LETTER, "birch.example", f"{'b' * 63}.{'c' * 63}.{'d' * 44}.example"),
    )
    good("letter-id-punycode", "a domain in its ASCII form", put(LETTER, "birch.example", "xn--bouleau-9ya.example"))
    good("letter-id-digits", "labels of digits, but for the last", put(LETTER, "birch.example", "4.0.example"))

    for name in ("letter", "revision", "date", "language", "addressees", "body"):
        record = put(SHORT, 'addressees:\n  - name: "Ms. Dana Whitlow"\n', "") if name == "addressees" else ""
        bad(f"letter-no-{name}", "MissingField", name, f"without {name}", record or drop(SHORT, f"{name}:"))
    bad(
        "letter-addressee-nobody",
        "MissingField",
        "addressees[0]",
        "an addressee of nothing but an address",
        put(SHORT, 'name: "Ms. Dana Whitlow"', 'address:\n      - "2 Weir Street"'),
    )
    bad(
        "letter-signatory-nobody",
        "MissingField",
        "signatories[1]",
        "a signatory of nothing but an id",
        put(LETTER, '\n    of: "Birch Foundation"', ""),
    )
    bad(
        "letter-signatory-title-alone",
        "MissingField",
        "signatories[2]",
        "a signatory of nothing but a title",
        put(LETTER, 'name: "Prof. Jo Lind"', 'title: "Professor"'),
    )

    bad("letter-unknown-field", "UnknownField", "status", "a field of no kind", SHORT + 'status: "published"\n')
    bad("letter-field-of-other-kind", "UnknownField", "reason", "a field of a withdrawal", SHORT + 'reason: "x"\n')
    bad(
        "letter-unknown-field-nested",
        "UnknownField",
        "addressees[0].street",
        "a field that addressees don't have",
        put(SHORT, '"Ms. Dana Whitlow"\n', '"Ms. Dana Whitlow"\n    street: "Weir Street"\n'),
    )
    bad(
        "letter-signature-inside",
        "UnknownField",
        "signatories[0].signature",
        "a signature is no part of a letter",
        put(LETTER, '    of: "Alder', '    signature: "x"\n    of: "Alder'),
    )

    bad(
        "letter-order",
        "FieldOrder",
        "date",
        "date stands behind date_line",
        put(LETTER, 'date: "2026-05-14"\ndate_line: "14 May 2026"\n', 'date_line: "14 May 2026"\ndate: "2026-05-14"\n'),
    )
    bad(
        "letter-order-nested",
        "FieldOrder",
        "signatories[0].name",
        "name stands behind title",
        put(
            LETTER, '    name: "Ada Moreau"\n    title: "Director"\n', '    title: "Director"\n    name: "Ada Moreau"\n'
        ),
    )
    bad("letter-order-last", "FieldOrder", "sender", "sender stands at the end", SHORT + 'sender: "The Forum"\n')

    for name, field, comment, record in [
        ("subject-list", "subject", "a list for a text", put(LETTER, 'subject: "', 'subject:\n  - "')),
        ("body-map", "body", "a map for a text", put(SHORT, 'body: "We', 'body:\n  a: "We')),
        ("copies-text", "copies", "a text for a list", SHORT + 'copies: "The Ombudsman"\n'),
        ("copies-maps", "copies[0]", "a list of maps for a list of texts", SHORT + 'copies:\n  - name: "x"\n'),
        ("addressees-map", "addressees", "a map for a list", put(SHORT, "  - name:", "  name:")),
        (
            "addressees-texts",
            "addressees[0]",
            "a list of texts for a list of maps",
            put(SHORT, '- name: "Ms.', '- "Ms.'),
        ),
        ("address-text", "addressees[0].address", "a text for a list", put(SHORT, "name: ", "address: ")),
        ("id-upper-case", "letter", "an upper-case letter in the short name", put(SHORT, "open-water", "Open-water")),
        ("id-year-of-three", "letter", "a year of three digits", put(SHORT, "2026/", "226/")),
        ("id-year-alone", "letter", "no short name", put(SHORT, "/open-water-record", "")),
        ("id-hyphens", "letter", "two hyphens in a row", put(SHORT, "open-water", "open--water")),
        ("id-hyphen-last", "letter", "a hyphen at the end", put(SHORT, "-record", "-record-")),
        ("id-slash", "letter", "two slashes", put(SHORT, "open-water", "open/water")),
        ("id-dots", "letter", "a path upward", put(SHORT, "open-water-record", "..")),
        ("id-81", "letter", "a short name of 81 characters", put(SHORT, "open-water-record", "a" * 81)),
        ("id-device", "letter", "a name that Windows gives to a device", put(SHORT, "open-water-record", "aux")),
        ("id-digits-of-arabic", "letter", "a year in Arabic-Indic digits", put(SHORT, "2026/", "٢٠٢٦/")),
        (
            "id-two-lines",
            "letter",
            "a second, indented line",
            put(SHORT, '"2026/open-water-record"', "|-\n  2026/a\n   b"),
        ),
        ("revision-0", "revision", "numbers begin at 1", put(SHORT, '"1"', '"0"')),
        ("revision-leading-zero", "revision", "a leading zero", put(SHORT, '"1"', '"01"')),
        ("revision-10000", "revision", "five digits", put(LATER, '"2"', '"10000"')),
        ("revision-sign", "revision", "a sign", put(SHORT, '"1"', '"+1"')),
        ("revision-fullwidth", "revision", "U+FF11 FULLWIDTH DIGIT ONE", put(SHORT, '"1"', '"１"')),
        ("revision-words", "revision", "a number in words", put(SHORT, '"1"', '"one"')),
        ("previous-upper-case", "previous", "hex digits in upper case", put(LATER, SHORT_SHA256, SHORT_SHA256.upper())),
        ("previous-sha512", "previous", "another hash", put(LATER, "sha256:", "sha512:")),
        ("previous-bare", "previous", "no name of the hash", put(LATER, "sha256:", "")),
        ("previous-short", "previous", "63 hex digits", put(LATER, SHORT_SHA256, SHORT_SHA256[:63])),
        ("date-not-leap", "date", "29 February of another year", put(SHORT, "2026-05-14", "2026-02-29")),
        ("date-century", "date", "29 February of 1900", put(SHORT, "2026-05-14", "1900-02-29")),
        ("date-31-june", "date", "31 June", put(SHORT, "2026-05-14", "2026-06-31")),
        ("date-year-0000", "date", "the year 0000", put(SHORT, "2026-05-14", "0000-05-14")),
        ("date-month-00", "date", "the month 00", put(SHORT, "2026-05-14", "2026-00-14")),
        ("date-slashes", "date", "slashes", put(SHORT, "2026-05-14", "14/05/2026")),
        ("date-basic", "date", "without hyphens", put(SHORT, "2026-05-14", "20260514")),
        ("date-week", "date", "a week", put(SHORT, "2026-05-14", "2026-W20-4")),
        ("date-time", "date", "a time", put(SHORT, "2026-05-14", "2026-05-14T12:00:00Z")),
        ("date-digits-of-arabic", "date", "Arabic-Indic digits", put(SHORT, "2026-05-14", "٢٠٢٦-٠٥-١٤")),
        ("language-upper-case", "language", "a language in upper case", put(SHORT, '"en"', '"EN"')),
        ("language-region-lower", "language", "a region in lower case", put(SHORT, '"en"', '"en-gb"')),
        ("language-low-line", "language", "a low line", put(SHORT, '"en"', '"en_GB"')),
        ("language-name", "language", "a name", put(SHORT, '"en"', '"English"')),
        ("language-extension", "language", "an extension", put(SHORT, '"en"', '"en-x-valley"')),
        ("signatory-id-upper-case", "signatories[1].organization", "upper case", put(LETTER, "birch.", "Birch.")),
        (
            "signatory-id-one-label",
            "signatories[1].organization",
            "one label",
            put(LETTER, "birch.example", "birch"),
        ),
        (
            "signatory-id-dot-last",
            "signatories[1].organization",
            "a dot at the end",
            put(LETTER, "birch.example", "birch.example."),
        ),
        (
            "signatory-id-181",
            "signatories[1].organization",
            "181 characters",
            put(LETTER, "birch.example", f"{'b' * 63}.{'c' * 63}.{'d' * 45}.example"),
        ),
        (
            "signatory-id-label-64",
            "signatories[1].organization",
            "a label of 64 characters",
            put(LETTER, "birch.", "b" * 64 + "."),
        ),
        (
            "signatory-id-unicode",
            "signatories[1].organization",
            "a domain that is not in its ASCII form",
            put(LETTER, "birch.", "bouleáu."),
        ),
        (
            "signatory-id-cyrillic",
            "signatories[1].organization",
            "U+0430, which looks like a",
            put(LETTER, "birch.exa", "birch.ex\u0430"),
        ),
        (
            "signatory-id-address",
            "signatories[1].organization",
            "an address of the web",
            put(LETTER, '"birch.example"', '"https://birch.example/"'),
        ),
        ("signatory-id-ip", "signatories[1].organization", "an IP address", put(LETTER, "birch.example", "10.0.0.1")),
        ("signatory-id-device", "signatories[1].organization", "a device of Windows", put(LETTER, "birch.", "nul.")),
        (
            "translation-of-id",
            "translation_of",
            "a letter's id instead of a digest",
            put(LETTER, OTHER, "2026/open-water-record"),
        ),
    ]:
        bad(f"letter-{name}", "FieldValue", field, comment, record)

    bad(
        "letter-first-with-previous",
        "FieldConflict",
        "previous",
        "revision 1 follows nothing",
        put(LATER, '"2"', '"1"'),
    )
    bad("letter-later-alone", "FieldConflict", "previous", "revision 2 follows one", put(SHORT, '"1"', '"2"'))
    bad(
        "letter-listed-twice",
        "FieldConflict",
        "signatories[1].organization",
        "one organization, listed twice",
        put(LETTER, '"birch.example"', '"alder.example"'),
    )

    bad(
        "letter-subject-two-lines",
        "ForbiddenText",
        "subject",
        "two lines in a field of one line",
        put(
            LETTER,
            '"Open the water records of the Lower Valley"',
            "|-\n  Open the water records\n  of the Lower Valley",
        ),
    )
    bad(
        "letter-copy-two-lines",
        "ForbiddenText",
        "copies[0]",
        "two lines in an item of one line",
        put(LETTER, '"The Ombudsman of the Lower Valley"', "|-\n    The Ombudsman\n    of the Lower Valley"),
    )


# --- what no kind accepts ---------------------------------------------------------------------------------------------


def any_kind() -> None:
    for name, comment, record in [
        ("format-newer", "a version that is not known", put(SHORT, "letter/1", "letter/2")),
        ("format-other", "a kind that is not known", put(SHORT, "letter/1", "petition/1")),
        ("format-upper-case", "kinds are in lower case", put(SHORT, "letter/1", "Letter/1")),
        ("format-without-version", "no version", put(SHORT, "letter/1", "letter")),
        ("format-map", "a map for the format", put(SHORT, 'format: "', 'format:\n  kind: "')),
        ("format-absent", "no format", drop(SHORT, "format:")),
        (
            "format-second",
            "format stands on the second line",
            put(
                SHORT,
                'format: "letter/1"\nletter: "2026/open-water-record"\n',
                'letter: "2026/open-water-record"\nformat: "letter/1"\n',
            ),
        ),
    ]:
        bad(name, "UnknownFormat", None, comment, record)

    for name, expect, comment, payload in [
        ("not-utf-8", "NotUtf8", "a byte that is no UTF-8", SHORT.encode().replace(b"Dana", b"D\xe1na")),
        ("byte-order-mark", "NotUtf8", "a byte order mark", b"\xef\xbb\xbf" + SHORT.encode()),
        ("plain-number", "NotCanonical", "a number without quotes", put(SHORT, '"1"', "1").encode()),
        ("comment", "NotCanonical", "a comment", put(SHORT, 'date: "2026-05-14"', 'date: "2026-05-14" # x').encode()),
        ("field-twice", "NotCanonical", "a field that stands twice", SHORT.encode() + b'body: "Another text."\n'),
        ("field-empty", "NotCanonical", "an empty text", SHORT.encode() + b'note: ""\n'),
        ("no-line-feed", "NotCanonical", "no line feed at the end", SHORT.encode()[:-1]),
        ("empty", "NotCanonical", "no bytes", b""),
        ("crlf", "ForbiddenText", "lines that end in CR LF", SHORT.replace("\n", "\r\n").encode()),
        ("override", "ForbiddenText", "U+202E in a name", put(SHORT, "Dana", "Da\u202ena").encode()),
        ("space-last", "ForbiddenText", "a space at the end of a name", put(SHORT, "Whitlow", "Whitlow ").encode()),
        ("decomposed", "NotNormalized", "a and U+0301 in a name", put(SHORT, "Dana", "Da\u0301na").encode()),
    ]:
        bad(name, expect, None, comment, payload)


# --- key records ------------------------------------------------------------------------------------------------------


def organizations() -> None:
    good("organization-first", "a first record: two keys, of a file and of hardware; a recovery", KEYS)
    good("organization-rotation", "a rotation: one key of each status", ROTATION)
    good("organization-recovery", "a recovery, authorized by two; no active key is left", RECOVERY)
    good(
        "organization-recovery-of-all",
        "the threshold is the number of the organizations",
        put(KEYS, 'threshold: "2"', 'threshold: "3"'),
    )
    good("organization-since-later", "since may be any day", put(ROTATION, "2026-02-01", "9999-12-31"))

    for name, field, record in [
        ("organization", "organization", drop(ROTATION, "organization:")),
        ("record", "record", drop(ROTATION, "record:")),
        ("basis", "basis", drop(ROTATION, "basis:")),
        ("date", "date", drop(ROTATION, "date:")),
        ("name", "name", drop(ROTATION, "name:")),
        ("keys", "keys", ROTATION[: ROTATION.index("keys:")]),
        ("status", "keys[2].status", put(ROTATION, '    status: "active"\n', "")),
        ("threshold", "recovery.threshold", put(KEYS, '  threshold: "2"\n', "")),
        ("recoverers", "recovery.organizations", KEYS[: KEYS.index("  organizations:")]),
    ]:
        bad(f"organization-no-{name}", "MissingField", field, f"without {field}", record)

    bad(
        "organization-unknown-field", "UnknownField", "domain", "a field of no kind", KEYS + 'domain: "alder.example"\n'
    )
    bad(
        "organization-key-comment-field",
        "UnknownField",
        "keys[1].comment",
        "a field that keys don't have",
        put(KEYS, "recovery:", '    comment: "the blue one"\nrecovery:'),
    )
    bad(
        "organization-order",
        "FieldOrder",
        "record",
        "record stands behind previous",
        put(put(ROTATION, 'record: "2"\n', ""), 'basis: "', 'record: "2"\nbasis: "'),
    )
    bad(
        "organization-order-of-key",
        "FieldOrder",
        "keys[0].status",
        "status stands behind since",
        put(
            ROTATION,
            '    status: "compromised"\n    since: "2026-02-01"\n',
            '    since: "2026-02-01"\n    status: "compromised"\n',
        ),
    )

    weak = "a point of low order: y = 1"
    for name, comment, key in [
        ("comment", "a comment behind the key", f"{FIRST} ada@alder.example"),
        ("two-spaces", "two spaces behind the type", FIRST.replace(" ", "  ")),
        ("options", "options before the key", f"cert-authority {FIRST}"),
        ("unpadded", "base64 without its padding", HARDWARE.rstrip("=")),
        ("trailing-bits", "the last digit of the base64 has bits that mean nothing", _trailing_bits(HARDWARE)),
        ("line-broken", "a digit of the base64 is missing", FIRST[:-1]),
        ("type-contradicts", "the type says what the blob does not", f"{HARDWARE_TYPE} {FIRST.split()[1]}"),
        ("rsa", "an RSA key", line("ssh-rsa", b"\1\0\1", b"\0" + b"\xc3" * 256)),
        ("application", "a hardware key for another application", line(HARDWARE_TYPE, point("alder"), b"ssh:work")),
        ("bytes-after", "bytes behind the point", line("ssh-ed25519", point("alder"), b"")),
        ("point-31", "a point of 31 bytes", line("ssh-ed25519", point("alder")[:31])),
        ("low-order", weak, line("ssh-ed25519", (1).to_bytes(32, "little"))),
        ("low-order-hardware", f"{weak}, as a hardware key", line(HARDWARE_TYPE, (1).to_bytes(32, "little"), b"ssh:")),
        (
            "not-canonical",
            "y = p + 3: a second spelling of a point",
            line("ssh-ed25519", (P + 3).to_bytes(32, "little")),
        ),
        ("off-curve", "y = 2: no point of the curve has it", line("ssh-ed25519", (2).to_bytes(32, "little"))),
    ]:
        bad(f"organization-key-{name}", "FieldValue", "keys[0].key", comment, put(KEYS, FIRST, key))
    for name, field, comment, record in [
        ("id-one-label", "organization", "one label", put(KEYS, '"alder.example"', '"alder"')),
        ("record-0", "record", "numbers begin at 1", put(KEYS, 'record: "1"', 'record: "0"')),
        ("basis-other", "basis", "a basis that is not known", put(ROTATION, '"rotation"', '"renewal"')),
        ("date-other", "date", "a day that is none", put(KEYS, "2026-01-05", "2026-01-32")),
        ("status-other", "keys[1].status", "a status that is not known", put(ROTATION, '"retired"', '"revoked"')),
        ("since-other", "keys[0].since", "a day that is none", put(ROTATION, "2026-02-01", "2026-02-30")),
        ("threshold-0", "recovery.threshold", "nobody's consent", put(KEYS, 'threshold: "2"', 'threshold: "0"')),
        ("threshold-zero-first", "recovery.threshold", "a leading zero", put(KEYS, 'old: "2"', 'old: "02"')),
        ("recoverer-other", "recovery.organizations[1]", "not an id", put(KEYS, '"cedar.example"', '"Cedar"')),
        (
            "recovery-list",
            "recovery",
            "a list for a map",
            put(KEYS, '  threshold: "2"\n  organizations:\n', "").replace("    - ", "  - "),
        ),
        (
            "authorized-by-id",
            "authorized_by[0]",
            "an id for a digest",
            put(RECOVERY, AUTHORITY, "birch.example"),
        ),
    ]:
        bad(f"organization-{name}", "FieldValue", field, comment, record)
    bad(
        "organization-name-two-lines",
        "ForbiddenText",
        "name",
        "two lines in a field of one line",
        put(KEYS, '"Alder Institute"', "|-\n  Alder\n  Institute"),
    )

    other = HARDWARE.join(('  - key: "', '"\n    status: "active"\n'))
    for name, field, comment, record in [
        (
            "first-with-previous",
            "previous",
            "record 1 follows nothing",
            put(KEYS, "basis:", f'previous: "{OTHER}"\nbasis:'),
        ),
        ("later-alone", "previous", "record 2 follows one", drop(ROTATION, "previous:")),
        ("first-rotation", "basis", "record 1 is a first one", put(KEYS, '"first"', '"rotation"')),
        ("second-first", "basis", "record 2 is no first one", put(ROTATION, '"rotation"', '"first"')),
        ("key-twice", "keys[1].key", "one key, listed twice", put(KEYS, HARDWARE, FIRST)),
        ("active-since", "keys[2].since", "an active key has no since", ROTATION + '    since: "2026-02-06"\n'),
        (
            "retired-since",
            "keys[1].since",
            "a retired key has no since",
            put(ROTATION, '"retired"\n', '"retired"\n    since: "2026-02-06"\n'),
        ),
        (
            "compromised-without-since",
            "keys[0].since",
            "a compromised key has one",
            put(ROTATION, '    since: "2026-02-01"\n', ""),
        ),
        (
            "first-none-active",
            "keys",
            "a first record has an active key",
            put(put(KEYS, other, ""), '"active"', '"retired"'),
        ),
        (
            "first-authorized",
            "authorized_by",
            "a first record is authorized by nobody",
            put(KEYS, "note:", f'authorized_by:\n  - "{OTHER}"\nnote:'),
        ),
        (
            "authorized-twice",
            "authorized_by[2]",
            "one record, named twice",
            RECOVERY + RECOVERY.split("\n")[-3] + "\n",
        ),
        (
            "recoverer-twice",
            "recovery.organizations[2]",
            "one organization, named twice",
            put(KEYS, "dogwood.example", "birch.example"),
        ),
        (
            "recovers-itself",
            "recovery.organizations",
            "the organization itself",
            put(KEYS, "dogwood.example", "alder.example"),
        ),
        (
            "threshold-too-high",
            "recovery.threshold",
            "four out of three",
            put(KEYS, 'threshold: "2"', 'threshold: "4"'),
        ),
    ]:
        bad(f"organization-{name}", "FieldConflict", field, comment, record)


def _trailing_bits(key: str) -> str:
    """A second spelling of base64 with one sign of padding: it differs in the last two bits of its last digit."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    assert key.endswith("=")
    assert not key.endswith("==")
    return key[:-2] + digits[digits.index(key[-2]) | 1] + "="


# --- withdrawals and checkpoints --------------------------------------------------------------------------------------


def withdrawals() -> None:
    good("withdrawal", "a withdrawal with its reason", WITHDRAWAL)
    good("withdrawal-shortest", "a withdrawal without a reason", drop(WITHDRAWAL, "reason:"))
    good(
        "withdrawal-reason-of-lines",
        "a reason may have several lines",
        put(WITHDRAWAL, '"Our board was not asked."', "|-\n  Our board was not asked.\n\n  We stand by the aim."),
    )
    for name in ("letter", "revision", "text", "organization", "date"):
        bad(f"withdrawal-no-{name}", "MissingField", name, f"without {name}", drop(WITHDRAWAL, f"{name}:"))
    bad("withdrawal-signature", "UnknownField", "key", "a field of no withdrawal", WITHDRAWAL + 'key: "x"\n')
    bad(
        "withdrawal-order",
        "FieldOrder",
        "organization",
        "organization stands behind date",
        put(
            WITHDRAWAL,
            'organization: "alder.example"\ndate: "2026-06-01"\n',
            'date: "2026-06-01"\norganization: "alder.example"\n',
        ),
    )
    for name, field, comment, record in [
        ("letter-with-revision", "letter", "a revision in the id", put(WITHDRAWAL, "record", "record@1")),
        ("revision-all", "revision", "no number", put(WITHDRAWAL, '"1"', '"all"')),
        (
            "text-name",
            "text",
            "a file's name for a digest",
            put(WITHDRAWAL, f"sha256:{SHORT_SHA256}", "0001.yaml"),
        ),
        ("organization-space", "organization", "a space in the id", put(WITHDRAWAL, "alder.", "al der.")),
        ("date-two-digits", "date", "a month of one digit", put(WITHDRAWAL, "2026-06-01", "2026-6-01")),
        ("reason-list", "reason", "a list for a text", put(WITHDRAWAL, 'reason: "', 'reason:\n  - "')),
    ]:
        bad(f"withdrawal-{name}", "FieldValue", field, comment, record)


def checkpoints() -> None:
    sha1, sha256 = CHECKPOINT.split('"')[7], CHECKPOINT.split('"')[9]
    good("checkpoint", "a checkpoint of a commit in SHA-1", CHECKPOINT)
    good("checkpoint-sha256", "a checkpoint of a commit in SHA-256", put(CHECKPOINT, sha1, sha256[::-1]))
    for name in ("organization", "date", "commit", "tree"):
        bad(f"checkpoint-no-{name}", "MissingField", name, f"without {name}", drop(CHECKPOINT, f"{name}:"))
    bad("checkpoint-note", "UnknownField", "note", "a field of other kinds", CHECKPOINT + 'note: "x"\n')
    bad(
        "checkpoint-order",
        "FieldOrder",
        "commit",
        "commit stands behind tree",
        put(CHECKPOINT, f'commit: "{sha1}"\ntree: "{sha256}"', f'tree: "{sha256}"\ncommit: "{sha1}"'),
    )
    for name, field, comment, record in [
        ("commit-short", "commit", "an abbreviated commit id", put(CHECKPOINT, sha1, sha1[:12])),
        ("commit-41", "commit", "41 hex digits", put(CHECKPOINT, sha1, sha1 + "0")),
        ("commit-upper-case", "commit", "hex digits in upper case", put(CHECKPOINT, sha1, sha1.upper())),
        ("commit-branch", "commit", "a branch", put(CHECKPOINT, sha1, "main")),
        ("tree-sha1", "tree", "a tree id in SHA-1", put(CHECKPOINT, sha256, sha1)),
        ("tree-digest", "tree", "a tree id has no name of its hash", put(CHECKPOINT, sha256, f"sha256:{sha256}")),
    ]:
        bad(f"checkpoint-{name}", "FieldValue", field, comment, record)


def main(arguments: list[str]) -> None:
    """Write all vectors, and remove what is no longer one."""
    out = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    for group in (letters, any_kind, organizations, withdrawals, checkpoints):
        group()
    for name, (headers, payload) in _vectors.items():
        write(out / "records" / f"{name}.vec", headers, payload)
    remove_stale(out / "records", {f"{name}.vec" for name in _vectors})


if __name__ == "__main__":
    main(sys.argv[1:])
