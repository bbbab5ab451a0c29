"""The typed facts an agency can be asked about.

An attribute's value is handled as an integer **code** everywhere below the language: integers are
their own code, enumeration values are numbered in the order of the catalogue, booleans are 0 and 1,
dates are days since 1970-01-01.

Rules:
 * A name is ``role.attribute``; the role says which agency answers.
 * An attribute says what absence means: unknown, or (closed world) a value.
 * Classes partition the domain; a one-hot attribute column has one vector a class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from matcher.core.errors import InvalidCatalogue
from matcher.core.identifiers import AttributeName, Role

# The two codes after the last one of a domain stand for absence and for nobody.
LARGEST_CODE = 2**31 - 3
MOST_CLASSES = 64


class AttributeType(StrEnum):
    """The types a catalogue knows."""

    INTEGER = "integer"
    ENUMERATION = "enumeration"
    BOOLEAN = "boolean"
    DATE = "date"


_EPOCH = date(1970, 1, 1)


def code_of_date(day: date) -> int:
    """Return the code of ``day``."""
    return (day - _EPOCH).days


def date_of_code(code: int) -> date:
    """Return the day whose code is ``code``."""
    return _EPOCH + timedelta(days=code)


@dataclass(frozen=True, slots=True)
class Attribute:
    """One entry of the catalogue.

    Attributes:
        name: ``role.attribute``.
        type: integer, enumeration, boolean or date.
        low: smallest code.
        high: largest code; ``high + 1`` is the code of absence on the wire.
        values: names of an enumeration, in code order; empty otherwise.
        absent: the code absence stands for (closed world), or None where absence is unknown.
        bands: inclusive upper edges of the classes of a large integer domain, ascending, the last
            one equal to ``high``; empty where every code is its own class.
        title: text by language tag.
        source: the law or register the fact comes from.
    """

    name: AttributeName
    type: AttributeType
    low: int
    high: int
    values: tuple[str, ...] = ()
    absent: int | None = None
    bands: tuple[int, ...] = ()
    title: Mapping[str, str] = field(default_factory=dict)
    source: str = ""

    def __post_init__(self) -> None:
        if not -LARGEST_CODE <= self.low < self.high <= LARGEST_CODE:
            raise InvalidCatalogue(
                f"the domain of {self.name} has fewer than two values or is too large",
                fix=f"use [low, high] with low < high within ±{LARGEST_CODE}",
            )
        if self.type is AttributeType.DATE and not (
            code_of_date(date.min) <= self.low and self.high <= code_of_date(date.max)
        ):
            raise InvalidCatalogue(
                f"the domain of {self.name} leaves the calendar",
                fix="use days of the years 1 to 9999",
            )
        if self.absent is not None and not self.low <= self.absent <= self.high:
            raise InvalidCatalogue(f"{self.name}: the value for absence lies outside the domain")
        if self.bands and (
            list(self.bands) != sorted(set(self.bands))
            or self.bands[-1] != self.high
            or self.bands[0] < self.low
        ):
            raise InvalidCatalogue(
                f"the bands of {self.name} do not partition its domain",
                fix="list inclusive upper edges in ascending order, the last one the domain's end",
            )

    @property
    def role(self) -> Role:
        """The role that holds this attribute."""
        return Role(self.name.partition(".")[0])

    @property
    def closed_world(self) -> bool:
        """Whether absence stands for a value, so that nothing is ever unknown."""
        return self.absent is not None

    @property
    def absent_code(self) -> int:
        """The code that stands for an absent value in prescribed answers and sealed columns."""
        return self.high + 1

    @property
    def class_count(self) -> int:
        """How many classes a one-hot column of this attribute has, absence not counted."""
        return len(self.bands) or self.high - self.low + 1

    def class_ranges(self) -> tuple[tuple[int, int], ...]:
        """Return the inclusive (low, high) codes of every class, ascending."""
        edges = self.bands or tuple(range(self.low, self.high + 1))
        lows = (self.low, *(edge + 1 for edge in edges[:-1]))
        return tuple(zip(lows, edges, strict=True))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A named set of attributes."""

    name: str
    attributes: Mapping[AttributeName, Attribute]
