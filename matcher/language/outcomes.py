"""What a programme says about absent records and about who gets what.

Rules:
 * A rule for absence is about an attribute the programme reads, whose absence is unknown, and
   carries a reason unless it says what holds anyway.
 * The first tier whose condition holds applies: every tier but the last has a condition, and the
   last has none.
 * Names of tiers differ. Where one has an amount, the programme says how it is paid; where none
   has, it does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from matcher.core.catalogue import Attribute, AttributeType
from matcher.core.errors import InvalidProgramme
from matcher.core.identifiers import AttributeName
from matcher.core.nearest import nearest
from matcher.core.programme import (
    MOST_OUTCOMES,
    AbsenceRule,
    Interval,
    Outcome,
    Payment,
)
from matcher.core.verdict import Verdict
from matcher.language.conditions import Condition
from matcher.language.parameters import PARAMETERS, ParameterType
from matcher.language.parts import Parts, Tier

MOST_AMOUNT = 2**53 - 1
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_WORDS = {verdict.word: verdict for verdict in Verdict}
_INTERVALS = {interval.value: interval for interval in Interval}


def absences_of(
    parts: Parts, attributes: Mapping[AttributeName, Attribute]
) -> dict[AttributeName, AbsenceRule]:
    """Return the rules for absent records, by attribute in ascending order.

    Args:
        parts: as written.
        attributes: what the programme reads.

    Raises:
        InvalidProgramme: a rule above is broken.
    """
    rules = {}
    for written, rule in sorted(parts.absent.items()):
        name, place = AttributeName(written), parts.place(f"absent.{written}")
        if name not in attributes:
            raise InvalidProgramme(
                f"the programme does not read {written[:80]!r}, and so never meets its absence",
                where=place,
                fix=nearest(written, attributes),
            )
        if attributes[name].closed_world:
            raise InvalidProgramme(
                f"{name} is never unknown: the catalogue says what its absence stands for",
                where=place,
                fix="leave the rule out, or write absent: unknown in the catalogue",
            )
        if rule.verdict not in _WORDS:
            raise InvalidProgramme(
                f"{rule.verdict[:40]!r} is no verdict",
                where=place,
                fix=nearest(rule.verdict, _WORDS),
            )
        verdict = _WORDS[rule.verdict]
        if verdict is not Verdict.UNDETERMINED and not rule.reason:
            raise InvalidProgramme(
                f"the absence of {name} decides, but no reason is given",
                where=place,
                fix="add reason: {en: …, ja: …}",
            )
        rules[name] = AbsenceRule(verdict, dict(rule.reason))
    return rules


def check_tiers(parts: Parts, parameters: Mapping[str, ParameterType]) -> None:
    """Check the tiers of a programme before their conditions are compiled.

    Raises:
        InvalidProgramme: a rule above is broken.
    """
    if len(parts.tiers) > MOST_OUTCOMES:
        raise InvalidProgramme(
            f"the programme has {len(parts.tiers)} outcomes, more than {MOST_OUTCOMES}",
            where=parts.place(f"outcomes.{MOST_OUTCOMES}"),
            fix="split the programme",
        )
    first: dict[str, int] = {}
    for number, tier in enumerate(parts.tiers):
        place = parts.place(f"outcomes.{number}")
        if not _NAME.fullmatch(tier.name):
            raise InvalidProgramme(
                f"{tier.name[:80]!r} is not an outcome's name",
                where=place,
                fix="use 1 to 40 of a-z, 0-9, '_' and '-', starting with a letter",
            )
        if tier.name in first:
            raise InvalidProgramme(
                f"two outcomes are called {tier.name!r}",
                where=place,
                fix=_first_at(parts.place(f"outcomes.{first[tier.name]}")),
            )
        first[tier.name] = number
        last = number + 1 == len(parts.tiers)
        if last and tier.when is not None:
            raise InvalidProgramme(
                f"the last outcome, {tier.name!r}, has a condition",
                where=tier.when.locate(0),
                fix="leave its when out: it takes everybody left who is eligible",
            )
        if not last and tier.when is None:
            raise InvalidProgramme(
                f"the outcome {tier.name!r} has no condition, so that none after it is reached",
                where=place,
                fix="add when: …, or put it last",
            )
        _check_amount(tier, place, parameters, parts)
    _check_payment(parts)


def outcomes_of(
    parts: Parts, conditions: Sequence[Condition | None]
) -> tuple[tuple[Outcome, ...], Payment | None]:
    """Return the outcomes, in order, and how they are paid; ``conditions`` are the tiers'."""
    outcomes = tuple(
        Outcome(
            name=tier.name,
            title=dict(tier.title),
            when=None if condition is None else condition.predicate,
            when_source="" if condition is None else condition.source.text,
            amount=tier.amount,
        )
        for tier, condition in zip(parts.tiers, conditions, strict=True)
    )
    paid = parts.payment
    return outcomes, None if paid is None else Payment(paid.currency, _INTERVALS[paid.every])


def _check_amount(
    tier: Tier, place: str, parameters: Mapping[str, ParameterType], parts: Parts
) -> None:
    amounts: tuple[int, ...] = ()
    if isinstance(tier.amount, str):
        named = parameters.get(tier.amount)
        if named is None:
            raise InvalidProgramme(
                f"the amount of {tier.name!r} is {PARAMETERS}.{tier.amount[:80]}, "
                "which is no parameter",
                where=place,
                fix=nearest(tier.amount, parameters),
            )
        if named.table or named.kind is not AttributeType.INTEGER:
            raise InvalidProgramme(
                f"the amount of {tier.name!r} is {PARAMETERS}.{tier.amount}, "
                "which is not a whole number",
                where=place,
                fix="name a parameter of whole numbers",
            )
        amounts, place = named.numbers, parts.place(f"{PARAMETERS}.{tier.amount}")
    elif tier.amount is not None:
        amounts = (tier.amount,)
    if any(not 0 <= amount <= MOST_AMOUNT for amount in amounts):
        raise InvalidProgramme(
            f"the amount of {tier.name!r} is negative or too large",
            where=place,
            fix="write a whole number, not below 0",
        )


def _check_payment(parts: Parts) -> None:
    paid = parts.payment
    having = next((n for n, tier in enumerate(parts.tiers) if tier.amount is not None), None)
    if paid is None:
        if having is not None:
            raise InvalidProgramme(
                f"{parts.tiers[having].name!r} has an amount, but the outcomes do not say how it "
                "is paid",
                where=parts.place(f"outcomes.{having}"),
                fix="add pays: {currency: JPY, every: year}",
            )
        return
    place = parts.place("pays")
    if having is None:
        raise InvalidProgramme(
            "the outcomes say how they are paid, but none has an amount",
            where=place,
            fix="add amount: … to an outcome, or leave pays out",
        )
    if not _CURRENCY.fullmatch(paid.currency):
        raise InvalidProgramme(
            f"{paid.currency[:40]!r} is not a currency", where=place, fix="write a code such as JPY"
        )
    if paid.every not in _INTERVALS:
        raise InvalidProgramme(
            f"{paid.every[:40]!r} is not how often something is paid",
            where=place,
            fix=nearest(paid.every, _INTERVALS),
        )


def _first_at(place: str) -> str:
    return f"the first one is at {place}" if place else "give each a name of its own"
