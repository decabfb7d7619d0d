"""YAML readers that are not ours: each tells what it reads from a document, in one form that they can be compared in.

That form is JSON that keeps the order of keys and the type of scalars: a string is a string, a list is
``["list", item, …]``, a map is ``["map", [key, value], …]``, and whatever else there may be, such as a number, is
``["other", type, text]``. The readers of other languages are the programs in ``tests/parsers``: a line in is a document
in base64, a line out is ``{"data": …}``, or ``{"refused": why}``.
"""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError as RuamelError

from tools import need_library

PROGRAMS = Path(__file__).resolve().parent / "parsers"


class Refused(Exception):
    """A reader reads no data from a document; the message is its own."""


def told(data: object) -> Any:
    """Data in the form that readers are compared in."""
    if isinstance(data, str):
        return str(data)
    if isinstance(data, list):
        return ["list", *map(told, data)]
    if isinstance(data, dict):
        return ["map", *([told(key), told(value)] for key, value in data.items())]
    return ["other", type(data).__name__, str(data)]


def unordered(data: Any) -> Any:
    """The same with the entries of each map in the order of their keys."""
    if isinstance(data, str) or data[0] in ("other", "refused"):
        return data
    if data[0] == "list":
        return ["list", *map(unordered, data[1:])]
    return ["map", *sorted(([key, unordered(value)] for key, value in data[1:]), key=json.dumps)]


class Reader:
    """One reader: a document is given to it by `ask`, and `answer` tells what it read."""

    keeps_order = True

    def need(self) -> None:
        """Skip the test, or fail it, where this reader is not installed."""

    def ask(self, document: bytes) -> None:
        raise NotImplementedError

    def answer(self) -> Any:
        """What was read from the document; raises `Refused`."""
        raise NotImplementedError

    def close(self) -> None:
        """End what `ask` began."""


class InPython(Reader):
    """A reader that is a function here."""

    def __init__(self, read: Callable[[bytes], object]) -> None:
        self._read = read
        self._document = b""

    def ask(self, document: bytes) -> None:
        self._document = document

    def answer(self) -> Any:
        try:
            return told(self._read(self._document))
        except (yaml.YAMLError, RuamelError) as error:
            raise Refused(str(error)) from error


class Program(Reader):
    """A reader that is a program in ``tests/parsers``; it is started at the first document, and ended by `close`."""

    def __init__(self, library: str, *command: str, check: Sequence[str], keeps_order: bool = True) -> None:
        self._library = library
        self.keeps_order = keeps_order
        self._command = command
        self._check = check
        self._process: subprocess.Popen[bytes] | None = None

    def need(self) -> None:
        need_library(self._library, self._command[0], *self._check, folder=PROGRAMS)

    def ask(self, document: bytes) -> None:
        if self._process is None:
            self._process = subprocess.Popen(self._command, cwd=PROGRAMS, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdin is not None
        self._process.stdin.write(base64.b64encode(document) + b"\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.endswith(b"\n"), f"{self._command} ended: {line!r}"
        answer = json.loads(line)
        if "refused" in answer:
            raise Refused(answer["refused"])
        return answer["data"]

    def close(self) -> None:
        if self._process is not None:
            self._process.communicate()
            self._process = None


def _npm(reader: str) -> Program:
    package = reader.partition("-1.")[0]
    check = ("--input-type=module", "--eval", f"import '{package}'")
    return Program(f"{package} of npm (make parsers)", "node", "read.mjs", reader, check=check)


READERS: Mapping[str, Reader] = {
    "PyYAML": InPython(lambda document: yaml.load(document, yaml.SafeLoader)),
    "PyYAML with libyaml": InPython(lambda document: yaml.load(document, yaml.CSafeLoader)),
    "ruamel.yaml": InPython(lambda document: YAML(typ="safe", pure=True).load(document)),
    "ruamel.yaml round-trip": InPython(lambda document: YAML().load(document)),
    "js-yaml": _npm("js-yaml"),
    "yaml of npm as YAML 1.1": _npm("yaml-1.1"),
    "yaml of npm as YAML 1.2": _npm("yaml-1.2"),
    "Psych": Program("Psych", "ruby", "read.rb", check=("-r", "json", "-r", "psych", "-e", "")),
    "YAML::XS": Program(
        "YAML::XS", "perl", "read.pl", check=("-MJSON::PP", "-MYAML::XS", "-e", "1"), keeps_order=False
    ),
}


def readings(document: bytes, readers: Mapping[str, Reader] = READERS) -> dict[str, Any]:
    """What each reader reads from a document, or that it refused it; the programs read at the same time."""
    found: dict[str, Any] = {}
    try:
        for reader in readers.values():
            reader.ask(document)
        for name, reader in readers.items():
            try:
                found[name] = reader.answer()
            except Refused as refusal:
                found[name] = ["refused", str(refusal)]
    except BaseException:
        # An answer that nobody took would be taken for that to the next document.
        for reader in readers.values():
            reader.close()
        raise
    return found


def differences(document: bytes, data: object, readers: Mapping[str, Reader] = READERS) -> dict[str, Any]:
    """The readers that read other data than this from a document, each with what it read."""
    expected = told(data)
    return {
        name: read
        for name, read in readings(document, readers).items()
        if (read != expected if readers[name].keeps_order else unordered(read) != unordered(expected))
    }
