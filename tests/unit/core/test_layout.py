from __future__ import annotations

import pytest

from matcher.core.attribute_layout import selected_classes
from matcher.core.circuit import AtMost, Miss, OneOf, Product, Sum, Unselected
from matcher.core.errors import DegeneratePredicate, UnsupportedPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.normal import normal_form
from matcher.core.plan import Plan
from matcher.core.questions import Column, ColumnPart
from matcher.core.scheme import Bound, ColumnKind
from tests.programmes_of_tests import ATTRIBUTES, plan_of, predicate_of

BANDED = ATTRIBUTES[AttributeName("tax.income")]


def test_an_open_literal_has_a_column_for_each_bound() -> None:
    plan = plan_of("tax.bracket <= 3 && welfare.grade in [1, 2]")
    assert [(c.role, c.part) for c in plan.columns] == [
        ("tax", ColumnPart.PESSIMISTIC),
        ("tax", ColumnPart.OPTIMISTIC),
        ("welfare", ColumnPart.PESSIMISTIC),
        ("welfare", ColumnPart.OPTIMISTIC),
    ]
    assert [(o.bound, o.circuit) for o in plan.outputs] == [
        (Bound.PESSIMISTIC, Sum((Miss(0), Miss(2)))),
        (Bound.OPTIMISTIC, Sum((Miss(1), Miss(3)))),
    ]


def test_a_closed_literal_has_one_column_and_a_closed_programme_one_output() -> None:
    plan = plan_of("tax.closed <= 3 && welfare.closed in [1, 2]")
    assert [c.part for c in plan.columns] == [ColumnPart.MISS, ColumnPart.MISS]
    assert [(o.bound, o.circuit) for o in plan.outputs] == [(Bound.BOTH, Sum((Miss(0), Miss(1))))]
    assert [q.answer_count for q in plan.questions] == [2, 2]


def test_a_closed_literal_serves_both_bounds_beside_an_open_one() -> None:
    plan = plan_of("tax.closed <= 3 || welfare.grade == 1")
    assert [o.circuit for o in plan.outputs] == [
        Product((Miss(0), Miss(1))),
        Product((Miss(0), Miss(2))),
    ]


def test_questions_ascend_by_role_and_equal_literals_are_asked_once() -> None:
    plan = plan_of(
        "welfare.grade == 1 && tax.bracket == 7 || welfare.grade == 2 && tax.bracket == 7"
    )
    assert [q.text for q in plan.questions] == [
        "tax.bracket == 7",
        "welfare.grade == 1",
        "welfare.grade == 2",
    ]
    assert plan.questions[1].columns == (2, 3)


def test_a_one_role_programme_is_a_single_miss() -> None:
    plan = plan_of("tax.bracket <= 3 || tax.dependants >= 4")
    assert [o.circuit for o in plan.outputs] == [Miss(0), Miss(1)]


def test_one_hot_columns_are_classes_and_absence() -> None:
    plan = plan_of("school.year <= 2 && welfare.closed == 0", ColumnKind.ATTRIBUTE)
    assert [(c.question, c.part, c.class_index) for c in plan.columns] == [
        *((0, ColumnPart.CLASS, number) for number in range(6)),
        (0, ColumnPart.ABSENT, None),
        *((1, ColumnPart.CLASS, number) for number in range(7)),
    ]
    assert [q.answer_count for q in plan.questions] == [7, 7]
    assert [o.circuit for o in plan.outputs] == [
        Sum((Unselected((0, 1)), Unselected((7,)))),
        Sum((Unselected((0, 1, 6)), Unselected((7,)))),
    ]


def test_adjacent_conditions_on_one_attribute_become_one_selection() -> None:
    plan = plan_of(
        "(tax.bracket == 0 || tax.bracket == 7) && welfare.grade != 0 && welfare.grade != 6",
        ColumnKind.ATTRIBUTE,
    )
    assert plan.outputs[0].circuit == Sum((Unselected((0, 7)), Unselected((10, 11, 12, 13, 14))))


def test_a_selection_over_bands() -> None:
    predicate = normal_form(predicate_of("tax.income <= 999 && tax.income > -1"))
    assert selected_classes(predicate, BANDED) == (1,)


@pytest.mark.parametrize("limit", [998, 1000])
def test_a_limit_beside_a_band_edge_is_refused(limit: int) -> None:
    with pytest.raises(UnsupportedPredicate, match=r"tax.income <= \d+ cuts through the class"):
        plan_of(f"tax.income <= {limit}", ColumnKind.ATTRIBUTE)


def test_one_value_inside_a_wide_class_is_refused() -> None:
    with pytest.raises(UnsupportedPredicate, match="cuts through"):
        plan_of("tax.income == 500", ColumnKind.ATTRIBUTE)


def test_two_attributes_compared_have_no_one_hot_form() -> None:
    with pytest.raises(UnsupportedPredicate, match=r"tax\.bracket == tax\.dependants"):
        plan_of("tax.bracket == tax.dependants && welfare.grade == 1", ColumnKind.ATTRIBUTE)


def test_an_attribute_with_too_many_classes_is_refused() -> None:
    with pytest.raises(UnsupportedPredicate, match="more than 64 classes"):
        plan_of("tax.wealth <= 10", ColumnKind.ATTRIBUTE)


@pytest.mark.parametrize("text", ["tax.income < 10000", "tax.income < -500"])
def test_a_selection_of_all_or_no_classes_is_refused(text: str) -> None:
    with pytest.raises(DegeneratePredicate):
        selected_classes(normal_form(predicate_of(text)), BANDED)


def test_an_enclave_gets_one_value_column_an_attribute() -> None:
    plan = plan_of("welfare.grade == 1 && tax.closed == 1 && tax.income < 5", ColumnKind.VALUE)
    assert [(q.text, q.lowest_answer, q.answer_count) for q in plan.questions] == [
        ("tax.closed", 0, 8),
        ("tax.income", -500, 10501),
        ("welfare.grade", 0, 8),
    ]
    assert plan.columns[1] == Column(1, 1, plan.questions[1].role, 0, ColumnPart.VALUE)
    assert [(o.bound, o.circuit) for o in plan.outputs] == [(Bound.BOTH, None)]


OUTCOMES = {"full": "tax.bracket <= 1", "half": None}
COUNTED = "members.filter(m, m.tax.bracket <= 3).size() >= 2"


def _asked(plan: Plan) -> list[tuple[str, int, str]]:
    return [(q.role, q.provider, q.text) for q in plan.questions]


def test_every_tier_has_a_pessimistic_output_and_all_have_one_optimistic() -> None:
    plan = plan_of("tax.bracket <= 3 && welfare.grade == 1", tiers=OUTCOMES)
    assert [(o.bound, o.tier) for o in plan.outputs] == [
        (Bound.PESSIMISTIC, 0),
        (Bound.PESSIMISTIC, 1),
        (Bound.OPTIMISTIC, 0),
    ]
    assert [(q.text, q.columns) for q in plan.questions] == [
        ("tax.bracket <= 3 && tax.bracket <= 1", (0,)),
        ("tax.bracket <= 3 && tax.bracket > 1", (1,)),
        ("tax.bracket <= 3", (2,)),
        ("welfare.grade == 1", (3, 4)),
    ]
    parts = [column.part for column in plan.columns]
    assert parts == [
        ColumnPart.PESSIMISTIC,
        ColumnPart.PESSIMISTIC,
        ColumnPart.OPTIMISTIC,
        ColumnPart.PESSIMISTIC,
        ColumnPart.OPTIMISTIC,
    ]
    assert plan.outputs[-1].circuit == Sum((Miss(2), Miss(4)))


def test_tiers_of_a_closed_world_have_one_output_each() -> None:
    plan = plan_of("tax.closed <= 3", tiers={"full": "tax.closed <= 1", "half": None})
    assert [(o.bound, o.tier, o.circuit) for o in plan.outputs] == [
        (Bound.BOTH, 0, Miss(0)),
        (Bound.BOTH, 1, Miss(1)),
    ]


def test_an_uncertain_condition_of_a_tier_makes_eligibility_an_output_of_its_own() -> None:
    plan = plan_of("tax.closed <= 3", tiers={"full": "tax.bracket <= 1", "half": None})
    assert [o.bound for o in plan.outputs] == [
        Bound.PESSIMISTIC,
        Bound.PESSIMISTIC,
        Bound.OPTIMISTIC,
    ]
    assert plan.columns[2].part is ColumnPart.MISS


def test_one_tier_is_laid_out_as_none() -> None:
    text = "tax.bracket <= 3 && welfare.grade == 1"
    with_tier = plan_of(text, tiers={"only": None})
    assert with_tier.columns == plan_of(text).columns
    assert with_tier.outputs == plan_of(text).outputs


def test_a_settled_literal_has_one_column() -> None:
    plan = plan_of("tax.bracket <= 3 && welfare.grade == 1", absent={"tax.bracket": "ineligible"})
    assert [c.part for c in plan.columns] == [
        ColumnPart.MISS,
        ColumnPart.PESSIMISTIC,
        ColumnPart.OPTIMISTIC,
    ]
    assert [q.answer_count for q in plan.questions] == [2, 3]


def test_every_agency_of_a_role_is_asked_the_whole_literal_about_persons() -> None:
    plan = plan_of("tax.bracket <= 3 && welfare.closed == 1", agencies={"tax": 2})
    assert _asked(plan) == [
        ("tax", 0, "tax.bracket <= 3"),
        ("tax", 1, "tax.bracket <= 3"),
        ("welfare", 0, "welfare.closed == 1"),
    ]
    assert [q.elsewhere for q in plan.questions] == [0, 0, None]
    assert [o.circuit for o in plan.outputs] == [
        Sum((OneOf((0, 2)), Miss(4))),
        Sum((OneOf((1, 3)), Miss(4))),
    ]
    assert [(c.role, c.provider) for c in plan.columns] == [
        *[("tax", 0)] * 2,
        *[("tax", 1)] * 2,
        ("welfare", 0),
    ]


def test_a_threshold_tolerates_what_may_be_missed() -> None:
    plan = plan_of(
        "at_least(2, [tax.bracket <= 3, welfare.closed == 1, school.year == 1])",
        agencies={"school": 2},
    )
    assert plan.outputs[0].circuit == AtMost(1, (Miss(4), Miss(6), OneOf((0, 2))))


def test_counts_over_agencies_are_graded() -> None:
    plan = plan_of(COUNTED, agencies={"tax": 2}, most_members=4, absent={"tax.bracket": "eligible"})
    assert _asked(plan) == [
        ("tax", provider, text)
        for provider in (0, 1)
        for text in (
            "members.exists(m, (m.tax.bracket <= 3).orValue(true))",
            "members.filter(m, (m.tax.bracket <= 3).orValue(true)).size() >= 2",
        )
    ]
    # None of two: fewer than 1 here and fewer than 2 there, or the other way round.
    assert plan.outputs[0].circuit == Sum(
        (Product((Miss(0), Miss(3))), Product((Miss(1), Miss(2))))
    )
    assert all(question.elsewhere is None for question in plan.questions)


def test_exceptions_over_agencies_are_graded() -> None:
    plan = plan_of(
        "members.filter(m, m.tax.closed > 3).size() <= 1", agencies={"tax": 2}, most_members=4
    )
    grades = [
        "members.all(m, m.tax.closed <= 3)",
        "members.filter(m, !(m.tax.closed <= 3)).size() <= 1",
    ]
    assert [text for _, provider, text in _asked(plan) if provider == 0] == grades
    # Two exceptions: both there, one each, or both here.
    assert plan.outputs[0].circuit == Sum((Miss(3), Product((Miss(0), Miss(2))), Miss(1)))


def test_all_over_agencies_adds_and_some_multiplies() -> None:
    every = plan_of("members.all(m, m.tax.closed <= 3)", agencies={"tax": 3}, most_members=4)
    some = plan_of("members.exists(m, m.tax.closed <= 3)", agencies={"tax": 3}, most_members=4)
    # Shares of one exception ascend: the last agency's first.
    assert every.outputs[0].circuit == Sum((Miss(2), Miss(1), Miss(0)))
    assert some.outputs[0].circuit == Product((Miss(0), Miss(1), Miss(2)))


def test_counts_too_far_for_the_agencies_are_refused_by_name() -> None:
    with pytest.raises(UnsupportedPredicate, match=r"size\(\) >= 7 counts too far for 4 agencies"):
        plan_of(
            "members.filter(m, m.tax.bracket <= 3).size() >= 7",
            agencies={"tax": 4},
            most_members=8,
        )


def test_one_agency_answers_a_household_as_a_whole() -> None:
    plan = plan_of(f"{COUNTED} || members.all(m, m.tax.resident)", most_members=4)
    assert [o.circuit for o in plan.outputs] == [Miss(0), Miss(1)]


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"most_members": 3}, "a programme of households has no attribute columns"),
        ({"tiers": OUTCOMES}, "a programme with several outcomes has no attribute columns"),
    ],
)
def test_attribute_columns_are_for_persons_and_one_outcome(
    more: dict[str, object], what: str
) -> None:
    text = COUNTED if "most_members" in more else "tax.bracket <= 3 && welfare.grade == 1"
    with pytest.raises(UnsupportedPredicate, match=what) as caught:
        plan_of(text, ColumnKind.ATTRIBUTE, **more)  # type: ignore[arg-type]
    assert "enclave" in str(caught.value.fix)


def test_classes_of_several_agencies_are_selected_together() -> None:
    plan = plan_of("school.year <= 2", ColumnKind.ATTRIBUTE, agencies={"school": 2})
    assert [(q.provider, q.answer_count, q.elsewhere) for q in plan.questions] == [
        (0, 8, 7),
        (1, 8, 7),
    ]
    assert [o.circuit for o in plan.outputs] == [
        Unselected((0, 1, 7, 8)),
        Unselected((0, 1, 6, 7, 8, 13)),
    ]


@pytest.mark.parametrize(("verdict", "selected"), [("eligible", (0, 1, 6)), ("ineligible", (0, 1))])
def test_a_settled_absence_is_a_class_like_others(verdict: str, selected: tuple[int, ...]) -> None:
    plan = plan_of("school.year <= 2", ColumnKind.ATTRIBUTE, absent={"school.year": verdict})
    assert [(o.bound, o.circuit) for o in plan.outputs] == [(Bound.BOTH, Unselected(selected))]


def test_a_closed_attribute_has_an_answer_for_nobody_too() -> None:
    plan = plan_of("tax.closed <= 2", ColumnKind.ATTRIBUTE, agencies={"tax": 2})
    assert [(len(q.columns), q.answer_count, q.elsewhere) for q in plan.questions] == [
        (8, 10, 9),
        (8, 10, 9),
    ]


def test_an_enclave_gets_a_column_a_seat_and_agency() -> None:
    plan = plan_of(
        "members.all(m, m.tax.bracket <= 3 && m.tax.closed == 1) && "
        "members.exists(m, m.welfare.grade == 1)",
        ColumnKind.VALUE,
        agencies={"welfare": 2},
        most_members=2,
    )
    assert [(q.role, q.provider, q.text, q.seat) for q in plan.questions] == [
        ("tax", 0, "tax.bracket", 0),
        ("tax", 0, "tax.bracket", 1),
        ("tax", 0, "tax.closed", 0),
        ("tax", 0, "tax.closed", 1),
        ("welfare", 0, "welfare.grade", 0),
        ("welfare", 0, "welfare.grade", 1),
        ("welfare", 1, "welfare.grade", 0),
        ("welfare", 1, "welfare.grade", 1),
    ]
    assert {(q.text, q.elsewhere, q.answer_count) for q in plan.questions} == {
        ("tax.bracket", 9, 10),
        ("tax.closed", 9, 10),
        ("welfare.grade", 8, 9),
    }
    assert len(plan.outputs) == 1


def test_an_enclave_decides_all_tiers_in_one_output() -> None:
    plan = plan_of("tax.bracket <= 3 && welfare.grade == 1", ColumnKind.VALUE, tiers=OUTCOMES)
    assert [(o.bound, o.tier, o.circuit) for o in plan.outputs] == [(Bound.BOTH, 0, None)]
