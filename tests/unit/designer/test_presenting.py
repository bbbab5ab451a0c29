from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from clients.designer.presenting import formula, plan_grid, plan_lines
from matcher.core.binding import sha256
from matcher.core.circuit import AtMost, Circuit, Miss, OneOf, Product, Sum, Unselected
from matcher.core.identifiers import Role
from matcher.core.plan import Plan, compile_plan
from matcher.core.scheme import ColumnKind, Scheme
from matcher.language import load_programme
from tests.designer_files import write_household, write_person

C0, C1, C2 = Miss(0), Miss(1), Miss(2)

FORMULAS: dict[str, tuple[Circuit, str]] = {
    "a conjunction": (Sum((C0, C1, C2)), "c0 + c1 + c2"),
    "a disjunction": (Product((C0, C1)), "c0 * c1"),
    "a conjunction among alternatives": (Product((Sum((C0, C1)), C2)), "(c0 + c1) * c2"),
    "alternatives among conditions": (Sum((Product((C0, C1)), C2)), "c0 * c1 + c2"),
    "a threshold": (
        AtMost(2, (C0, C1, C2, Miss(3))),
        "(s = c0 + c1 + c2 + c3; s * (s - 1) * (s - 2))",
    ),
    "an answer of one of two agencies": (Product((OneOf((0, 1)), C2)), "(c0 + c1) * c2"),
    "a selection of classes": (Product((Unselected((3, 4)), C0)), "(1 - c3 - c4) * c0"),
}


@pytest.mark.parametrize(("circuit", "text"), FORMULAS.values(), ids=FORMULAS.keys())
def test_a_formula_reads_as_arithmetic(circuit: Circuit, text: str) -> None:
    assert formula(circuit) == text


def _plan(path: Path, scheme: Scheme, kind: ColumnKind, **agencies: int) -> Plan:
    programme = load_programme(path)
    counts = {Role(role): count for role, count in agencies.items()}
    return compile_plan(programme, sha256(b""), scheme, kind, date(2026, 6, 1), agencies=counts)


def _rows(plan: Plan) -> list[tuple[str, str, str]]:
    grid = plan_grid(plan)
    columns = [[str(cell) for cell in column.cells] for column in grid.columns]
    return list(zip(*columns, strict=True))


def test_outputs_name_the_outcome_they_decide(tmp_path: Path) -> None:
    plan = _plan(write_person(tmp_path), Scheme.BGV, ColumnKind.DECISION)
    outputs = [line for line in plan_lines(plan) if line.startswith("output")]
    assert [line.partition("  (")[2] for line in outputs] == [
        "0 where eligible for full)",
        "0 where eligible for half)",
        "0 where not certainly ineligible)",
    ]


def test_the_seats_of_a_household_are_one_line(tmp_path: Path) -> None:
    plan = _plan(write_household(tmp_path), Scheme.ENCLAVE, ColumnKind.VALUE)
    assert _rows(plan) == [
        ("tax", "tax.taxed, 3 seats", "0 to 2"),
        ("welfare", "welfare.grade, 3 seats", "3 to 5"),
    ]
    assert "           households of up to 3 members" in plan_lines(plan)


def test_several_agencies_of_a_role_are_counted(tmp_path: Path) -> None:
    plan = _plan(write_household(tmp_path), Scheme.ENCLAVE, ColumnKind.VALUE, tax=2)
    assert [role for role, _, _ in _rows(plan)] == ["tax (1 of 2)", "tax (2 of 2)", "welfare"]
