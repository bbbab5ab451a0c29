"""A programme before its conditions are compiled: what a file and a bundle have in common.

Nothing is checked here beyond the types of fields.

Rules:
 * Places find parts in the file for a reader, by key: ``unit``, ``params.limit``,
   ``absent.tax.income``, ``outcomes.0``, ``tests.0`` and what is in them. A bundle has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from matcher.core.identifiers import AgencyId
from matcher.core.programme import DatedValue
from matcher.language.source import Source
from matcher.language.written_values import WrittenValue


@dataclass(frozen=True, slots=True)
class WrittenRule:
    """What an absent record is said to mean: a verdict's word, and why by language tag."""

    verdict: str
    reason: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tier:
    """An outcome as written; ``when`` is None where there is no condition."""

    name: str
    title: Mapping[str, str]
    when: Source | None
    amount: int | str | None


@dataclass(frozen=True, slots=True)
class WrittenPayment:
    """In what and how often amounts are paid: a currency's code and an interval's word."""

    currency: str
    every: str


@dataclass(frozen=True, slots=True)
class Parts:
    """A programme before its conditions are compiled; fields as in ``Programme``.

    ``most_members`` is None where it is not said, ``absent`` has the rules for absent records.
    """

    id: str
    version: str
    title: Mapping[str, str]
    requester: AgencyId
    affair: str
    unit: str
    legal_basis: str
    valid_from: date
    valid_to: date | None
    parameters: Mapping[str, Sequence[DatedValue]]
    procedure: str = ""
    most_members: int | None = None
    absent: Mapping[str, WrittenRule] = field(default_factory=dict)
    tiers: Sequence[Tier] = ()
    payment: WrittenPayment | None = None
    places: Mapping[str, str] = field(default_factory=dict)

    def place(self, key: str) -> str:
        """Return where ``key`` stands in the file; nothing where that is not known."""
        return self.places.get(key, "")


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example as written: the values of every member by name, None for absence.

    ``outcome`` and ``amount`` are None where nothing is said. ``places`` finds the test itself
    under the empty key, ``expect``, ``outcome``, ``amount``, ``date``, ``members`` and every
    attribute given, as in ``0.tax.income``, for a reader.
    """

    name: str
    members: Sequence[Mapping[str, WrittenValue]]
    expect: str
    outcome: str | None = None
    day: date | None = None
    amount: int | None = None
    places: Mapping[str, str] = field(default_factory=dict)

    def place(self, key: str = "") -> str:
        """Return where ``key`` stands in the file; nothing where that is not known."""
        return self.places.get(key, "")
