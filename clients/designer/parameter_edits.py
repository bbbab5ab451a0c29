"""The values a parameter might have had by mistake.

Rules:
 * Numbers and days are off by one, entries of tables one at a time; booleans are the other one;
   words are any other the attribute has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from matcher.core.programme import ParameterTable, ParameterValue


@dataclass(frozen=True, slots=True)
class OtherValue:
    """A value in the place of another.

    Attributes:
        entry: which entry of a table it is; None where there is no table.
        before: the value that stands there, for people.
        after: the other one.
        value: the whole value.
    """

    entry: int | None
    before: str
    after: str
    value: ParameterValue


def other_values(value: ParameterValue, words: Sequence[str]) -> Iterator[OtherValue]:
    """Yield what might stand in the place of ``value``; ``words`` are those of an enumeration."""
    if isinstance(value, ParameterTable):
        yield from _entries(value)
        return
    for other in _neighbours(value, words):
        yield OtherValue(None, _written(value), _written(other), other)


def _neighbours(
    value: int | bool | str | date,  # noqa: FBT001 - a parameter's value
    words: Sequence[str],
) -> Iterator[int | bool | str | date]:
    match value:
        case bool():
            yield not value
        case date():
            yield from (value - timedelta(days=1), value + timedelta(days=1))
        case int():
            yield from (value - 1, value + 1)
        case str():
            yield from (word for word in words if word != value)


def _entries(table: ParameterTable) -> Iterator[OtherValue]:
    for number, entry in enumerate(table.values):
        for other in (entry - 1, entry + 1):
            values = (*table.values[:number], other, *table.values[number + 1 :])
            changed = ParameterTable(table.first, values)
            yield OtherValue(table.first + number, str(entry), str(other), changed)


def _written(value: int | bool | str | date) -> str:  # noqa: FBT001 - a parameter's value
    return str(value).lower() if isinstance(value, bool) else str(value)
