"""What a run decided about its subjects, one by one and in figures.

Rules:
 * Where a programme has outcomes, whoever is eligible has exactly one, and nobody else has any.
 * Amounts are those of the plan's reference date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.core.canonical import JsonObject
from matcher.core.plan import Plan
from matcher.core.programme import Outcome, Payment
from matcher.core.verdict import Verdict, tiers_of, verdicts_of


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """How many subjects one outcome applies to.

    Attributes:
        outcome: one of the programme's.
        amount: of one subject; None where nothing is paid.
        subjects: whose outcome it is.
    """

    outcome: Outcome
    amount: int | None
    subjects: int

    @property
    def total(self) -> int | None:
        """What all of them get together."""
        return None if self.amount is None else self.amount * self.subjects


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """Decisions in the order of the cohort.

    Attributes:
        decisions: codes as in ``matcher.core.verdict``, shape (n,).
        outcomes: of the programme, in order; empty where it only decides.
        amounts: of every outcome; as many as ``outcomes``.
        payment: how amounts are meant.
    """

    decisions: NDArray[np.uint8]
    outcomes: tuple[Outcome, ...] = ()
    amounts: tuple[int | None, ...] = ()
    payment: Payment | None = None

    @classmethod
    def of(cls, plan: Plan, decisions: NDArray[np.uint8]) -> Decided:
        """Return ``decisions`` of ``plan`` with what its outcomes mean."""
        programme = plan.programme
        amounts = programme.amounts_on(plan.reference_date) if programme.outcomes else ()
        return cls(decisions, programme.outcomes, amounts, programme.payment)

    def __len__(self) -> int:
        return len(self.decisions)

    @property
    def verdicts(self) -> NDArray[np.uint8]:
        """Codes of ``Verdict``, shape (n,)."""
        return verdicts_of(self.decisions)

    @property
    def tiers(self) -> NDArray[np.int8]:
        """Which outcome applies, counted from 0; -1 for who is not eligible; shape (n,)."""
        return tiers_of(self.decisions)

    def verdict_counts(self) -> Mapping[Verdict, int]:
        """Return how many subjects have each verdict."""
        counted = np.bincount(self.verdicts, minlength=len(Verdict))
        return {verdict: int(counted[verdict]) for verdict in Verdict}

    def outcome_counts(self) -> tuple[OutcomeCount, ...]:
        """Return how many subjects have each outcome, in the programme's order."""
        counted = np.bincount(self.tiers + 1, minlength=len(self.outcomes) + 1)[1:]
        return tuple(
            OutcomeCount(outcome, amount, int(subjects))
            for outcome, amount, subjects in zip(
                self.outcomes, self.amounts, counted[: len(self.outcomes)], strict=True
            )
        )

    def counts_json(self) -> JsonObject:
        """Return the figures: subjects by verdict and, where there are any, by outcome."""
        result: JsonObject = {
            verdict.word: count for verdict, count in self.verdict_counts().items()
        }
        if self.outcomes:
            result["outcomes"] = [
                {"name": one.outcome.name, "subjects": one.subjects, "amount": one.amount}
                for one in self.outcome_counts()
            ]
        if self.payment is not None:
            result["currency"] = self.payment.currency
            result["every"] = self.payment.every.value
        return result
