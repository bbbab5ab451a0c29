"""What is decided about one subject, and whether that is what a worked example expects.

Rules:
 * An example that names no outcome or no amount leaves it open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from matcher.core.canonical import JsonObject
from matcher.core.identifiers import AttributeName
from matcher.core.predicate import Elapsed, operands_of
from matcher.core.programme import Case, Interval, Programme
from matcher.core.verdict import Verdict, tiers_of, verdicts_of

Member = Mapping[AttributeName, int | None]
_EVERY = {Interval.ONCE: "once", Interval.MONTH: "a month", Interval.YEAR: "a year"}


@dataclass(frozen=True, slots=True)
class Decided:
    """What is decided about one subject.

    Attributes:
        verdict: as a run reports it.
        outcome: the name of the outcome; None where there is none.
        amount: what the outcome pays; None where it pays nothing.
    """

    verdict: Verdict
    outcome: str | None = None
    amount: int | None = None

    def meets(self, case: Case) -> bool:
        """Return whether this is what ``case`` expects."""
        return (
            self.verdict is case.expect
            and case.outcome in (None, self.outcome)
            and case.amount in (None, self.amount)
        )

    def expected(self, name: str, members: Sequence[Member], day: date | None) -> Case:
        """Return the example that expects exactly this of ``members``."""
        return Case(name, tuple(members), self.verdict, self.outcome, day, self.amount)

    def to_json(self) -> JsonObject:
        """Return it for machines."""
        return {"verdict": self.verdict.word, "outcome": self.outcome, "amount": self.amount}

    def text(self, programme: Programme) -> str:
        """Return it for people."""
        return shown(self.verdict, self.outcome, self.amount, programme)


def shown(verdict: Verdict, outcome: str | None, amount: int | None, programme: Programme) -> str:
    """Return a verdict with an outcome and an amount, as far as they are said, for people."""
    text = verdict.word if outcome is None else f"{verdict.word}, {outcome}"
    if amount is None or programme.payment is None:
        return text
    payment = programme.payment
    return f"{text}, {payment.currency} {amount:,} {_EVERY[payment.every]}"


def decided_of(programme: Programme, day: date, decisions: NDArray[np.uint8]) -> list[Decided]:
    """Return what every decision of ``programme`` on ``day`` says."""
    tiers: list[tuple[str | None, int | None]] = [(None, None)]
    if programme.outcomes:
        names = [outcome.name for outcome in programme.outcomes]
        tiers = list(zip(names, programme.amounts_on(day), strict=True))
    return [
        Decided(Verdict(int(verdict)), *(tiers[tier] if tier >= 0 else (None, None)))
        for verdict, tier in zip(verdicts_of(decisions), tiers_of(decisions), strict=True)
    ]


def depends_on_day(programme: Programme) -> bool:
    """Return whether a test of ``programme`` has to say its day to keep its meaning."""
    conditions = [programme.eligible, *(o.when for o in programme.outcomes if o.when is not None)]
    return any(len(dated) > 1 for dated in programme.parameters.values()) or any(
        isinstance(operand, Elapsed)
        for condition in conditions
        for operand in operands_of(condition)
    )
