"""Agencies that share a role, and members of households: together they answer what one would."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from clients.provider.answering import Answering, seated
from clients.provider.holdings import Holdings
from clients.provider.tables import TableSource, load_table
from clients.tabular.identifiers import hash_identifiers
from matcher.core.binding import sha256
from matcher.core.catalogue import Attribute, AttributeType, Catalogue
from matcher.core.controls import Seating, expected, seat
from matcher.core.identifiers import AgencyId, AttributeName, Role
from matcher.core.plan import Plan, compile_plan, evaluate_answers
from matcher.core.predicate import (
    All,
    AllBut,
    AttributeOperand,
    Comparison,
    ConstantOperand,
    Operator,
    Predicate,
    Some,
)
from matcher.core.programme import Interval, Outcome, Payment, Programme, Unit
from matcher.core.reference import reference_decisions
from matcher.core.scheme import Bound, ColumnKind, Scheme
from matcher.core.table import Grouping, Values
from matcher.core.values import unpack_values
from matcher.core.verdict import decisions_of
from matcher.schemes.clear import ClearEvaluator

TAX, WELFARE = Role("tax"), Role("welfare")
BRACKET, GRADE = AttributeName("tax.bracket"), AttributeName("welfare.grade")
DAY = dt.date(2026, 6, 1)
SUBJECTS = 60
MOST_MEMBERS = 4
CATALOGUE = Catalogue(
    "city",
    {
        BRACKET: Attribute(BRACKET, AttributeType.INTEGER, 0, 7),
        GRADE: Attribute(GRADE, AttributeType.INTEGER, 0, 6),
    },
)


def compared(name: AttributeName, operator: Operator, limit: int) -> Comparison:
    return Comparison(AttributeOperand(name), operator, ConstantOperand(limit))


LOW, POOR = compared(BRACKET, Operator.LE, 3), compared(BRACKET, Operator.LE, 1)
SEVERE = compared(GRADE, Operator.LE, 2)
HOUSEHOLDS: Mapping[str, tuple[Predicate, Predicate | None]] = {
    "all and some": (All((AllBut(0, LOW), Some(1, SEVERE))), None),
    "at least two, at most one not": (All((Some(2, LOW), AllBut(1, SEVERE))), None),
    "two tiers": (All((AllBut(0, LOW), Some(1, SEVERE))), Some(1, POOR)),
}
PERSONS: Mapping[str, tuple[Predicate, Predicate | None]] = {
    "a conjunction": (All((LOW, SEVERE)), None),
    "two tiers": (All((LOW, SEVERE)), POOR),
}


def programme_of(eligible: Predicate, first: Predicate | None, *, households: bool) -> Programme:
    tiers = (
        Outcome("full", {"en": "Full"}, first, "first", 10_000),
        Outcome("half", {"en": "Half"}, None, "", 5_000),
    )
    return Programme(
        id="city/support",
        version="1",
        title={"en": "Support"},
        catalogue=CATALOGUE,
        requester=AgencyId("city"),
        affair="support",
        procedure="",
        unit=Unit.HOUSEHOLD if households else Unit.PERSON,
        most_members=MOST_MEMBERS if households else 1,
        legal_basis="",
        valid_from=dt.date(2026, 1, 1),
        valid_to=None,
        parameters={},
        eligible=eligible,
        eligible_source="as it is",
        absences={},
        outcomes=tiers if first is not None else (),
        payment=Payment("JPY", Interval.YEAR) if first is not None else None,
        cases=(),
    )


@dataclass(frozen=True)
class Town:
    """People with what is known about them, and which tax office knows whom."""

    group_of: NDArray[np.int32]
    seat_of: NDArray[np.int64]
    office_of: NDArray[np.int64]
    table: Mapping[AttributeName, Values]
    names: Sequence[str]

    @classmethod
    def of(cls, sizes: NDArray[np.int64], offices: int, seed: int) -> "Town":
        rng = np.random.default_rng(seed)
        people = int(sizes.sum())
        group_of = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        starts = np.cumsum(sizes) - sizes
        return cls(
            group_of,
            np.arange(people) - np.repeat(starts, sizes),
            rng.integers(0, offices, people),
            {
                name: Values(
                    rng.integers(entry.low, 5, people, dtype=np.int32), rng.random(people) < 0.9
                )
                for name, entry in CATALOGUE.attributes.items()
            },
            [f"p{number}" for number in range(people)],
        )

    def holdings(self, folder: Path, name: AttributeName, rows: NDArray[np.int64]) -> Holdings:
        values = self.table[name]
        lines = ["person,value"]
        # Whoever has no value is either listed without one or not listed at all.
        lines += [
            f"{self.names[row]},{values.codes[row] if values.present[row] else ''}"
            for row in rows
            if values.present[row] or row % 2
        ]
        # Other agencies' people may be known here too: they are not asked about here.
        lines.append("nobody,0")
        file = folder / f"{name}.csv"
        file.write_text("\n".join(lines) + "\n")
        return Holdings([load_table(TableSource(file, "person", {name: "value"}), CATALOGUE)])


def answered(
    plan: Plan, town: Town, seating: Seating, folder: Path
) -> Mapping[int, Mapping[int, bytes]]:
    """Every column of every agency, by chunk and column."""
    columns: dict[int, dict[int, bytes]] = {}
    for role, name in ((TAX, BRACKET), (WELFARE, GRADE)):
        for office in range(plan.agencies[role]):
            own = np.arange(len(town.names))
            if plan.agencies[role] > 1:
                own = np.flatnonzero(town.office_of == office)
            holdings = town.holdings(folder, name, own)
            codes = np.zeros((len(seating.chunks) * plan.chunk_slots * plan.seats, 16), np.uint8)
            places = seating.slot_of[town.group_of[own]] * plan.seats + town.seat_of[own]
            codes[places] = hash_identifiers([town.names[row] for row in own])
            selection = holdings.select(plan.programme.catalogue, role)
            answering = Answering(plan, role, office, selection)
            width = plan.chunk_slots * plan.seats
            for chunk, controls in enumerate(seating.chunks):
                part = codes[chunk * width : (chunk + 1) * width]
                sent = answering.answer(part, controls)
                assert set(sent) == {one.index for one in plan.columns_of(role, office)}
                columns.setdefault(chunk, {}).update(sent)
    return columns


def decided_blindly(plan: Plan, columns: Mapping[int, bytes]) -> NDArray[np.uint8]:
    vectors = {number: np.frombuffer(data, np.uint8) for number, data in columns.items()}
    results = {
        output.index: ClearEvaluator().evaluate(output.circuit, vectors)
        for output in plan.outputs
        if output.circuit is not None
    }
    tiers = [results[one.index] == 0 for one in plan.outputs if one.bound is not Bound.OPTIMISTIC]
    (impossible,) = [
        results[one.index] != 0 for one in plan.outputs if one.bound is Bound.OPTIMISTIC
    ]
    return decisions_of(tiers, impossible)


def decided_openly(plan: Plan, columns: Mapping[int, bytes]) -> NDArray[np.uint8]:
    answers = []
    for question in plan.questions:
        assert question.attribute is not None
        (number,) = question.columns
        answers.append(
            unpack_values(
                question.attribute,
                columns[number],
                plan.chunk_slots,
                elsewhere=question.elsewhere is not None,
            )
        )
    return evaluate_answers(plan, answers)


def check(
    programme: Programme,
    town: Town,
    offices: int,
    folder: Path,
    kind: ColumnKind = ColumnKind.DECISION,
) -> None:
    scheme = Scheme.ENCLAVE if kind is ColumnKind.VALUE else Scheme.CLEAR
    digest = sha256(b"bundle")
    plan = compile_plan(programme, digest, scheme, kind, DAY, agencies={TAX: offices})
    subjects = int(town.group_of[-1]) + 1
    seating = seat(plan, subjects, np.random.default_rng(5).bytes)
    columns = answered(plan, town, seating, folder)
    decide = decided_openly if kind is ColumnKind.VALUE else decided_blindly
    decisions = np.concatenate([decide(plan, columns[chunk]) for chunk in sorted(columns)])
    grouping = None
    if programme.unit is Unit.HOUSEHOLD:
        grouping = Grouping(subjects, town.group_of)
    reference = reference_decisions(programme, DAY, town.table, grouping)
    assert len(set(reference.tolist())) >= 3
    assert np.array_equal(decisions[seating.slot_of], reference)
    controls = seating.chunks[0]
    assert np.array_equal(decisions[controls.slots], expected(plan, controls))


@pytest.mark.parametrize("kind", [ColumnKind.DECISION, ColumnKind.VALUE])
@pytest.mark.parametrize("offices", [1, 2, 3])
@pytest.mark.parametrize("case", HOUSEHOLDS)
def test_agencies_decide_about_households_together(
    tmp_path: Path, case: str, offices: int, kind: ColumnKind
) -> None:
    sizes = np.random.default_rng(3).integers(1, MOST_MEMBERS + 1, SUBJECTS)
    programme = programme_of(*HOUSEHOLDS[case], households=True)
    check(programme, Town.of(sizes, offices, seed=offices), offices, tmp_path, kind)


@pytest.mark.parametrize("kind", [ColumnKind.DECISION, ColumnKind.VALUE])
@pytest.mark.parametrize("offices", [1, 2, 3])
@pytest.mark.parametrize("case", PERSONS)
def test_agencies_decide_about_persons_together(
    tmp_path: Path, case: str, offices: int, kind: ColumnKind
) -> None:
    programme = programme_of(*PERSONS[case], households=False)
    town = Town.of(np.ones(SUBJECTS, dtype=np.int64), offices, seed=offices)
    check(programme, town, offices, tmp_path, kind)


@pytest.mark.parametrize("offices", [1, 2, 3])
def test_classes_of_persons_come_from_the_agency_that_is_asked(
    tmp_path: Path, offices: int
) -> None:
    programme = programme_of(*PERSONS["a conjunction"], households=False)
    town = Town.of(np.ones(SUBJECTS, dtype=np.int64), offices, seed=offices)
    check(programme, town, offices, tmp_path, ColumnKind.ATTRIBUTE)


def test_an_agency_that_is_asked_about_nobody_changes_nothing(tmp_path: Path) -> None:
    programme = programme_of(*HOUSEHOLDS["all and some"], households=True)
    town = Town.of(np.full(SUBJECTS, 2), 2, seed=1)
    check(programme, town, 3, tmp_path)


def test_nobody_sits_where_a_code_is_zeros() -> None:
    codes = np.zeros((4, 16), dtype=np.uint8)
    codes[1, 15] = codes[2, 0] = 1
    assert seated(codes).tolist() == [False, True, True, False]
