"""What a requester gains by seating households otherwise than they are, and what stops it.

Limits that the threat model states are carried out here too, so that the page stays true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from matcher.core.binding import sha256
from matcher.core.controls import ELIGIBLE_PER_CHUNK, ChunkControls, check_controls, seat
from matcher.core.errors import ControlMismatch, StatementMismatch
from matcher.core.identifiers import AttributeName, Role
from matcher.core.kleene import FALSE, TRUE
from matcher.core.plan import (
    Plan,
    answer_question,
    compile_plan,
    decisions_from,
    evaluate_answers,
    evaluate_outputs,
)
from matcher.core.presence import check_presence
from matcher.core.programme import Programme
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.table import Grouping, Values
from matcher.core.verdict import Verdict
from matcher.language.programme_file import load_programme
from programmes import programme_path
from tests.city_households import city_households

DAY = date(2026, 6, 1)
TAX, WELFARE = Role("tax"), Role("welfare")
INCOME, GRADE = AttributeName("tax.income_bracket"), AttributeName("welfare.disability_grade")
ELIGIBLE, INELIGIBLE = Verdict.ELIGIBLE, Verdict.INELIGIBLE
# Who earns too much, and who has the certificate that the household needs.
EARNER, DISABLED = (7, 0), (0, 1)


def plan_for(
    programme: Programme,
    kind: ColumnKind = ColumnKind.DECISION,
    agencies: Mapping[Role, int] | None = None,
) -> Plan:
    scheme = Scheme.ENCLAVE if kind is ColumnKind.VALUE else Scheme.BGV
    return compile_plan(programme, sha256(b"x"), scheme, kind, DAY, agencies=agencies)


def decided(plan: Plan, *seen: tuple[Role, tuple[int, ...], tuple[int, ...]]) -> Verdict:
    """The verdict on one household as every agency sees it.

    Args:
        plan: of decision columns, one agency a role.
        seen: by role, the incomes and the grades of the members its agency is asked about.
    """
    answers: list[NDArray[np.int32]] = []
    members = {role: (incomes, grades) for role, incomes, grades in seen}
    for question in plan.questions:
        incomes, grades = members[question.role]
        table = {INCOME: Values.of(incomes), GRADE: Values.of(grades)}
        grouping = Grouping(1, np.zeros(len(incomes), dtype=np.int32))
        answers.append(answer_question(question, plan.attributes, table, grouping))
    return Verdict(int(evaluate_answers(plan, answers)[0]))


def everywhere(*members: tuple[int, int]) -> list[tuple[Role, tuple[int, ...], tuple[int, ...]]]:
    incomes, grades = zip(*members, strict=True)
    return [(role, incomes, grades) for role in (TAX, WELFARE)]


def test_a_household_is_decided_as_a_whole() -> None:
    plan = plan_for(city_households(full=None))
    assert decided(plan, *everywhere(EARNER, DISABLED)) == INELIGIBLE
    assert decided(plan, *everywhere((1, 0), DISABLED)) == ELIGIBLE


def test_leaving_the_earner_out_of_all_rosters_decides_another_question() -> None:
    """A limit: nobody but the overseer can tell that the household is larger."""
    plan = plan_for(city_households(full=None))
    assert decided(plan, *everywhere(DISABLED)) == ELIGIBLE


def test_splitting_households_tells_what_holds_for_each_member() -> None:
    """A limit: a household of one member is a person."""
    plan = plan_for(city_households("members.all(m, m.tax.income_bracket <= 3)", None))
    alone = [
        decided(plan, (TAX, (income,), (0,)), (WELFARE, (income,), (0,))) for income in (7, 0, 3, 4)
    ]
    assert alone == [INELIGIBLE, ELIGIBLE, ELIGIBLE, INELIGIBLE]


@pytest.mark.parametrize("agencies", [1, 2])
def test_a_member_left_out_of_one_roles_rosters_ends_an_enclaves_run(agencies: int) -> None:
    plan = plan_for(city_households(), ColumnKind.VALUE, {TAX: agencies})
    answers = []
    for question in plan.questions:
        assert question.elsewhere is not None
        members = 1 if question.role == TAX else 2
        held = question.provider == 0 and question.seat < members
        answers.append(np.array([0 if held else question.elsewhere], dtype=np.int32))
    with pytest.raises(StatementMismatch, match="by nobody in another"):
        check_presence(plan, answers)


def test_a_person_assigned_to_no_agency_of_a_shared_role_is_decided_by_the_rest() -> None:
    """A limit under encryption; an enclave ends the run."""
    support = load_programme(programme_path("city/support"))
    plan = plan_for(support, agencies={TAX: 2})
    neutral = [
        np.array([question.elsewhere if question.role == TAX else truth for truth in (TRUE, FALSE)])
        for question in plan.questions
    ]
    assert evaluate_answers(plan, neutral).tolist() == [ELIGIBLE, INELIGIBLE]
    sealed = plan_for(support, ColumnKind.VALUE, {TAX: 2})
    nobody = [
        np.array([1 if question.elsewhere is None else question.elsewhere], dtype=np.int32)
        for question in sealed.questions
    ]
    with pytest.raises(StatementMismatch, match="no agency of a role holds"):
        check_presence(sealed, nobody)


def test_no_agency_can_put_a_neutral_answer_where_it_is_alone() -> None:
    for kind in ColumnKind:
        plan = plan_for(load_programme(programme_path("city/support")), kind)
        assert all(question.elsewhere is None for question in plan.questions)


def test_canaries_must_hide_the_masks_of_every_tiers_output() -> None:
    """A requester that knows all masks of one output could test guesses about the rest of it."""
    plan = plan_for(city_households())
    (chunk,) = seat(plan, 8000, np.random.default_rng(4).bytes).chunks
    check_controls(plan, [chunk])
    spoiled = _spoilers(plan, chunk)[0]
    answers = chunk.answers.copy()
    answers[spoiled, _eligible(chunk)] = FALSE
    outputs = evaluate_outputs(plan, list(answers))
    # Verdicts and first tier are as before; only a later output has lost its unknown masks.
    assert np.count_nonzero(outputs[0] == 0) >= ELIGIBLE_PER_CHUNK
    assert np.count_nonzero(decisions_from(plan, outputs) == ELIGIBLE) >= ELIGIBLE_PER_CHUNK
    with pytest.raises(ControlMismatch, match="canaries are eligible"):
        check_controls(plan, [replace(chunk, answers=answers)])


def _eligible(chunk: ChunkControls) -> NDArray[np.int64]:
    return np.flatnonzero((chunk.answers == TRUE).all(axis=0))


def _spoilers(plan: Plan, chunk: ChunkControls) -> list[int]:
    """The questions that keep a later tier's output from 0 and leave the first one's alone."""
    slot = int(_eligible(chunk)[0])
    found = []
    for question in plan.questions:
        answers = chunk.answers[:, [slot]].copy()
        answers[question.index] = FALSE
        first, *rest = evaluate_outputs(plan, list(answers))
        if first[0] == 0 and any(output[0] for output in rest):
            found.append(question.index)
    return found
