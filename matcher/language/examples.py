"""The tests of a programme file, checked and turned into cases.

Whether the programme decides them as expected is not looked at here.

Rules:
 * Tests speak of attributes the programme reads; what they leave out is absent. A day of their own
   lies in the programme's validity.
 * A test about a person has one, a test about a household at most as many members as the programme
   allows.
 * An outcome is one of the programme's, and only the eligible have one. So it is with an amount,
   where the programme pays something.
 * Names differ, and no two tests expect different things of the same values on the same day;
   members have no order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeAlias

from matcher.core.catalogue import Attribute
from matcher.core.errors import InvalidProgramme
from matcher.core.identifiers import AttributeName
from matcher.core.nearest import nearest
from matcher.core.programme import Case, Unit
from matcher.core.verdict import Verdict
from matcher.language.fields import located
from matcher.language.outcomes import MOST_AMOUNT
from matcher.language.parts import Example, Parts
from matcher.language.vocabulary import Vocabulary
from matcher.language.written_values import WrittenValue, code_of

MOST_EXAMPLES = 1000
_WORDS = {verdict.word: verdict for verdict in Verdict}
_Situation: TypeAlias = tuple[date | None, tuple[tuple[int | None, ...], ...]]


def cases_of(
    examples: Sequence[Example],
    parts: Parts,
    vocabulary: Vocabulary,
    attributes: Mapping[AttributeName, Attribute],
) -> tuple[Case, ...]:
    """Return the cases of ``examples``, in order.

    Args:
        examples: as written.
        parts: the programme they belong to.
        vocabulary: that of its conditions.
        attributes: what it reads.

    Raises:
        InvalidProgramme: a rule above is broken.
    """
    if len(examples) > MOST_EXAMPLES:
        raise InvalidProgramme(
            f"the programme has {len(examples)} tests, more than {MOST_EXAMPLES}",
            where=examples[MOST_EXAMPLES].place(),
            fix="keep those that show something",
        )
    cases: list[Case] = []
    names: dict[str, Example] = {}
    situations: dict[_Situation, tuple[Example, Case]] = {}
    for example in examples:
        case = _case(example, parts, vocabulary, attributes)
        earlier = names.setdefault(case.name, example)
        if earlier is not example:
            raise InvalidProgramme(
                f"two tests are called {case.name[:80]!r}",
                where=example.place(),
                fix=_other(earlier, "the first one", "give each a name of its own"),
            )
        other, said = situations.setdefault(_situation(case, attributes), (example, case))
        _refuse_contradiction(example, case, other, said)
        cases.append(case)
    return tuple(cases)


def _case(
    example: Example,
    parts: Parts,
    vocabulary: Vocabulary,
    attributes: Mapping[AttributeName, Attribute],
) -> Case:
    last = parts.valid_to or date.max
    if example.day is not None and not parts.valid_from <= example.day <= last:
        raise InvalidProgramme(
            f"the programme is not valid on {example.day.isoformat()}, the date of a test",
            where=example.place("date"),
            fix="choose a day of its validity",
        )
    if vocabulary.unit is Unit.HOUSEHOLD and len(example.members) > vocabulary.most_members:
        raise InvalidProgramme(
            f"a test has {len(example.members)} members, "
            f"more than the {vocabulary.most_members} of a household",
            where=example.place("members"),
            fix="leave some out, or raise most_members",
        )
    if vocabulary.unit is Unit.PERSON and len(example.members) != 1:
        raise InvalidProgramme("a test is about one person", where=example.place("members"))
    members = tuple(
        _given(example, number, given, attributes) for number, given in enumerate(example.members)
    )
    if example.expect not in _WORDS:
        raise InvalidProgramme(
            f"{example.expect[:40]!r} is no verdict",
            where=example.place("expect"),
            fix=nearest(example.expect, _WORDS),
        )
    expect = _WORDS[example.expect]
    if example.outcome is not None:
        _check_outcome(example, example.outcome, expect, parts)
    if example.amount is not None:
        _check_amount(example, example.amount, expect, parts)
    return Case(example.name, members, expect, example.outcome, example.day, example.amount)


def _given(
    example: Example,
    number: int,
    written: Mapping[str, WrittenValue],
    attributes: Mapping[AttributeName, Attribute],
) -> dict[AttributeName, int | None]:
    given: dict[AttributeName, int | None] = dict.fromkeys(attributes)
    for key, value in written.items():
        name, place = AttributeName(key), example.place(f"{number}.{key}")
        if name not in attributes:
            raise InvalidProgramme(
                f"the predicate does not read {key[:80]!r}",
                where=place,
                fix=nearest(key, attributes),
            )
        given[name] = located(place, code_of, attributes[name], value)
    return given


def _check_outcome(example: Example, outcome: str, expect: Verdict, parts: Parts) -> None:
    place = example.place("outcome")
    names = [tier.name for tier in parts.tiers]
    if expect is not Verdict.ELIGIBLE:
        raise InvalidProgramme(
            f"a test expects {expect.word}, and yet the outcome {outcome[:80]!r}",
            where=place,
            fix="leave the outcome out: only the eligible have one",
        )
    if outcome not in names:
        raise InvalidProgramme(
            f"there is no outcome {outcome[:80]!r}",
            where=place,
            fix=nearest(outcome, names) or "the programme has none",
        )


def _check_amount(example: Example, amount: int, expect: Verdict, parts: Parts) -> None:
    if expect is not Verdict.ELIGIBLE:
        raise InvalidProgramme(
            f"a test expects {expect.word}, and yet an amount",
            where=example.place("amount"),
            fix="leave the amount out: only the eligible are paid",
        )
    if parts.payment is None:
        raise InvalidProgramme(
            "a test expects an amount, but the programme pays nothing",
            where=example.place("amount"),
            fix="leave the amount out, or say in outcomes what is paid",
        )
    if not 0 <= amount <= MOST_AMOUNT:
        raise InvalidProgramme(
            "a test expects an amount that no outcome can have",
            where=example.place("amount"),
            fix=f"use a whole number from 0 to {MOST_AMOUNT}",
        )


def _situation(case: Case, attributes: Mapping[AttributeName, Attribute]) -> _Situation:
    """Return what a case is about, so that equal situations must have equal verdicts."""
    members = [
        tuple(
            attribute.absent if member[name] is None else member[name]
            for name, attribute in attributes.items()
        )
        for member in case.members
    ]
    return case.day, tuple(sorted(members, key=repr))


def _refuse_contradiction(example: Example, case: Case, other: Example, said: Case) -> None:
    outcomes = {case.outcome, said.outcome} - {None}
    amounts = {case.amount, said.amount} - {None}
    if case.expect is said.expect and len(outcomes) < 2 and len(amounts) < 2:
        return
    raise InvalidProgramme(
        f"the test {case.name[:80]!r} contradicts the test {said.name[:80]!r}: "
        "the same values, and something else is expected",
        where=example.place(),
        fix=_other(other, "the other", "correct one of them"),
    )


def _other(example: Example, word: str, otherwise: str) -> str:
    return f"{word} is at {example.place()}" if example.place() else otherwise
