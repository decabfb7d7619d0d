"""The grammar of fields: one table for each kind of record (``spec/records.md``, "Fields").

`shape` judges data as it was read: names, order, what is required, and what is a text, a list or a map. `check` judges
the values of a record, however it was made. Together they admit exactly what the table of the kind admits.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, TypeVar

from openletter import canonical
from openletter.canonical import Value
from openletter.errors import CanonicalError, FieldConflict, FieldOrder, FieldValue, IdError, MissingField, UnknownField
from openletter.records import names

Check = Callable[[str], None]
"""Judges one text; raises `FieldValue` or a `CanonicalError`."""


@dataclass(frozen=True, slots=True)
class Field:
    """A row of a grammar table: a text that `check` admits, a list of such texts, a map, or a list of maps."""

    name: str
    check: Check | None = None
    required: bool = False
    many: bool = False
    grammar: tuple[Field, ...] = ()


# --- the grammars of texts ---


def line(value: str) -> None:
    """Text on one line."""
    canonical.check_text(value, lines=False)


def text(value: str) -> None:
    """Text on one line or more."""
    canonical.check_text(value, lines=True)


def pattern(expression: str, what: str) -> Check:
    """A text that the expression matches as a whole; `what` says in words what it is."""
    compiled = re.compile(expression)

    def check(value: str) -> None:
        if not compiled.fullmatch(value):
            raise FieldValue(f"this is no {what}: {_shown(value)}")

    return check


def _id(parse: Callable[[str], str]) -> Check:
    def check(value: str) -> None:
        try:
            parse(value)
        except IdError as error:
            raise FieldValue(error.message, hint=error.hint) from None

    return check


def date(value: str) -> None:
    """A day of the calendar, ``YYYY-MM-DD`` (ISO 8601)."""
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise ValueError
        datetime.date.fromisoformat(value)
    except ValueError:
        raise FieldValue(f"this is no date: {_shown(value)}", hint="write a date as 2026-05-14") from None


letter_id: Final = _id(names.parse_letter_id)
organization_id: Final = _id(names.parse_organization_id)
number: Final = pattern(r"[1-9][0-9]{0,3}", "number from 1 to 9999 without leading zero")
digest: Final = pattern(r"sha256:[0-9a-f]{64}", 'digest of the form "sha256:" and 64 hex digits')
language: Final = pattern(
    r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?",
    "language tag (BCP 47: language, script and region, such as en, fr-CA or zh-Hant)",
)


def constant(value: str) -> Check:
    """Exactly this text."""
    return one_of(value)


def one_of(*values: str) -> Check:
    """One of these texts."""

    def check(value: str) -> None:
        if value not in values:
            raise FieldValue(f"this is none of {', '.join(values)}: {_shown(value)}")

    return check


def _shown(value: str) -> str:
    cut = value if len(value) <= 60 else value[:60] + "…"
    return ascii(cut) if any(not canonical.permitted(c) or c == "\n" for c in cut) else f'"{cut}"'


# --- judging ---


def shape(data: Mapping[str, Value], grammar: Sequence[Field], path: str = "") -> None:
    """Check the names, the order and the containers of data that was read; raises `RecordError` with the field."""
    rows = {row.name: (place, row) for place, row in enumerate(grammar)}
    latest, latest_name = -1, ""
    for name, value in data.items():
        where = _join(path, name)
        if name not in rows:
            raise UnknownField("there is no such field here", field=where)
        place, row = rows[name]
        if place < latest:
            raise FieldOrder(f"this field stands before {latest_name}, not after it", field=where)
        latest, latest_name = place, name
        _shape_value(value, row, where)
    for row in grammar:
        if row.required and row.name not in data:
            raise MissingField("this field is required", field=_join(path, row.name))


def _shape_value(value: Value, row: Field, where: str) -> None:
    if row.many:
        if not isinstance(value, list):
            raise FieldValue("a list is due here", field=where)
        items: Sequence[Value] = value
        for position, item in enumerate(items):
            _shape_value(item, Field(row.name, row.check, grammar=row.grammar), f"{where}[{position}]")
    elif row.grammar:
        if not isinstance(value, dict):
            raise FieldValue("a map of fields is due here", field=where)
        shape(value, row.grammar, where)
    elif not isinstance(value, str):
        raise FieldValue("a text is due here", field=where)


def check(record: object, grammar: Sequence[Field], path: str = "") -> None:
    """Check the values of a record or of a part of one; raises `RecordError` or `CanonicalError` with the field."""
    for row in grammar:
        value = getattr(record, row.name, None) if row.name != "format" else getattr(record, "FORMAT", None)
        where = _join(path, row.name)
        if value is None or value == ():
            if row.required:
                raise MissingField("this field is required", field=where)
            continue
        if not row.many:
            _check_value(value, row, where)
        elif isinstance(value, tuple):
            for position, item in enumerate(value):
                _check_value(item, row, f"{where}[{position}]")
        else:
            raise FieldValue("a tuple is due here", field=where)


def _check_value(value: object, row: Field, where: str) -> None:
    if row.grammar:
        check(value, row.grammar, where)
        return
    if row.check is number:
        # In a record a number is an int, and no bool is one; only in data it is a text.
        if type(value) is not int:
            raise FieldValue("a number is due here", field=where)
        value = str(value) if 0 <= value <= names.MAX_NUMBER else "out of bounds"
    if not isinstance(value, str) or row.check is None:
        raise FieldValue("a text is due here", field=where)
    try:
        if not value:
            raise FieldValue("an empty text can't stand here: leave the field out")
        row.check(value)
    except (FieldValue, CanonicalError) as error:
        raise error.at(field=where) from None


def distinct(values: Sequence[str], path: str, what: str) -> None:
    """Raise `FieldConflict` for the first value that repeats an earlier one; `path` holds ``{}`` for its index."""
    seen: set[str] = set()
    for position, value in enumerate(values):
        if value in seen:
            raise FieldConflict(f"{value} is {what} twice", field=path.format(position))
        seen.add(value)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


# --- between records and data ---

T = TypeVar("T")


def to_data(record: object) -> dict[str, Value]:
    """The data of a record, in the order of its fields: what `canonical.dump` writes."""
    data: dict[str, Value] = {}
    kind = getattr(record, "FORMAT", None)
    if kind is not None:
        data["format"] = kind
    for row in fields(record):  # type: ignore[arg-type]  # every caller passes a dataclass
        value = getattr(record, row.name)
        if value is None or value == ():
            continue
        data[row.name] = _to_value(value)
    return data


def _to_value(value: object) -> Any:
    if isinstance(value, tuple):
        return [_to_value(item) for item in value]
    if is_dataclass(value):
        return to_data(value)
    return str(value)


def from_data(
    cls: type[T], data: Mapping[str, Value], parts: Mapping[str, type], numbers: Sequence[str] = (), path: str = ""
) -> T:
    """A record out of data whose `shape` was checked; `parts` names the classes of nested maps."""
    arguments: dict[str, Any] = {}
    for name, value in data.items():
        if name == "format":
            continue
        where = _join(path, name)
        if name in parts:
            part = parts[name]
            nested: Mapping[str, type] = getattr(part, "PARTS", {})
            numeric: Sequence[str] = getattr(part, "NUMBERS", ())
            if isinstance(value, list):
                arguments[name] = tuple(
                    from_data(part, item, nested, numeric, f"{where}[{position}]")  # type: ignore[arg-type]
                    for position, item in enumerate(value)
                )
            else:
                arguments[name] = from_data(part, value, nested, numeric, where)  # type: ignore[arg-type]
        elif isinstance(value, list):
            arguments[name] = tuple(value)
        elif name in numbers:
            text_value = str(value)
            try:
                number(text_value)
            except FieldValue as error:
                raise error.at(field=where) from None
            arguments[name] = int(text_value)
        else:
            arguments[name] = value
    return cls(**arguments)
