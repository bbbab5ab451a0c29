"""What a programme would decide and cost for a population, in the clear and on invented people.

A designer sees counts and money before anybody is asked. Nothing here reads files, draws people or
shows anything.

Rules:
 * Everybody is decided by the plan-independent reference, outcomes included.
 * Money is what the outcomes' amounts add up to: per month where a programme pays by month or
   year, in all where it pays once. Nothing is rounded before the sum.
 * A population is nobody's record: it is drawn from proportions, or from a designer's own file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from matcher.core.canonical import JsonObject
from matcher.core.catalogue import Attribute, AttributeType, date_of_code
from matcher.core.identifiers import AttributeName
from matcher.core.literals import fill
from matcher.core.programme import Interval, Programme
from matcher.core.reference import reference_decisions
from matcher.core.table import Grouping, Table
from matcher.core.verdict import Verdict, tiers_of, verdicts_of

_PER_MONTH = {Interval.MONTH: Fraction(1), Interval.YEAR: Fraction(1, 12)}
_BARS = 10
_USUAL = 0.98


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """One tier: how many get it, and what that costs.

    Attributes:
        name: of the outcome; empty where the programme has none.
        amount: of one payment, or None.
        subjects: how many.
        money: per month, or in all for payments made once; 0 without amounts.
    """

    name: str
    amount: int | None
    subjects: int
    money: Fraction


@dataclass(frozen=True, slots=True)
class Bar:
    """Subjects whose attribute falls into one range.

    Attributes:
        label: the range as people write it.
        counts: by ``Verdict``, in its order.
    """

    label: str
    counts: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Simulation:
    """What came out.

    Attributes:
        programme: what was decided.
        day: whose parameters counted.
        subjects: people or households.
        verdicts: counts by ``Verdict``, in its order.
        outcomes: one a tier.
        by: the attribute of the histogram.
        bars: the histogram, ascending, the absent last.
    """

    programme: Programme
    day: date
    subjects: int
    verdicts: tuple[int, int, int]
    outcomes: tuple[OutcomeCount, ...]
    by: AttributeName
    bars: tuple[Bar, ...]

    @property
    def money(self) -> Fraction:
        """Of all outcomes together, as in ``OutcomeCount``."""
        return sum((outcome.money for outcome in self.outcomes), Fraction(0))

    @property
    def once(self) -> bool:
        """Whether money is paid once and not month by month."""
        payment = self.programme.payment
        return payment is not None and payment.every is Interval.ONCE

    def to_json(self) -> JsonObject:
        """Return the simulation for machines; money in whole units of its currency."""
        payment = self.programme.payment
        return {
            "programme": self.programme.id,
            "version": self.programme.version,
            "date": self.day.isoformat(),
            "unit": self.programme.unit.value,
            "subjects": self.subjects,
            "verdicts": {
                verdict.word: count for verdict, count in zip(Verdict, self.verdicts, strict=True)
            },
            "outcomes": [
                {
                    "name": outcome.name,
                    "amount": outcome.amount,
                    "subjects": outcome.subjects,
                    "money": round(outcome.money),
                }
                for outcome in self.outcomes
            ],
            "currency": None if payment is None else payment.currency,
            "money": round(self.money),
            "money_per": None if payment is None else ("once" if self.once else "month"),
            "histogram": {
                "by": self.by,
                "bars": [
                    {
                        "range": bar.label,
                        **{v.word: n for v, n in zip(Verdict, bar.counts, strict=True)},
                    }
                    for bar in self.bars
                ],
            },
        }


def simulate(
    programme: Programme, day: date, table: Table, grouping: Grouping | None, by: AttributeName
) -> Simulation:
    """Decide ``programme`` for everybody in ``table``.

    Args:
        programme: what to decide.
        day: whose parameters count.
        table: every attribute the programme reads, one row a person.
        grouping: whose rows are one household's; None for persons.
        by: which attribute the histogram is over; a household counts in every bar that one of its
            members falls into.

    Raises:
        ProgrammeNotValid: ``day`` lies outside the programme's validity.
        InvalidAgencyTable: the table lacks an attribute.
    """
    decisions = reference_decisions(programme, day, table, grouping)
    verdicts = verdicts_of(decisions)
    return Simulation(
        programme=programme,
        day=day,
        subjects=len(decisions),
        verdicts=_counts(verdicts),
        outcomes=_outcomes(programme, day, decisions),
        by=by,
        bars=_bars(programme.catalogue.attributes[by], table, grouping, verdicts),
    )


def _outcomes(
    programme: Programme, day: date, decisions: NDArray[np.uint8]
) -> tuple[OutcomeCount, ...]:
    tiers = tiers_of(decisions)
    share = Fraction(1)
    if programme.payment is not None:
        share = _PER_MONTH.get(programme.payment.every, Fraction(1))
    names = [outcome.name for outcome in programme.outcomes] or [""]
    return tuple(
        OutcomeCount(name, amount, count, share * (amount or 0) * count)
        for name, amount, count in zip(
            names,
            programme.amounts_on(day),
            (int(np.count_nonzero(tiers == tier)) for tier in range(len(names))),
            strict=True,
        )
    )


def _bars(
    attribute: Attribute, table: Table, grouping: Grouping | None, verdicts: NDArray[np.uint8]
) -> tuple[Bar, ...]:
    codes, known = fill(attribute, table[attribute.name])
    subject_of = np.arange(len(codes)) if grouping is None else grouping.group_of
    bars = []
    for low, high in _ranges(attribute, codes[known]):
        inside = known & (codes >= low) & (codes <= high)
        chosen = np.unique(subject_of[inside])
        bars.append(Bar(_label(attribute, low, high), _counts(verdicts[chosen])))
    if not known.all():
        absent = np.unique(subject_of[~known])
        bars.append(Bar("absent", _counts(verdicts[absent])))
    return tuple(bars)


def _ranges(attribute: Attribute, codes: NDArray[np.signedinteger]) -> Sequence[tuple[int, int]]:
    """Return at most ``_BARS`` ranges, or one a value where values have names or are few."""
    named = attribute.type in (AttributeType.ENUMERATION, AttributeType.BOOLEAN)
    if named or attribute.high - attribute.low < 2 * _BARS or not len(codes):
        return [(code, code) for code in range(attribute.low, attribute.high + 1)][:64]
    # A few large values would leave everybody else in one bar: they share the last one.
    low, most, high = int(codes.min()), int(np.quantile(codes, _USUAL)), int(codes.max())
    usual = _BARS - (most < high)
    edges = [low + (most + 1 - low) * number // usual for number in range(usual + 1)]
    ranges = [(start, end - 1) for start, end in pairwise(edges) if start < end]
    return [*ranges, (most + 1, high)] if most < high else ranges


def _label(attribute: Attribute, low: int, high: int) -> str:
    first, last = _written(attribute, low), _written(attribute, high)
    return first if low == high else f"{first} to {last}"


def _written(attribute: Attribute, code: int) -> str:
    match attribute.type:
        case AttributeType.ENUMERATION:
            return attribute.values[code]
        case AttributeType.BOOLEAN:
            return "true" if code else "false"
        case AttributeType.DATE:
            return date_of_code(code).isoformat()
        case AttributeType.INTEGER:
            return f"{code:,}"


def _counts(verdicts: NDArray[np.uint8]) -> tuple[int, int, int]:
    counts = np.bincount(verdicts, minlength=3)
    return int(counts[0]), int(counts[1]), int(counts[2])
