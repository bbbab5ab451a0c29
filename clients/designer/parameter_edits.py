"""The values a parameter might have had by mistake.

Rules:
 * Numbers and days are off by one, entries of tables one at a time; booleans are the other one;
   words are any other the attribute has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from matcher.core.canonical import JsonValue
from matcher.core.programme import ParameterTable, ParameterValue


@dataclass(frozen=True, slots=True)
class OtherValue:
    """A value in the place of another.

    Attributes:
        entry: which entry of a table it is; None where there is no table.
        before: the value that stands there, for people.
        after: the other one.
        written: the whole value as a programme's form has it.
    """

    entry: int | None
    before: str
    after: str
    written: JsonValue


def other_values(value: ParameterValue, words: Sequence[str]) -> Iterator[OtherValue]:
    """Yield what might stand in the place of ``value``; ``words`` are those of an enumeration."""
    match value:
        case ParameterTable():
            yield from _entries(value)
        case bool():
            yield OtherValue(None, _word(value), _word(not value), not value)
        case date():
            for other in (value - timedelta(days=1), value + timedelta(days=1)):
                day = other.isoformat()
                yield OtherValue(None, value.isoformat(), day, {"date": day})
        case int():
            for number in (value - 1, value + 1):
                yield OtherValue(None, str(value), str(number), number)
        case str():
            for word in words:
                if word != value:
                    yield OtherValue(None, value, word, word)


def _entries(table: ParameterTable) -> Iterator[OtherValue]:
    for number, entry in enumerate(table.values):
        for other in (entry - 1, entry + 1):
            values = [*table.values[:number], other, *table.values[number + 1 :]]
            index = table.first + number
            yield OtherValue(
                index, str(entry), str(other), {"first": table.first, "values": values}
            )


def _word(value: bool) -> str:  # noqa: FBT001 - a parameter's value
    return "true" if value else "false"
