"""The terminal: the only module that knows whether there is one, how wide it is, and what may be written to it.

Letters, names and paths come from strangers. `safe` shows every character outside the repertoire of letters as an
escape, and `quoted` puts a bar before every line of a stranger's text, wrapped lines included, so that no text of a
letter can pass for a line of ours.
"""

from __future__ import annotations

import json
import os
import re
import select
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final

import click

from openletter.canonical import permitted
from openletter.errors import InputError, PassphraseError

BAR: Final = "  | "
_WIDTH_ELSEWHERE: Final = 80
_TICK: Final = 0.1
_LEAST_NAME: Final = 20
"""The columns that a printed name needs beside an id."""
_QUOTES: Final = re.compile(r"""["“”]|(?<!\w)'""")


def prepare() -> None:
    """Make the streams able to carry what is written: a character that they can't encode is shown as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def colour() -> bool | None:
    """What click should do about colour: nothing where ``NO_COLOR`` is set (https://no-color.org), else its default."""
    return False if os.environ.get("NO_COLOR") else None


def is_interactive() -> bool:
    """Is there a person who can answer a question?"""
    return sys.stdin.isatty() and sys.stderr.isatty()


def width() -> int:
    """The columns to fill: those of the terminal, also where the output goes there by way of a pager."""
    if os.environ.get("COLUMNS", "").isdecimal():
        found = int(os.environ["COLUMNS"])
    else:
        found = _WIDTH_ELSEWHERE
        for stream in (sys.stdout, sys.stderr, sys.stdin):
            with suppress(OSError, ValueError, AttributeError):
                found = os.get_terminal_size(stream.fileno()).columns
                break
    return max(20, min(found, 120))


def safe(text: str) -> str:
    """One line of a stranger's text, with every character that letters may not have shown as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c != "\n" and permitted(c) else f"\\u{{{ord(c):X}}}" for c in text)


def columns(text: str) -> int:
    """How many columns a terminal gives to this text, nearly: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return text.count(_EMOJI) + sum(
        0
        if unicodedata.combining(c) or unicodedata.category(c) in {"Mn", "Me"} or c in _UNSEEN
        else _WIDE.get(_east_asian(c), 1)
        for c in text
    )


_GLUE: Final = "\0"
_WIDE: Final = {"W": 2, "F": 2}
_EMOJI: Final = "\ufe0f"
"""Asks for a character to be drawn as a picture, two columns wide."""
_UNSEEN: Final = frozenset("\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f")
"""The permitted characters that take no room. Others of their category, such as U+0600, are seen."""


def _east_asian(character: str) -> str:
    return unicodedata.east_asian_width(character)


def inline(text: str, room: int | None = None) -> str:
    """A stranger's text within a line of ours: safe, its runs of space folded, cut to `room` columns.

    So no text can fill a line up and go on at the beginning of the next.
    """
    room = width() if room is None else room
    folded = " ".join(part for part in re.split(r"[\s\u200b]+", text) if part)
    shown = safe(folded)
    if columns(shown) <= room:
        return shown
    kept, used = "", 1
    for character in shown:
        used += columns(character)
        if used > room:
            break
        kept += character
    return kept + "…"


def pad(text: str, to: int) -> str:
    """The text with spaces after it, up to a column."""
    return text + " " * max(0, to - columns(text))


def wrap(text: str, first: str, rest: str) -> Iterator[str]:
    """The lines of one line of text, each under its prefix and no wider than the terminal; leading spaces are kept."""
    room = width()
    widest = max(columns(first), columns(rest))
    words = text.split(" ")
    line, prefix, filled = "", first, False
    for word in words:
        pieces = [word] if _GLUE in word else chop(word, room - widest)
        for position, piece in enumerate(pieces):
            glue = " " if filled and position == 0 else ""
            if filled and columns(prefix) + columns(line) + len(glue) + columns(piece) > room:
                yield (prefix + line).rstrip(" ")
                prefix, line, glue = rest, "", ""
            line += glue + piece
            filled = True
    yield (prefix + line).rstrip(" ")


def chop(word: str, room: int) -> list[str]:
    if columns(word) <= room:
        return [word]
    pieces, piece, used = [], "", 0
    for character in word:
        cost = columns(character)
        if used + cost > room:
            pieces.append(piece)
            piece, used = "", 0
        piece, used = piece + character, used + cost
    return [*pieces, piece]


def quoted(lines: Iterable[str], indent: str = "") -> Iterator[str]:
    """A stranger's text, safe, a bar before every line that the terminal will show."""
    for line in lines:
        yield from wrap(safe(line), indent + BAR, indent + BAR)


def told(text: str, first: str = "", rest: str = "  ") -> Iterator[str]:
    """A sentence of ours that may quote a stranger: where it does, every line after the first stands behind a bar.

    So none of those words begins a line, however they are chosen, and however wide the terminal is.
    """
    yield from wrap(safe(text), first, first + BAR if _QUOTES.search(text) else rest)


def barred(text: str, first: str) -> Iterator[str]:
    """What is partly a stranger's, quoted or not, such as a path: every line after the first stands behind a bar."""
    yield from wrap(safe(text), first, " " * (len(first) - len(first.lstrip())) + BAR)


def beside(start: str, name: str, indent: str) -> Iterator[str]:
    """The line of an id, and the printed name at its end; the name stands below, behind a bar, where there is no room.

    Nothing follows the name: a name that is written from right to left can draw nothing of ours into its order.
    """
    room = width() - columns(start)
    if not name:
        yield from wrap(start.rstrip(" "), "", indent + BAR)
    elif room >= _LEAST_NAME:
        yield start + inline(name, room)
    else:
        yield from wrap(start.rstrip(" "), "", indent + BAR)
        yield indent + BAR + inline(name, width() - columns(indent + BAR))


def prose(text: str, indent: str = "", hanging: str | None = None) -> None:
    """Write a paragraph of ours, wrapped; a command at its end stays on one line, to be copied."""
    text = re.sub(r"openletter (?:--archive \S+ )?[a-z].*$", lambda command: command[0].replace(" ", _GLUE), text)
    for line in wrap(text, indent, indent if hanging is None else hanging):
        click.echo(line.replace(_GLUE, " "))


def write_json(document: Mapping[str, object]) -> None:
    """Write a document to standard output, in ASCII: so no character of a letter gets out this way."""
    # DEL is ASCII, and a control all the same; JSON doesn't ask for its escape.
    click.echo(json.dumps(document, ensure_ascii=True, indent=2).replace("\x7f", "\\u007f"))


def remark(text: str) -> None:
    """Write a remark for the person, not for a program that reads the output."""
    for line in told(text):
        click.echo(line, err=True)


def confirm(question: str, *, yes: bool) -> bool:
    """Ask; `yes` answers in advance. Raises `InputError` where nobody can answer, `click.Abort` where input ends.

    The line is read without readline, which loses a Ctrl-C that comes while it sets itself up: whoever wanted to stop
    would still be asked, and a later y would be a yes.
    """
    if yes:
        return True
    if not is_interactive():
        raise InputError("nobody is here to answer, and this needs a yes", hint="say so in advance with --yes")
    while True:
        click.echo(f"{safe(question)} [y/N]: ", nl=False, err=True)
        answer = _typed_line()
        if answer in {"y", "yes"}:
            return True
        if answer in {"", "n", "no"}:
            return False
        click.echo("Please answer y or n.", err=True)


def _typed_line() -> str:
    """What the person types up to Enter, in lower case; raises `click.Abort` where input ends."""
    while not select.select([sys.stdin], [], [], _TICK)[0]:
        pass  # a signal that came just before the wait is seen at the next tick
    line = sys.stdin.readline()
    if not line:
        raise click.Abort
    return line.strip().lower()


def ask_passphrase(file: str) -> bytes:
    """Ask for the passphrase of a key; raises `PassphraseError` where nobody can answer."""
    if not is_interactive():
        raise PassphraseError(
            "this key is protected by a passphrase, and nobody is here to type it",
            path=file,
            hint="run this in a terminal",
        )
    return str(
        click.prompt(f"Passphrase for {safe(file)}", hide_input=True, err=True, default="", show_default=False)
    ).encode()


def ask_new_passphrase() -> bytes:
    """Ask twice for a new passphrase; it may be empty. Raises `InputError` where nobody can answer."""
    if not is_interactive():
        raise InputError(
            "nobody is here to choose a passphrase",
            hint="run this in a terminal, or make a key without a passphrase with --no-passphrase",
        )
    return str(
        click.prompt(
            "New passphrase (empty for none)",
            hide_input=True,
            confirmation_prompt="The same again",
            err=True,
            default="",
            show_default=False,
        )
    ).encode()
