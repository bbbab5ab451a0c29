"""Parameters of a programme: numbers and words that the law changes from time to time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class ParameterTable:
    """Whole numbers by a consecutive index.

    Attributes:
        first: the index of the first entry.
        values: the entries; at least one.
    """

    first: int
    values: tuple[int, ...]


ParameterValue: TypeAlias = int | bool | str | date | ParameterTable


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A parameter's value from a day on; enumeration values by name."""

    since: date
    value: ParameterValue
