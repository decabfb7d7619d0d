"""The house keeps its own rules: floors, lazy imports, help for every command, small modules, nobody's own paths."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import openletter
from openletter.cli import openletter as command_line
from tools import need

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "openletter"
BIN = Path(sys.executable).parent

MAX_LINES = 500
GENERATED = {SOURCE / "canonical" / "repertoire.py"}


def pyproject() -> dict[str, dict[str, object]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


# --- floors -----------------------------------------------------------------------------------------------------------


def lint_imports(root: Path, *contracts: str) -> tuple[int, str]:
    """The exit status and the report of import-linter over the package in ``src`` below `root`."""
    chosen = [argument for contract in contracts for argument in ("--contract", contract)]
    done = subprocess.run(
        (str(BIN / "lint-imports"), "--no-logo", "--no-cache", *chosen),
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root / "src"), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def test_every_room_imports_only_what_it_may() -> None:
    status, report = lint_imports(ROOT)
    assert status == 0, report


@pytest.fixture(scope="module")
def copy_of_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and its contracts, to be spoilt and mended."""
    copy = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", copy)
    shutil.copytree(SOURCE, copy / "src" / "openletter", ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.mark.parametrize(
    ("contract", "module", "line"),
    [
        ("floors", "errors.py", "from openletter import canonical"),
        ("floors", "records/folder.py", "from openletter.verify import Verdict"),
        ("floors", "archive/plain.py", "from openletter.api import Archive"),
        ("floors", "records/folder.py", "from openletter import Archive"),
        ("floors", "managers.py", ""),
        ("apart", "archive/plain.py", "from openletter.verify import Verdict"),
        ("apart", "pins/lines.py", "from openletter.archive import Act"),
        ("apart", "verify/demands.py", "from openletter.intake.draft import Draft"),
        ("cycles", "records/names.py", "from openletter.records import letter"),
        ("front-door", "__init__.py", "from openletter.cli import main"),
        ("click", "api/__init__.py", "import click"),
        ("click", "verify/verdicts.py", "from click.exceptions import Abort"),
        ("pygit2", "cli/recording.py", "import pygit2"),
        ("yaml", "records/text.py", "def lazily() -> None:\n    import yaml"),
        ("cryptography", "verify/signatures.py", "from cryptography.hazmat.primitives import hashes"),
        ("rfc3161-client", "verify/checkpoints.py", "def lazily() -> None:\n    import rfc3161_client"),
        ("apart", "search/__init__.py", "from openletter.verify import Verdict"),
        ("floors", "packet/__init__.py", "from openletter import site"),
        ("sqlite", "archive/tree.py", "import sqlite3"),
        ("templates", "site/__init__.py", "import jinja2"),
        ("documents", "packet/__init__.py", "import pypdf"),
        ("paper", "rendering/__init__.py", "import typst"),
        ("no-io", "verify/letters.py", "from pathlib import Path"),
        ("no-io", "intake/draft.py", "import time"),
        ("no-io", "keys.py", "import subprocess"),
        ("no-io", "timestamps/asking.py", "import urllib.request"),
    ],
)
def test_a_broken_rule_is_noticed(copy_of_house: Path, contract: str, module: str, line: str) -> None:
    file = copy_of_house / "src" / "openletter" / module
    before = file.read_bytes() if file.exists() else None
    file.write_bytes((before or b"") + f"\n{line}\n".encode())
    try:
        status, report = lint_imports(copy_of_house, contract)
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_bytes(before)
    assert status == 1, report
    assert "0 kept, 1 broken" in report


# --- lazy imports -----------------------------------------------------------------------------------------------------

# Runs the command line as the installed command does, then prints the modules that are loaded.
_COMMAND = """
import contextlib, io, json, sys
from openletter.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
print(json.dumps(sorted(sys.modules)))
"""
_IMPORT = "import json, sys, openletter; print(json.dumps(sorted(sys.modules)))"


def loaded(program: str, *arguments: str) -> set[str]:
    """The modules that a fresh Python has loaded after a program; coverage's own are kept out of it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(
        (sys.executable, "-c", program, *arguments), env=environment, capture_output=True, check=True, timeout=60
    )
    return set(json.loads(done.stdout))


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with one letter that one organization has signed, made by the installed command."""
    folder = tmp_path_factory.mktemp("lazy")
    draft = folder / "draft.yaml"
    draft.write_text(
        "date: 2026-05-14\nlanguage: en\naddressees:\n  - name: Dana Whitlow\nbody: Open the records.\n"
        "signatories:\n  - organization: alder.example\n    of: Alder Institute\n",
        encoding="utf-8",
    )
    environment = os.environ | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")}
    for arguments in (
        ("init", str(folder / "archive")),
        ("keygen", "alder.example", "--no-passphrase"),
        ("keys", "add", "alder.example", "--name", "Alder Institute", "--yes"),
        ("add", str(draft), "--letter", "2026/records", "--yes"),
        ("sign", "2026/records", "--as", "alder.example", "--yes"),
    ):
        place = () if arguments[0] in {"init", "keygen"} else ("--archive", str(folder / "archive"))
        subprocess.run(
            (str(BIN / "openletter"), *place, *arguments),
            env=environment,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=True,
            timeout=60,
        )
    return folder / "archive"


def test_the_package_alone_imports_none_of_its_libraries() -> None:
    modules = loaded(_IMPORT)
    assert not modules & {"click", "yaml", "pygit2", "cryptography", "rfc3161_client", "unicodedata"}
    assert {name for name in modules if name.startswith("openletter")} == {"openletter"}


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("verify", "--help")], ids=" ".join)
def test_help_imports_neither_storage_nor_cryptography_nor_yaml(arguments: tuple[str, ...]) -> None:
    modules = loaded(_COMMAND, *arguments)
    assert "click" in modules
    assert not modules & {
        "pygit2",
        "cryptography",
        "rfc3161_client",
        "yaml",
        "difflib",
        "openletter.api",
        "openletter.archive",
    }


def test_help_imports_no_command() -> None:
    modules = loaded(_COMMAND, "--help")
    assert (
        not {f"openletter.cli.{room}" for room in ("browsing", "keys", "recording", "signing", "verifying")} & modules
    )


def test_verifying_a_letter_imports_only_what_verifying_needs(archive: Path) -> None:
    modules = loaded(_COMMAND, "--archive", str(archive), "verify", "2026/records")
    assert {"pygit2", "openletter.verify"} <= modules
    assert not modules & {
        *("yaml", "difflib", "bcrypt", "openletter.intake.draft", "openletter.records.difference", "rfc3161_client"),
        "cryptography.hazmat.primitives.serialization",
    }


# --- the command line -------------------------------------------------------------------------------------------------


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command and group, with what a person types for it."""
    yield " ".join(("openletter", *path)), group
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield " ".join(("openletter", *path, name)), command


COMMANDS = dict(commands(command_line))


def test_the_commands_are_found() -> None:
    assert {"openletter", "openletter verify", "openletter keys", "openletter keys add"} <= COMMANDS.keys()


@pytest.mark.parametrize("typed", COMMANDS)
def test_every_command_has_help_with_an_example(typed: str) -> None:
    done = subprocess.run(
        (str(BIN / typed.split(maxsplit=1)[0]), *typed.split()[1:], "--help"), capture_output=True, check=True
    )
    shown = done.stdout.decode()
    assert shown.startswith(f"Usage: {typed} ")
    example = re.search(r"^ *Example: (openletter\b.*)", shown, re.MULTILINE)
    assert example is not None
    # The example is one of this command: its words stand in it, in their order.
    words = iter(example[1].split())
    assert all(word in words for word in typed.split())


@pytest.mark.parametrize("typed", COMMANDS)
def test_every_option_says_what_it_does(typed: str) -> None:
    options = [parameter for parameter in COMMANDS[typed].params if isinstance(parameter, click.Option)]
    assert [option.name for option in options if not (option.help or "").endswith(".")] == []


def test_every_command_that_writes_takes_yes_and_every_one_that_reads_takes_json() -> None:
    takes = {
        typed: {name for parameter in command.params for name in parameter.opts} for typed, command in COMMANDS.items()
    }
    writing = {"import", "add", "revise", "sign", "withdraw", "checkpoint", "keys publish"}
    writing |= {f"keys {act}" for act in ("add", "rotate", "retire", "compromise", "recover", "authorize", "vouch")}
    writing |= {f"trust {name}" for name in ("add", "remove", "import", "authority add", "authority remove")}
    reading = {"verify", "audit", "compare", "list", "show", "log", "diff", "keys list", "keys show"}
    reading |= {"trust list", "trust check", "identify"}
    assert [name for name in sorted(writing) if "--yes" not in takes[f"openletter {name}"]] == []
    assert [name for name in sorted(reading) if "--json" not in takes[f"openletter {name}"]] == []


# --- completion, as docs/completion.md tells it -----------------------------------------------------------------------


def completion(instruction: str, **variables: str) -> str:
    environment = os.environ | {"_OPENLETTER_COMPLETE": instruction, **variables}
    done = subprocess.run((str(BIN / "openletter"),), env=environment, capture_output=True, check=True, timeout=60)
    assert done.stderr == b""
    return done.stdout.decode()


@pytest.mark.parametrize(
    ("shell", "registers"),
    [
        ("bash", "complete -o nosort -F _openletter_completion openletter"),
        ("zsh", "compdef _openletter_completion openletter"),
        ("fish", 'complete --no-files --command openletter --arguments "(_openletter_completion)"'),
    ],
)
def test_the_script_for_a_shell_defines_and_registers_the_function(shell: str, registers: str) -> None:
    script = completion(f"{shell}_source")
    assert "_openletter_completion" in script
    assert registers in script


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("openletter ver", ["verify"]),
        ("openletter key", ["keygen", "keys"]),
        ("openletter keys s", ["show"]),
        ("openletter verify --req", ["--require"]),
    ],
)
def test_what_is_typed_is_completed(typed: str, completed: list[str]) -> None:
    word = str(len(typed.split()) - 1)
    answer = completion("bash_complete", COMP_WORDS=typed, COMP_CWORD=word)
    assert [line.partition(",")[2] for line in answer.splitlines()] == completed


def test_bash_takes_the_script_and_completes_with_it() -> None:
    bash = need("bash")
    session = """
    eval "$(_OPENLETTER_COMPLETE=bash_source openletter)"
    COMP_WORDS=(openletter ver) COMP_CWORD=1
    _openletter_completion openletter
    echo "${COMPREPLY[@]}"
    """
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}
    done = subprocess.run((bash, "--norc", "-c", session), env=environment, capture_output=True, check=True, timeout=60)
    assert done.stdout.decode().split() == ["verify"]


# --- the source -------------------------------------------------------------------------------------------------------


def test_no_module_is_longer_than_a_person_reads_at_once() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_bytes().splitlines())
        for path in SOURCE.rglob("*.py")
        if path not in GENERATED
    }
    assert {path: length for path, length in lengths.items() if length > MAX_LINES} == {}


@pytest.mark.parametrize("name", sorted(set(openletter.__all__) - {"__version__"}))
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    assert getattr(openletter, name).__doc__


def test_a_name_that_is_not_public_is_not_there() -> None:
    assert not hasattr(openletter, "no_such_name")


def test_the_public_names_are_sorted() -> None:
    assert openletter.__all__ == sorted(openletter.__all__)


def test_there_is_one_version() -> None:
    assert pyproject()["project"]["version"] == openletter.__version__
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[([^\]]+)\]", changelog, re.MULTILINE)
    assert newest is not None
    assert newest[1] in {openletter.__version__, "Unreleased"}


def test_the_package_says_that_it_is_typed() -> None:
    assert (SOURCE / "py.typed").exists()


# --- the tree ---------------------------------------------------------------------------------------------------------

# A path on somebody's machine: a folder at the root that holds people's own files, and something in it.
_SOMEBODYS_PATH = re.compile(
    rb"(?<![\w.~$}/-])/(?:home|Users|root|work|workspace|mnt|opt|srv)/[A-Za-z.]|[A-Z]:\\+Users\\"
)


def tracked() -> list[Path]:
    """The files of the project: what git keeps here, or would."""
    listed = subprocess.run(
        (need("git"), "ls-files", "-z", "--cached", "--others", "--exclude-standard"),
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this is no checkout of git")
    return [ROOT / name.decode() for name in sorted(set(listed.stdout.split(b"\0"))) if name]


def test_no_file_names_a_path_on_somebodys_machine() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {match[0].decode()}"
        for path in tracked()
        if path.is_file()
        for match in _SOMEBODYS_PATH.finditer(path.read_bytes())
    }
    assert found == set()


def test_a_path_on_somebodys_machine_would_be_found() -> None:
    for folder in ("home", "Users", "root"):
        assert _SOMEBODYS_PATH.search(f"see /{folder}/".encode() + b"dana/letter.md")
    assert not _SOMEBODYS_PATH.search(b"https://alder.example/home/letters and $HOME/home/x and ~/desk/x")


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "docs/completion.md"])
def test_every_target_that_a_document_names_can_be_made(document: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    assert {"verify", "test"} <= targets
    text = (ROOT / document).read_text(encoding="utf-8")
    assert set(re.findall(r"(?:`|^    |^)make ([a-z-]+)", text, re.MULTILINE)) <= targets
