from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from matcher.core.binding import sha256
from matcher.core.canaries import canaries_of
from matcher.core.controls import (
    CANARIES_PER_CHUNK,
    ELIGIBLE_PER_CHUNK,
    ChunkControls,
    Seating,
    check_controls,
    expected,
    seat,
)
from matcher.core.errors import ControlMismatch, InvalidCohort
from matcher.core.identifiers import Role
from matcher.core.plan import Plan, compile_plan
from matcher.core.presence import check_presence
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.verdict import Verdict, verdicts_of
from tests.city_households import city_households
from tests.programmes_of_tests import plan_of

CONJUNCTION = "tax.bracket <= 3 && welfare.grade in [1, 2] && school.year != 6"
DISJUNCTION = "tax.bracket == 0 || welfare.grade in [1, 2]"
OUTCOMES = {"full": "tax.bracket <= 1", "half": None}
PLANS = {
    f"{name}, {kind.value}": plan_of(text, kind)
    for name, text in (
        ("conjunction", CONJUNCTION),
        ("disjunction", DISJUNCTION),
        ("one question", "tax.bracket <= 3"),
        ("closed world", "tax.closed <= 3 && welfare.closed == 1"),
    )
    for kind in ColumnKind
}
HOUSEHOLD = "members.all(m, m.tax.bracket <= 3) && members.exists(m, m.welfare.grade in [1, 2])"
PLANS |= {
    f"{name}, {kind.value}": plan_of(
        text, kind, agencies={"tax": 2, "welfare": 3}, most_members=members, tiers=tiers
    )
    for name, text, members, tiers in (
        ("several agencies", "tax.bracket <= 3 && welfare.grade in [1, 2]", None, None),
        ("households", HOUSEHOLD, 3, None),
        ("outcomes", "tax.bracket <= 3 && welfare.grade <= 5", None, OUTCOMES),
    )
    for kind in ColumnKind
    if name == "several agencies" or kind is not ColumnKind.ATTRIBUTE
}
every_plan = pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())


def _bytes(seed: int) -> Callable[[int], bytes]:
    return np.random.default_rng(seed).bytes


def _replaced(
    chunk: ChunkControls,
    slots: NDArray[np.uint16] | None = None,
    answers: NDArray[np.int32] | None = None,
) -> ChunkControls:
    return ChunkControls(
        chunk.slots if slots is None else slots, chunk.answers if answers is None else answers
    )


def _seating(plan: Plan, subjects: int = 9000, seed: int = 1) -> Seating:
    return seat(plan, subjects, _bytes(seed))


@every_plan
@pytest.mark.parametrize("subjects", [1, 8183, 8184, 8185, 20000])
def test_everybody_sits_in_a_slot_of_his_own(plan: Plan, subjects: int) -> None:
    seating = _seating(plan, subjects)
    assert len(seating.chunks) == -(-subjects // (plan.chunk_slots - CANARIES_PER_CHUNK))
    assert seating.slot_of.shape == (subjects,)
    assert np.all(np.diff(seating.slot_of) > 0)
    taken = set(seating.slot_of.tolist())
    controls = {
        number * plan.chunk_slots + slot
        for number, chunk in enumerate(seating.chunks)
        for slot in chunk.slots.tolist()
    }
    assert not taken & controls
    assert taken | controls == set(range(len(seating.chunks) * plan.chunk_slots))


@every_plan
def test_fresh_controls_pass_their_own_check(plan: Plan) -> None:
    for seed in range(5):
        for subjects in (1, 9000, 20000):
            check_controls(plan, _seating(plan, subjects, seed).chunks)


@every_plan
def test_every_chunk_has_eligible_canaries_and_an_ineligible_one(plan: Plan) -> None:
    for chunk in _seating(plan, 30000).chunks:
        verdicts = verdicts_of(expected(plan, chunk)).tolist()
        assert verdicts.count(Verdict.ELIGIBLE) >= ELIGIBLE_PER_CHUNK
        assert Verdict.INELIGIBLE in verdicts


def test_every_question_is_missed_alone_somewhere() -> None:
    plan = PLANS["conjunction, decision"]
    missed = set()
    for chunk in _seating(plan, 30000).chunks:
        alone = np.flatnonzero(
            (np.count_nonzero(chunk.answers, axis=0) == 1) & (chunk.answers.max(axis=0) == 1)
        )
        missed |= {int(np.argmax(chunk.answers[:, slot])) for slot in alone}
        assert expected(plan, chunk)[alone].tolist() == [Verdict.INELIGIBLE] * len(alone)
    assert missed == {0, 1, 2}


def test_which_questions_a_chunk_misses_alone_is_not_known_beforehand() -> None:
    plan = plan_of(
        "tax.bracket <= 3 && tax.dependants <= 2 && tax.wealth <= 9 && tax.resident"
        " && welfare.grade in [1, 2] && school.year != 6",
        ColumnKind.VALUE,
    )
    eligible = canaries_of(plan).eligible[:, np.newaxis]
    always = set(range(6))
    for seed in range(20):
        (chunk,) = _seating(plan, plan.chunk_slots - CANARIES_PER_CHUNK, seed).chunks
        different = chunk.answers != eligible
        alone = np.flatnonzero(np.count_nonzero(different, axis=0) == 1)
        always &= {int(np.argmax(different[:, slot])) for slot in alone}
    assert not always


def test_places_are_random_and_kinds_are_not_tied_to_them() -> None:
    plan = PLANS["conjunction, decision"]
    first, second = _seating(plan, seed=1), _seating(plan, seed=2)
    assert first.chunks[0].slots.tolist() != second.chunks[0].slots.tolist()
    places = {
        int(np.argmin(np.count_nonzero(_seating(plan, seed=seed).chunks[0].answers, axis=0)))
        for seed in range(40)
    }
    assert len(places) > 4


def test_canary_slots_are_uniform_over_the_chunk() -> None:
    plan = PLANS["one question, decision"]
    counts = np.zeros(16)
    for chunk in _seating(plan, 8_000_000, seed=3).chunks[:-1]:
        counts += np.bincount(chunk.slots // 512, minlength=16)
    mean = counts.sum() / 16
    # Chi-square with 15 degrees of freedom: 60 is beyond a probability of 1e-6.
    assert ((counts - mean) ** 2 / mean).sum() < 60


def test_an_empty_cohort_is_refused() -> None:
    with pytest.raises(InvalidCohort):
        seat(PLANS["conjunction, decision"], 0, _bytes(1))


def _broken(plan: Plan) -> dict[str, tuple[list[ChunkControls], str]]:
    whole = list(_seating(plan).chunks)
    chunk = whole[0]
    descending = chunk.slots.copy()
    descending[[0, 1]] = descending[[1, 0]]
    repeated = chunk.slots.copy()
    repeated[1] = repeated[0]
    outside = chunk.slots.copy()
    outside[-1] = plan.chunk_slots
    too_high = chunk.answers.copy()
    too_high[0, 0] = plan.questions[0].lowest_answer + plan.questions[0].answer_count
    too_low = chunk.answers.copy()
    too_low[0, 0] = plan.questions[0].lowest_answer - 1
    order = "do not ascend or lie outside"
    return {
        "no chunks": ([], "no chunks"),
        "too few": (
            [*whole[1:], ChunkControls(chunk.slots[:15], chunk.answers[:, :15])],
            "fewer than 16 control slots",
        ),
        "descending": ([_replaced(chunk, slots=descending)], order),
        "repeated": ([_replaced(chunk, slots=repeated)], order),
        "outside the chunk": ([_replaced(chunk, slots=outside)], order),
        "a question left out": ([_replaced(chunk, answers=chunk.answers[1:])], "one answer a"),
        "an answer too many": (
            [_replaced(chunk, answers=np.pad(chunk.answers, ((0, 0), (0, 1))))],
            "one answer a",
        ),
        "an answer too high": ([_replaced(chunk, answers=too_high)], "none the question knows"),
        "an answer too low": ([_replaced(chunk, answers=too_low)], "none the question knows"),
        "nobody eligible": (
            [_replaced(chunk, answers=np.ones_like(chunk.answers))],
            "fewer than 8 canaries are eligible",
        ),
        "too few eligible": (
            [
                _replaced(
                    chunk,
                    answers=np.where(np.arange(len(chunk.slots)) < 7, 0, 1).astype(np.int32)
                    * np.ones_like(chunk.answers),
                )
            ],
            "fewer than 8 canaries are eligible",
        ),
        "nobody misses": (
            [whole[1], _replaced(chunk, answers=np.zeros_like(chunk.answers))],
            "chunk 1: no canary is eligible",
        ),
    }


CASES = _broken(PLANS["conjunction, decision"])


@pytest.mark.parametrize(("chunks", "message"), CASES.values(), ids=CASES.keys())
def test_broken_controls_are_refused(chunks: list[ChunkControls], message: str) -> None:
    with pytest.raises(ControlMismatch) as caught:
        check_controls(PLANS["conjunction, decision"], chunks)
    assert message in str(caught.value)


@pytest.mark.parametrize("agencies", [{}, {Role("tax"): 2}])
def test_prescribed_values_that_cannot_be_true_together_are_refused(
    agencies: Mapping[Role, int],
) -> None:
    plan = compile_plan(
        city_households(),
        sha256(b"households"),
        Scheme.ENCLAVE,
        ColumnKind.VALUE,
        date(2026, 6, 1),
        agencies=agencies,
    )
    (chunk,) = _seating(plan, subjects=100).chunks
    check_controls(plan, [chunk])
    question = plan.questions[-1]
    assert question.elsewhere is not None
    somebody = np.flatnonzero(chunk.answers[-1] != question.elsewhere)[20]
    answers = chunk.answers.copy()
    answers[-1, somebody] = question.elsewhere
    with pytest.raises(ControlMismatch, match="cannot be true together"):
        check_controls(plan, [_replaced(chunk, answers=answers)])


def test_a_near_miss_is_found_among_thousands_of_eligible_slots() -> None:
    plan = PLANS["conjunction, decision"]
    slots = np.arange(4000, dtype=np.uint16)
    answers = np.zeros((3, 4000), dtype=np.int32)
    answers[:, :100] = 1
    with pytest.raises(ControlMismatch):
        check_controls(plan, [ChunkControls(slots, answers)])
    answers[1, 3999] = 1
    check_controls(plan, [ChunkControls(slots, answers)])


def test_a_near_miss_beyond_the_first_eligible_slots_is_found() -> None:
    plan = PLANS["disjunction, decision"]
    slots = np.arange(CANARIES_PER_CHUNK + 4, dtype=np.uint16)
    answers = np.tile(np.array([[0], [1]], dtype=np.int32), (1, len(slots)))
    answers[:, -1] = [2, 0]
    with pytest.raises(ControlMismatch):
        check_controls(plan, [ChunkControls(slots, answers)])
    answers[:, -2] = [2, 2]
    check_controls(plan, [ChunkControls(slots, answers)])


def test_absence_is_no_answer_in_a_closed_world() -> None:
    plan = PLANS["closed world, decision"]
    chunk = _seating(plan).chunks[0]
    answers = chunk.answers.copy()
    answers[0, 0] = 2
    with pytest.raises(ControlMismatch, match="none the question knows"):
        check_controls(plan, [_replaced(chunk, answers=answers)])


@pytest.mark.parametrize(
    "plan", [plan for plan in PLANS.values() if plan.column_kind is ColumnKind.VALUE]
)
def test_prescribed_values_can_be_true_together(plan: Plan) -> None:
    for chunk in _seating(plan, 9000).chunks:
        check_presence(plan, list(chunk.answers))


def test_members_of_control_slots_sit_anywhere_with_any_agency() -> None:
    plan = PLANS["households, value"]
    padded = _seating(plan, 1).chunks[0].answers
    for question in plan.questions:
        nobody = padded[question.index] == question.elsewhere
        assert nobody.any()
        assert not nobody.all()
    # Over the runs eligible canaries are with every agency and in every seat.
    held = np.zeros(len(plan.questions), dtype=np.bool_)
    elsewhere = np.array([question.elsewhere for question in plan.questions])
    for seed in range(40):
        (chunk,) = _seating(plan, plan.chunk_slots - CANARIES_PER_CHUNK, seed).chunks
        eligible = expected(plan, chunk) == Verdict.ELIGIBLE
        held |= (chunk.answers[:, eligible] != elsewhere[:, np.newaxis]).any(axis=1)
    assert held.all()


def test_an_agency_of_several_misses_alone_too() -> None:
    plan = PLANS["several agencies, decision"]
    missed = set()
    for chunk in _seating(plan, 30000).chunks:
        alone = np.count_nonzero(chunk.answers == 1, axis=0) == 1
        missed |= set(np.argmax(chunk.answers[:, alone] == 1, axis=0).tolist())
    assert missed == set(range(5))


def test_an_eligible_canary_is_so_for_every_output() -> None:
    plan = PLANS["outcomes, decision"]
    chunk = _seating(plan).chunks[0]
    answers = np.ones_like(chunk.answers)
    # The outcome applies, and not the other one: its masks are known to whoever knows the answer.
    half = [q.index for q in plan.questions if q.text == "tax.bracket <= 3 && tax.bracket > 1"]
    others = [q.index for q in plan.questions if q.index not in half]
    answers[others, :12] = 0
    assert np.count_nonzero(expected(plan, _replaced(chunk, answers=answers)) == 0) >= 8
    with pytest.raises(ControlMismatch, match="fewer than 8 canaries are eligible"):
        check_controls(plan, [_replaced(chunk, answers=answers)])
