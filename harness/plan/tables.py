"""Tables: TOML files read as frozen structs, strictly; a mistake is told with file, key, expected, got."""

from __future__ import annotations

import tomllib
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from harness.errors import HarnessError
from harness.paths import show


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A table in which a key that nobody declared is an error."""


Kind = TypeVar("Kind")


def read_toml(path: Path) -> dict[str, object]:
    """Read one TOML file; raises HarnessError where it is not one."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError, RecursionError) as error:
        raise HarnessError(f"{show(path)}: expected TOML: {error}") from None


def read_table(path: Path, kind: type[Kind]) -> Kind:
    """Read one TOML file as `kind`; raises HarnessError with all of its mistakes."""
    data = read_toml(path)
    mistakes = [f"{show(path)}: {mistake}" for mistake in find_mistakes(data, kind, "")]
    if mistakes:
        raise HarnessError("\n".join(mistakes))
    return msgspec.convert(data, kind, strict=True)


def find_mistakes(value: object, kind: object, key: str) -> Iterator[str]:
    """List what keeps a value from being of a kind: `key: expected …, got …`."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if isinstance(kind, type) and issubclass(kind, Table):
        yield from find_table_mistakes(value, kind, key)
    elif origin in {dict, list}:
        yield from find_member_mistakes(value, kind, key)
    elif origin is types.UnionType and any(
        isinstance(part, type) and issubclass(part, Table) for part in parts
    ):
        tables = [part for part in parts if isinstance(part, type) and issubclass(part, Table)]
        yield from find_mistakes(value, tables[0], key) if isinstance(value, dict) else leaf(value, kind, key)
    else:
        yield from leaf(value, kind, key)


def find_table_mistakes(value: object, kind: type[Table], key: str) -> Iterator[str]:
    """List the mistakes in a table, key by key."""
    if not isinstance(value, dict):
        yield f"{key}: expected a table, got {value!r}"
        return
    known = {field.name: field for field in msgspec.structs.fields(kind)}
    for name in value.keys() - known.keys():
        yield f"{join(key, name)}: expected one of {', '.join(known)}, got this key"
    for name, field in known.items():
        if name in value:
            yield from find_mistakes(value[name], field.type, join(key, name))
        elif field.required:
            yield f"{join(key, name)}: expected this key, got nothing"


def find_member_mistakes(value: object, kind: object, key: str) -> Iterator[str]:
    """List the mistakes in a table of any names, or in a list, member by member."""
    container, parts = typing.get_origin(kind), typing.get_args(kind)
    if not isinstance(value, container or object):
        yield f"{key}: expected {'a table' if container is dict else 'a list'}, got {value!r}"
        return
    members = value.items() if isinstance(value, dict) else enumerate(typing.cast("list[object]", value))
    for name, member in members:
        yield from find_mistakes(member, parts[-1], join(key, str(name)))


def leaf(value: object, kind: object, key: str) -> Iterator[str]:
    """Tell whether a plain value is of a kind."""
    try:
        msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        expected = str(error).split(", got ", 1)[0].split(" - at ", 1)[0]
        expected = expected.removeprefix("Expected ").replace("`", "")
        yield f"{key}: expected {expected}, got {shorten(value)}"


def join(key: str, name: str) -> str:
    """Spell the place of a member."""
    return f"{key}.{name}" if key else name


def shorten(value: object) -> str:
    """Spell a value in at most one line."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
