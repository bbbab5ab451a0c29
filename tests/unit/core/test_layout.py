from __future__ import annotations

import pytest

from matcher.core.attribute_layout import selected_classes
from matcher.core.circuit import Miss, Product, Sum, Unselected
from matcher.core.errors import DegeneratePredicate, UnsupportedPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.normal import normal_form
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
