"""Shipped programmes decide the same everywhere: rule, CEL, plan, ciphertexts and enclave.

Subjects are the programmes' own examples, a case on both sides of every limit, and random ones:
variations of the examples and people with any value of the domain, all with records missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from clients.designer.trying import table_of
from fusuma.harness import Harness
from matcher.core.boundaries import boundary_cases
from matcher.core.errors import TooDeep
from matcher.core.identifiers import AttributeName, Role
from matcher.core.normal import normal_form
from matcher.core.plan import Plan, compile_plan, encode_answers
from matcher.core.programme import Programme
from matcher.core.reference import reference_decisions
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.table import Grouping, Table
from matcher.core.verdict import Verdict, verdicts_of
from matcher.language import bundle_digest, dump_bundle, load_programme
from programmes import programme_path
from tests.answers_of_agencies import answers_of, spread
from tests.programme_oracle import ProgrammeOracle
from tests.scheme_runs import CAMPAIGN, HOMOMORPHIC, decided, must_refuse
from tests.shipped import DAY, NAMES

Member = Mapping[AttributeName, int | None]
Subject = tuple[Member, ...]

# A campaign decides 10,000 random subjects a programme, the suite a tenth of them.
RANDOM_SUBJECTS = 10_000 if CAMPAIGN else 1_000
# Every example and limit, and a few others; in a campaign, whose keys are as long as those of runs,
# the examples and some limits.
FEW_SUBJECTS = 40 if CAMPAIGN else 130
ABSENT = 0.1
ONE_HOT = ("city/relief", "city/support")
# What needs no product, so that every scheme carries it.
LINEAR = (
    *("akita/newlywed", "benchmark/support", "city/support", "kurume/nursery-loan"),
    *("national/disability-allowance", "nmes1988/medical-support"),
)
SEVERAL: Mapping[str, Mapping[str, int]] = {
    "akita/newlywed": {"tax": 2, "family": 3},
    "city/relief": {"tax": 2},
    "kagoshima/migration": {"origin": 3},
    "kurume/nursery-loan": {"tax": 2, "qualification": 2},
    "national/disability-allowance": {"welfare": 4},
    "tomakomai/heating-oil": {"tax": 2},
}


@lru_cache
def _programme(name: str) -> Programme:
    return load_programme(programme_path(name))


def _day(programme: Programme) -> date:
    """Return the day of most examples, so that they lie around its limits."""
    ((day, _),) = Counter(case.day or DAY for case in programme.cases).most_common(1)
    return day


def _days(programme: Programme) -> list[date]:
    """Return every day of an example."""
    return sorted({case.day or DAY for case in programme.cases})


@lru_cache
def _scene(name: str, day: date) -> tuple[list[Subject], Table, Grouping | None, list[int]]:
    """Return subjects, what is known of them, who belongs together, and what CEL decides."""
    programme = _programme(name)
    subjects = [
        *(tuple(case.members) for case in programme.cases),
        *_around_limits(programme, day),
        *_random(programme, day),
    ]
    table, grouping = table_of(programme, subjects)
    return subjects, table, grouping, ProgrammeOracle(programme, day).decisions(subjects)


def _around_limits(programme: Programme, day: date) -> list[Subject]:
    conditions = (programme.predicate_on(day), *programme.tiers_on(day))
    return [
        tuple(case.members)
        for condition in conditions
        for case in boundary_cases(
            normal_form(condition), programme.catalogue.attributes, programme.most_members
        )
    ]


def _random(programme: Programme, day: date) -> list[Subject]:
    chance = Random(f"{programme.id} {day}")
    attributes = programme.catalogue.attributes
    written = {
        name: sorted({m[name] for c in programme.cases for m in c.members if m[name] is not None})
        for name in attributes
    }

    def code(name: AttributeName) -> int | None:
        low, high = attributes[name].low, attributes[name].high
        if chance.random() < ABSENT:
            return None
        if written[name] and chance.random() < 0.7:
            near = chance.choice(written[name]) + chance.choice((-1, 0, 0, 0, 1))
            return min(max(near, low), high)
        return chance.randint(low, high)

    def varied() -> Subject:
        members = [dict(member) for member in chance.choice(programme.cases).members]
        for _ in range(chance.randint(1, 3)):
            name = chance.choice(list(attributes))
            chance.choice(members)[name] = code(name)
        return tuple(members)

    def anybody() -> Subject:
        size = chance.randint(1, programme.most_members)
        return tuple({name: code(name) for name in attributes} for _ in range(size))

    return [varied() if number % 3 else anybody() for number in range(RANDOM_SUBJECTS)]


def _plan(
    programme: Programme,
    day: date,
    scheme: Scheme,
    kind: ColumnKind,
    agencies: Mapping[str, int] | None = None,
) -> Plan:
    digest = bundle_digest(dump_bundle(programme))
    counts = {Role(role): count for role, count in (agencies or {}).items()}
    return compile_plan(programme, digest, scheme, kind, day, agencies=counts)


def _decided(plan: Plan, table: Table, grouping: Grouping | None, seed: int) -> NDArray[np.uint8]:
    rows = len(next(iter(table.values())))
    answers = answers_of(plan, table, spread(plan, rows, np.random.default_rng(seed)), grouping)
    return Harness().decide(plan, answers)


def _few_decided(plan: Plan, table: Table, grouping: Grouping | None) -> NDArray[np.uint8]:
    """Return what comes out for the first subjects where every one of them costs a lot."""
    rows = len(next(iter(table.values())))
    columns: dict[int, NDArray[np.uint8]] = {}
    answers = answers_of(plan, table, spread(plan, rows, np.random.default_rng(3)), grouping)
    for question, codes in zip(plan.questions, answers, strict=True):
        columns |= encode_answers(plan, question, codes[:FEW_SUBJECTS])
    return decided(plan, columns)


def _agree(found: Sequence[int], expected: Sequence[int], subjects: Sequence[Subject]) -> None:
    different = [n for n, (f, e) in enumerate(zip(found, expected, strict=True)) if f != e]
    assert not different, (found[different[0]], expected[different[0]], subjects[different[0]])


every_programme = pytest.mark.parametrize("name", NAMES)


@every_programme
def test_every_verdict_and_outcome_occurs(name: str) -> None:
    programme = _programme(name)
    expected = _scene(name, _day(programme))[3]
    verdicts = set(verdicts_of(np.array(expected, dtype=np.uint8)).tolist())
    known = all(a.closed_world for a in programme.catalogue.attributes.values())
    assert verdicts == {*Verdict} - ({Verdict.UNDETERMINED} if known else set())
    assert len(set(expected) - {1, 2}) == max(1, len(programme.outcomes))


@every_programme
def test_the_rule_agrees_with_cel_on_every_day(name: str) -> None:
    programme = _programme(name)
    for day in _days(programme):
        subjects, table, grouping, expected = _scene(name, day)
        _agree(reference_decisions(programme, day, table, grouping).tolist(), expected, subjects)


@every_programme
@pytest.mark.parametrize("kind", [ColumnKind.DECISION, ColumnKind.VALUE])
def test_plans_in_the_clear_agree_with_cel(name: str, kind: ColumnKind) -> None:
    programme = _programme(name)
    for day in _days(programme):
        subjects, table, grouping, expected = _scene(name, day)
        plan = _plan(programme, day, Scheme.CLEAR, kind)
        _agree(_decided(plan, table, grouping, seed=1).tolist(), expected, subjects)


@pytest.mark.parametrize("name", SEVERAL)
@pytest.mark.parametrize("kind", [ColumnKind.DECISION, ColumnKind.VALUE])
def test_plans_for_several_agencies_agree_with_cel(name: str, kind: ColumnKind) -> None:
    programme = _programme(name)
    day = _day(programme)
    subjects, table, grouping, expected = _scene(name, day)
    plan = _plan(programme, day, Scheme.CLEAR, kind, SEVERAL[name])
    _agree(_decided(plan, table, grouping, seed=2).tolist(), expected, subjects)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, ColumnKind.DECISION) for name in NAMES),
        *((name, ColumnKind.ATTRIBUTE) for name in ONE_HOT),
    ],
)
@pytest.mark.parametrize("scheme", HOMOMORPHIC)
def test_ciphertexts_agree_with_cel(scheme: Scheme, name: str, kind: ColumnKind) -> None:
    programme = _programme(name)
    day = _day(programme)
    if must_refuse(scheme, _plan(programme, day, Scheme.CLEAR, kind).circuits):
        assert name not in LINEAR
        with pytest.raises(TooDeep):
            _plan(programme, day, scheme, kind)
        return
    subjects, table, grouping, expected = _scene(name, day)
    plan = _plan(programme, day, scheme, kind)
    if scheme is Scheme.PAILLIER:
        found = _few_decided(plan, table, grouping)
    else:
        found = _decided(plan, table, grouping, seed=3)
    _agree(found.tolist(), expected[: len(found)], subjects[: len(found)])


@every_programme
def test_an_enclave_agrees_with_cel(name: str) -> None:
    programme = _programme(name)
    day = _day(programme)
    subjects, table, grouping, expected = _scene(name, day)
    plan = _plan(programme, day, Scheme.ENCLAVE, ColumnKind.VALUE)
    _agree(_decided(plan, table, grouping, seed=4).tolist(), expected, subjects)


@pytest.mark.parametrize("name", ["kagoshima/migration", "tomakomai/heating-oil"])
def test_ciphertexts_of_several_agencies_agree_with_cel(name: str) -> None:
    programme = _programme(name)
    day = _day(programme)
    subjects, table, grouping, expected = _scene(name, day)
    plan = _plan(programme, day, Scheme.BGV, ColumnKind.DECISION, SEVERAL[name])
    _agree(_decided(plan, table, grouping, seed=5).tolist(), expected, subjects)
