"""What ``--json`` prints is what ``spec/json`` says: real output of the installed command, held against the schemas."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from builders import ALDER, BIRCH, CEDAR, DOGWOOD, ELM, LETTER, Desk, a_letter, key_of, name_of
from openletter import Committer, Identity, Signatory, Verdict, errors, records
from openletter.api import Relation
from openletter.api.remembering import Past
from openletter.archive import Act, Repository
from openletter.records import Key, Organization
from openletter.records.letter import FIELDS
from openletter.records.organization import STATUSES
from openletter.records.text import as_lines
from openletter.verify import Evidence, Outcome

SCHEMAS = Path(__file__).resolve().parents[1] / "spec" / "json"
FIR, GORSE, HAZEL, IVY = (f"{plant}.example" for plant in ("fir", "gorse", "hazel", "ivy"))
SPOILT = "2026/spoilt"

Json = Any


def schema(name: str) -> dict[str, Any]:
    found = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def refusals(name: str, document: Json) -> set[str]:
    """The keywords of the schema that refuse a document, those inside of alternatives too; empty where it is right."""
    waiting = list(jsonschema.Draft202012Validator(schema(name)).iter_errors(document))
    found: set[str] = set()
    while waiting:
        error = waiting.pop()
        found.add(str(error.validator))
        waiting += error.context
    return found


# --- an archive of everything that can be said ------------------------------------------------------------------------


def the_letter() -> Desk:
    """Three revisions and one organization for each verdict, with every standing that a key can have."""
    desk = Desk()
    for organization in (ALDER, BIRCH, CEDAR, DOGWOOD, ELM, FIR):
        desk.enrol(organization)
    desk.enrol(GORSE, name="Gorse Union")
    shared = key_of("shared")
    for organization in (HAZEL, IVY):
        desk.enrol(organization, shared)
    listed = (ALDER, BIRCH, CEDAR, ELM, FIR, GORSE, HAZEL)
    signatories = tuple(Signatory(organization=org, name="Lee Reed", title="Chair", of=name_of(org)) for org in listed)
    desk.revise(a_letter(signatories=(*signatories, Signatory(name="Sam Rush"))))
    desk.sign(ALDER)
    desk.sign(BIRCH)
    desk.sign(FIR)
    desk.revise(body="We ask you to open all the records.\n\nThey belong to everybody.", note="All of them.")
    desk.sign(ALDER)
    desk.sign(ELM)
    desk.revise(copies=("The Ombudsperson",), date_line="2 March 2026")
    desk.sign(ALDER)
    desk.sign(DOGWOOD)
    desk.withdraw(FIR, 1, reason="We were not heard.")
    # A false one: made for revision 2, and named for revision 3.
    third = desk.sign(ELM)
    desk.files[third] = desk.files.pop(third.replace("0003.", "0002."))
    # Two that prove nothing: by a key that was declared compromised, and by one that two organizations list.
    desk.sign(GORSE)
    desk.sign(HAZEL, key=shared)
    first = records.decode(desk.keys[GORSE]["0001.yaml"])
    assert isinstance(first, Organization)
    new = key_of(GORSE, "new")
    rotation = replace(
        first,
        record=2,
        previous=records.digest(first.to_bytes()),
        basis="rotation",
        keys=(
            Key(key=key_of(GORSE).public.line, status="compromised", since="2026-04-01"),
            Key(key=new.public.line, status="active"),
        ),
    )
    desk.record(rotation, (GORSE, key_of(GORSE)), (GORSE, new))
    # A withdrawal without a signature.
    loose = desk.withdraw(ALDER, 2)
    del desk.files[f"{loose.removesuffix('.yaml')}.{key_of(ALDER).public.short}.sig"]
    return desk


def a_spoilt_letter() -> dict[str, bytes]:
    """A first revision, one that is no canonical YAML, one whose date is none, and one that is missing."""
    good = replace(a_letter(), letter=SPOILT, subject=None).to_bytes()
    return {
        "0001.yaml": good,
        "0002.yaml": good.replace(b'date: "2026-03-02"', b'date: "2026-02-30"'),
        "0003.yaml": good.replace(b'date: "', b"date: '"),
        "0005.yaml": good,
    }


def files() -> dict[str, bytes]:
    desk = the_letter()
    return {
        **{f"archive/{LETTER}/{name}": data for name, data in desk.files.items()},
        **{f"archive/{SPOILT}/{name}": data for name, data in a_spoilt_letter().items()},
        **{f"keys/{org}/{name}": data for org, folder in desk.keys.items() for name, data in folder.items()},
        "archive/readme.txt": b"no place for this\n",
    }


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same archive as a git repository and as a plain folder, and one that is empty."""
    root = tmp_path_factory.mktemp("archives")
    who = Identity(name="The secretariat", email="secretariat@alder.example", when=datetime(2026, 5, 14, 9, tzinfo=UTC))
    committer = Committer(author=who, committer=who)
    repository, _ = Repository.create(root / "git", committer)
    repository.record(lambda _: Act(files=files(), message="everything"), committer)
    shutil.copytree(root / "git", root / "plain", ignore=shutil.ignore_patterns(".git"))
    Repository.create(root / "empty", committer)
    confirm_some(root / "config" / "openletter")
    shutil.copytree(root / "git", root / "changed")
    change = f"echo >> archive/{LETTER}/0001.yaml; git -c user.name=M -c user.email=m@thief.example commit -qam changed"
    subprocess.run(change, shell=True, cwd=root / "changed", check=True)  # noqa: S602  # words of our own
    another, _ = Repository.create(root / "other", committer)
    less = {
        path: data for path, data in files().items() if not path.startswith((f"archive/{LETTER}/0003", f"keys/{FIR}"))
    }
    less["archive/readme.txt"] = b"another\n"
    another.record(lambda _: Act(files=less, message="something else"), committer)
    (root / "copy.txt").write_text("\n".join(as_lines(the_letter().letters[0])).replace("records", "books"))
    (root / "part.txt").write_text("Please open the books at last. They belong to nobody.")
    return {name: root / name for name in ("git", "plain", "empty", "changed", "other")}


def confirm_some(folder: Path) -> None:
    """A user's own pins and authorities, with all that a line may have."""
    key, other = (key_of(organization).public for organization in (ALDER, BIRCH))
    limits = 'namespaces="openletter",valid-after="20200101Z",valid-before="20210101Z"'
    (folder / "authorities").mkdir(parents=True)
    (folder / "allowed_signers").write_text(f"{ALDER} {limits} {key.line} by telephone\n{BIRCH} {other.line}\n")
    (folder / "authorities" / "tsa.example.pem").write_text(
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
    )


def run(archive: Path, *arguments: str) -> tuple[Json, int]:
    """What the installed command prints, and its exit status."""
    place = () if arguments[0] == "compare" else ("--archive", str(archive))
    command = (str(Path(sys.executable).with_name("openletter")), *place, *arguments, "--json")
    environment = os.environ | {
        "XDG_CONFIG_HOME": str(archive.parent / "config"),
        "XDG_CACHE_HOME": str(archive.parent / "cache"),
    }
    done = subprocess.run(
        command,
        cwd=archive.parent,
        env=environment,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=120,
    )
    assert done.stderr == b""
    return json.loads(done.stdout.decode("ascii")), done.returncode


RUNS = (
    ("verify", "git", ("verify",), 1),
    ("verify", "git", ("verify", LETTER), 1),
    ("verify", "git", ("verify", f"{LETTER}@1"), 1),
    ("verify", "git", ("verify", SPOILT, "--require", "all"), 1),
    ("verify", "plain", ("verify", f"{LETTER}@2", "--require", f"{ALDER},{BIRCH}"), 1),
    ("list", "git", ("list",), 1),
    ("list", "empty", ("list",), 0),
    ("show", "git", ("show", LETTER), 0),
    ("show", "plain", ("show", f"{LETTER}@1"), 0),
    ("log", "git", ("log", LETTER), 1),
    ("log", "plain", ("log", SPOILT), 1),
    ("diff", "git", ("diff", f"{LETTER}@1", "@3"), 0),
    ("diff", "git", ("diff", f"{LETTER}@2", "@2"), 0),
    ("keys", "git", ("keys", "list"), 0),
    ("keys", "git", ("keys", "show", GORSE), 0),
    ("keys", "empty", ("keys", "list"), 0),
    ("trust", "git", ("trust", "list"), 0),
    ("audit", "git", ("audit",), 1),
    ("audit", "changed", ("audit",), 1),
    ("audit", "empty", ("audit",), 0),
    ("compare", "git", ("compare", "git", "plain"), 0),
    ("compare", "git", ("compare", "empty", "git"), 0),
    ("compare", "git", ("compare", "git", "other"), 1),
    ("identify", "git", ("identify", "copy.txt", "--require", "same-words"), 3),
    ("identify", "plain", ("identify", f"git/archive/{LETTER}/0001.yaml"), 0),
    ("identify", "empty", ("identify", "part.txt"), 0),
)


@pytest.mark.parametrize(
    ("name", "archive", "arguments", "status"), RUNS, ids=[f"{run[1]}: {' '.join(run[2])}" for run in RUNS]
)
def test_real_output_is_what_its_schema_says(
    archives: dict[str, Path], name: str, archive: str, arguments: tuple[str, ...], status: int
) -> None:
    document, found = run(archives[archive], *arguments)
    assert refusals(name, document) == set()
    assert document["format"] == f"openletter-{name}/1"
    assert found == status


def test_the_archive_of_these_tests_has_every_verdict_and_outcome(archives: dict[str, Path]) -> None:
    documents = [run(archives["git"], "verify", f"{LETTER}@{number}")[0] for number in (1, 3)]
    verdicts = [verdict for document in documents for verdict in document["letters"][0]["organizations"]]
    # Nothing is disputed where no witness shows how old a signature is.
    assert {verdict["verdict"] for verdict in verdicts} == set(Verdict) - {Verdict.DISPUTED}
    signatures = [signature for verdict in verdicts for signature in verdict["signatures"]]
    assert {signature["outcome"] for signature in signatures} == set(Outcome) - {Outcome.DISPUTED}
    assert any(verdict["organization"] is None for verdict in verdicts)


@pytest.mark.parametrize(("require", "met"), [("1", True), ("2", False), ("all", False), (ALDER, True), (BIRCH, False)])
def test_a_demand_is_said_with_where_it_is_unmet(archives: dict[str, Path], require: str, met: bool) -> None:
    demand = run(archives["git"], "verify", LETTER, "--require", require)[0]["demand"]
    assert (demand["require"], demand["met"]) == (require, met)
    assert list(demand["unmet"]) == ([] if met else [f"{LETTER}@3"])


def test_a_demand_of_an_archive_without_letters_is_not_met(tmp_path: Path) -> None:
    keys_only = {path: data for path, data in files().items() if path.startswith(f"keys/{ALDER}/")}
    who = Identity(name="The secretariat", email="secretariat@alder.example", when=datetime(2026, 5, 14, 9, tzinfo=UTC))
    committer = Committer(author=who, committer=who)
    repository, _ = Repository.create(tmp_path / "archive", committer)
    repository.record(lambda _: Act(files=keys_only, message="keys alone"), committer)
    document, status = run(tmp_path / "archive", "verify", "--require", "all")
    assert refusals("verify", document) == set()
    assert document["demand"] == {"require": "all", "trust": None, "met": False, "unmet": {}}
    assert (document["status"], status) == (3, 3)


# --- a broken document is refused -------------------------------------------------------------------------------------

Place = tuple[str | int, ...]

COMMANDS: dict[str, tuple[str, ...]] = {
    "verify": ("verify", LETTER, "--require", "all"),
    "list": ("list",),
    "show": ("show", LETTER),
    "log": ("log", LETTER),
    "diff": ("diff", f"{LETTER}@1", "@3"),
    "keys": ("keys", "list"),
    "trust": ("trust", "list"),
    "audit": ("audit",),
    "compare": ("compare", "git", "other"),
    "identify": ("identify", "copy.txt", "--require", "same-words"),
}

# What asks the network is asked in tests/test_trust_check.py.
NAMES = (*COMMANDS, "trust-check")

# What a document may leave out: the fields that a letter's record doesn't have. All else is there, null if unknown.
OPTIONAL = {
    "show": {*FIELDS, "name", "title", "organization", "address", "of"}
    - {"format", "letter", "revision", "previous", "date", "language", "addressees", "body"}
}


def objects(document: Json, place: Place = ()) -> Iterator[Place]:
    """The places of one object of each kind in a document; maps whose keys are data are left out."""
    seen: set[Place] = set()
    waiting: list[tuple[Place, Json]] = [((), document)]
    while waiting:
        place, part = waiting.pop()
        kind = tuple("*" if isinstance(step, int) else step for step in place)
        if isinstance(part, dict) and kind not in seen and kind[-1:] != ("unmet",):
            seen.add(kind)
            yield place
        steps = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        waiting += [((*place, step), deeper) for step, deeper in steps]


def copied(document: Json, place: Place) -> tuple[Json, Json]:
    """A copy of a document, and what stands in the copy at a place."""
    whole = copy.deepcopy(document)
    part = whole
    for step in place:
        part = part[step]
    return whole, part


@pytest.mark.parametrize("name", COMMANDS)
def test_no_object_may_have_a_field_more_or_a_field_less(archives: dict[str, Path], name: str) -> None:
    document, _ = run(archives["git"], *COMMANDS[name])
    for place in objects(document):
        whole, part = copied(document, place)
        fields = set(part) - OPTIONAL.get(name, set())
        part["surplus"] = "x"
        assert "additionalProperties" in refusals(name, whole), place
        for field in fields:
            whole, part = copied(document, place)
            del part[field]
            assert "required" in refusals(name, whole), (place, field)


SIGNED: Place = ("letters", 0, "organizations", 0)
WRONG: tuple[tuple[str, Place, str, Json, str], ...] = (
    ("verify", (), "format", "openletter-verify/2", "const"),
    ("verify", (), "status", 2, "enum"),
    ("verify", (), "time", "2026", "type"),
    ("verify", (), "demand", None, "type"),
    ("verify", ("letters", 0), "letter", "2026/Open-Water", "pattern"),
    ("verify", ("letters", 0), "digest", "sha256:" + "A" * 64, "pattern"),
    ("verify", ("letters", 0), "revision", 0, "minimum"),
    ("verify", ("letters", 0), "revision", "3", "type"),
    ("verify", SIGNED, "verdict", "Signed", "enum"),
    ("verify", SIGNED, "verdict", "endorsed", "const"),
    ("verify", SIGNED, "verdict", "named", "type"),
    ("verify", SIGNED, "verdict", "withdrawn", "type"),
    ("verify", SIGNED, "organization", "alder", "pattern"),
    ("verify", SIGNED, "organization", None, "const"),
    ("verify", SIGNED, "revision", None, "type"),
    ("verify", (*SIGNED, "signatures", 0), "outcome", "unproven", "type"),
    ("verify", (*SIGNED, "signatures", 0), "error", "ArmorError", "type"),
    ("verify", (*SIGNED, "signatures", 0), "key", "SHA256:short", "pattern"),
    ("verify", ("letters", 0, "faults", 0), "error", "KeyError", "enum"),
    ("verify", ("organizations", 0, "keys", 0), "since", "2026-04-01", "type"),
    ("list", ("letters", 0), "signed", -1, "minimum"),
    ("show", ("letter",), "revision", 3, "type"),
    ("show", ("letter",), "revision", "1", "not"),
    ("show", ("letter", "signatories", 0), "organization", "Alder", "pattern"),
    ("log", ("revisions", 0, "archive_says"), "when", "2026-05-14", "pattern"),
    ("log", ("revisions", 0, "archive_says"), "commit", "HEAD", "pattern"),
    ("diff", ("changes", 0), "field", "revision", "enum"),
    ("diff", ("changes", 0, "lines", 0, 0), "kind", "equal", "enum"),
    ("audit", (), "status", 3, "enum"),
    ("audit", (), "since", "HEAD", "pattern"),
    ("audit", (), "first", "2026-05-14", "pattern"),
    ("audit", ("arrived",), "revisions", -1, "minimum"),
    ("audit", ("faults", 0), "error", "KeyError", "enum"),
    ("audit", ("faults", 0), "path", "", "minLength"),
    ("audit", ("faults", 0), "before", None, "type"),
    ("compare", (), "relation", "ahead", "enum"),
    ("compare", ("a",), "what", "archive", "enum"),
    ("compare", ("a", "only"), "files", -1, "minimum"),
    ("compare", ("a", "only", "letters", 0), "letter", "open-water", "pattern"),
    ("compare", ("proofs", 0), "kind", "fork", "enum"),
    ("compare", ("proofs", 0, "a"), "digest", "f2fa", "pattern"),
    ("identify", (), "grade", "fake", "enum"),
    ("identify", (), "kind", "exe", "enum"),
    ("identify", ("found",), "letter", "open-water", "pattern"),
    ("identify", ("found",), "newer", [0], "minimum"),
    ("identify", ("found", "withdrawn", 0), "organization", "Fir", "pattern"),
    ("identify", ("demand",), "require", "all", "enum"),
    ("keys", ("organizations", 0, "keys", 0), "status", "revoked", "enum"),
    ("keys", ("organizations", 0, "keys", 0), "algorithm", "ssh-rsa", "enum"),
    ("trust", ("pins", 0), "valid_after", "2020-01-01", "pattern"),
    ("trust", ("pins", 0), "comment", "", "minLength"),
    ("trust", ("authorities", 0), "certificates", [], "minItems"),
)


@pytest.fixture(scope="module")
def documents(archives: dict[str, Path]) -> dict[str, Json]:
    """One real document of each format, of revision 3 and of status 3 where there is one."""
    found = {name: run(archives["git"], *command)[0] for name, command in COMMANDS.items()}
    found["verify"]["status"] = 3
    return found


@pytest.mark.parametrize(
    ("name", "place", "field", "value", "keyword"), WRONG, ids=[f"{w[0]}-{w[2]}-{w[3]}"[:40] for w in WRONG]
)
def test_a_document_with_one_wrong_value_is_refused_for_it(
    documents: dict[str, Json], name: str, place: Place, field: str, value: Json, keyword: str
) -> None:
    assert refusals(name, documents[name]) == set()
    whole, part = copied(documents[name], place)
    part[field] = value
    assert keyword in refusals(name, whole)


# --- the schemas themselves -------------------------------------------------------------------------------------------


def nodes(schema: Json, place: str = "#") -> Iterator[tuple[str, dict[str, Json]]]:
    """Every map in a schema, with its place."""
    if isinstance(schema, dict):
        yield place, schema
    for step, part in schema.items() if isinstance(schema, dict) else enumerate(schema):
        if isinstance(part, dict | list):
            yield from nodes(part, f"{place}/{step}")


def test_there_is_a_schema_for_each_format_and_no_other() -> None:
    assert sorted(path.name for path in SCHEMAS.iterdir()) == sorted(f"{name}.schema.json" for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid_strict_and_described(name: str) -> None:
    whole = schema(name)
    jsonschema.Draft202012Validator.check_schema(whole)
    assert whole["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert whole["properties"]["format"]["const"] == f"openletter-{name}/1"
    for place, node in nodes(whole):
        if node.get("type") == "object" and "properties" in node:
            assert node["additionalProperties"] is False, place
            assert set(node["required"]) <= set(node["properties"]), place
            for field, value in node["properties"].items():
                target = whole["$defs"][value["$ref"].rpartition("/")[2]] if "$ref" in value else {}
                assert "description" in value or "description" in target, f"{place}/{field}"


def test_what_several_schemas_define_they_define_alike() -> None:
    seen: dict[str, Json] = {}
    for name in NAMES:
        for word, definition in schema(name).get("$defs", {}).items():
            assert seen.setdefault(word, definition) == definition, (name, word)


def types_below(error: type[errors.Invalid]) -> Iterator[str]:
    yield error.__name__
    for below in error.__subclasses__():
        yield from types_below(below)


def test_the_words_are_those_of_the_program() -> None:
    words = schema("verify")["$defs"]
    assert words["verdict_word"]["enum"] == [verdict.value for verdict in Verdict]
    assert words["outcome"]["enum"] == [outcome.value for outcome in Outcome]
    assert words["evidence"]["enum"] == [evidence.value for evidence in Evidence]
    assert words["key_status"]["enum"] == list(STATUSES)
    assert words["error"]["enum"] == sorted(set(types_below(errors.Invalid)))
    memory = schema("verify")["properties"]["memory"]["oneOf"][0]["properties"]
    assert memory["past"]["enum"] == [past.value for past in Past]
    assert schema("compare")["properties"]["relation"]["enum"] == [relation.value for relation in Relation]
    assert tuple(schema("show")["$defs"]["letter_record"]["properties"]) == FIELDS
    assert tuple(schema("diff")["properties"]["changes"]["items"]["properties"]["field"]["enum"]) == tuple(
        field for field in FIELDS if field not in {"format", "letter", "revision", "previous"}
    )
