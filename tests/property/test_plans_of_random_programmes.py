"""Random programmes over several agencies: what comes out of their plans is what they mean.

Persons and households, counts, thresholds, tiers and settled absences, spread over agencies at
random. Agencies answer, columns are masked and opened, and every decision is compared with that of
the whole predicate on everybody's data side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from matcher.core.binding import sha256
from matcher.core.catalogue import Attribute, AttributeType
from matcher.core.controls import check_controls, expected, seat
from matcher.core.errors import DegeneratePredicate, InvalidPredicate, UnsupportedPredicate
from matcher.core.identifiers import AttributeName, Role
from matcher.core.plan import (
    Plan,
    compile_plan,
    decisions_from,
    encode_answers,
    evaluate_answers,
)
from matcher.core.presence import check_presence
from matcher.core.programme import Programme, Unit
from matcher.core.reference import reference_decisions
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.table import Grouping, Table, Values
from matcher.schemes.clear import ClearEvaluator
from tests.answers_of_agencies import answers_of, spread
from tests.programmes_of_tests import ATTRIBUTES, DAY, programme_of

SEATS = 3
SLOTS = 40
ROLES = ("school", "tax", "town", "welfare")
_NAMES = [
    *("tax.bracket", "tax.dependants", "tax.closed", "tax.resident", "welfare.grade"),
    *("welfare.closed", "welfare.adl", "school.year", "town.years", "town.closed"),
]
MOST_LITERALS = 6
_SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]
_SETTINGS = settings(
    max_examples=max(settings.default.max_examples // 10, 60), suppress_health_check=_SLOW
)


@dataclass(frozen=True)
class _Writer:
    """Writes conditions of a limited number of leaves."""

    draw: st.DrawFn
    leaf: Callable[[], str]

    def condition(self, literals: int) -> str:
        kind = self.draw(st.sampled_from(["leaf", "not", "all", "any", "count"]))
        if literals == 1 or kind == "leaf":
            return self.leaf()
        if kind == "not":
            return f"!({self.condition(literals - 1)})"
        parts = 3 if kind == "count" and literals > 2 else 2
        shares = [literals // parts + (n < literals % parts) for n in range(parts)]
        written = [f"({self.condition(share)})" for share in shares]
        if parts == 3:
            return f"at_least(2, [{', '.join(written)}])"
        return (" && " if kind == "all" else " || ").join(written)


def _leaf(draw: st.DrawFn, prefix: str = "", roles: tuple[str, ...] = ROLES) -> str:
    names = [AttributeName(name) for name in _NAMES if name.partition(".")[0] in roles]
    attribute = ATTRIBUTES[draw(st.sampled_from(names))]
    return _comparison(draw, attribute, prefix + attribute.name)


def _comparison(draw: st.DrawFn, attribute: Attribute, name: str) -> str:
    if attribute.type is AttributeType.BOOLEAN:
        return draw(st.sampled_from([name, f"!{name}"]))
    if attribute.type is AttributeType.ENUMERATION:
        return f'{name} == "{draw(st.sampled_from(attribute.values))}"'
    code = draw(st.integers(attribute.low + 1, attribute.high - 1))
    form = draw(st.sampled_from(["<=", ">", "==", "!=", "in"]))
    return f"{name} in [{code}, {attribute.high}]" if form == "in" else f"{name} {form} {code}"


def _quantifier(draw: st.DrawFn, *, mixed: bool) -> str:
    role = draw(st.sampled_from(ROLES))
    roles = (role, draw(st.sampled_from(ROLES))) if mixed else (role,)
    text = _Writer(draw, lambda: _leaf(draw, "m.", roles)).condition(2)
    macro = draw(st.sampled_from(["all", "exists", "exists_one", "filter"]))
    if macro != "filter":
        return f"members.{macro}(m, {text})"
    operator = draw(st.sampled_from(["<", "<=", "==", "!=", ">=", ">"]))
    return f"members.filter(m, {text}).size() {operator} {draw(st.integers(1, 2))}"


@dataclass(frozen=True)
class Drawn:
    """A programme and how many agencies answer for its roles."""

    programme: Programme
    agencies: Mapping[Role, int]

    def plan(self, kind: ColumnKind) -> Plan:
        programme = self.programme
        digest = sha256(programme.eligible_source.encode())
        return compile_plan(programme, digest, Scheme.CLEAR, kind, DAY, agencies=self.agencies)


@st.composite
def programmes(
    draw: st.DrawFn, *, for_attributes: bool = False, mixed: bool = False, agencies: int = 3
) -> Drawn:
    household = not for_attributes and draw(st.booleans())
    writer = _Writer(draw, lambda: _quantifier(draw, mixed=mixed) if household else _leaf(draw))
    eligible = writer.condition(draw(st.integers(1, MOST_LITERALS)))
    tiers: dict[str, str | None] = {}
    if not for_attributes and draw(st.booleans()):
        tiers = {f"t{n}": writer.condition(2) for n in range(draw(st.integers(1, 2)))}
        tiers["rest"] = None
    seats = SEATS if household else None
    try:
        read = programme_of(eligible, most_members=seats, tiers=tiers).catalogue.attributes
        absent = {
            name: draw(st.sampled_from(["ineligible", "eligible", "undetermined"]))
            for name, attribute in read.items()
            if not attribute.closed_world and draw(st.booleans())
        }
        programme = programme_of(eligible, most_members=seats, tiers=tiers, absent=absent)
    except InvalidPredicate:
        reject()
    counts = {role: draw(st.integers(1, agencies)) for role in programme.items()}
    return Drawn(programme, counts)


def population(
    programme: Programme, rng: np.random.Generator, slots: int = SLOTS
) -> tuple[Table, Grouping | None]:
    """Return ``slots`` persons, or households of up to ``SEATS`` members."""
    rows, grouping = slots, None
    if programme.unit is Unit.HOUSEHOLD:
        sizes = rng.integers(1, SEATS + 1, slots)
        rows = int(sizes.sum())
        grouping = Grouping(slots, np.repeat(np.arange(slots, dtype=np.int32), sizes))
    table = {
        name: Values(
            rng.integers(attribute.low, attribute.high + 1, rows).astype(np.int32),
            rng.random(rows) < 0.7,
        )
        for name, attribute in programme.catalogue.attributes.items()
    }
    return table, grouping


def compare(drawn: Drawn, kind: ColumnKind, seed: int) -> None:
    try:
        plan = drawn.plan(kind)
    except (UnsupportedPredicate, DegeneratePredicate):
        reject()
    rng = np.random.default_rng(seed)
    table, grouping = population(drawn.programme, rng)
    answers = answers_of(plan, table, spread(plan, len(next(iter(table.values()))), rng), grouping)
    meant = reference_decisions(drawn.programme, DAY, table, grouping)
    assert evaluate_answers(plan, answers).tolist() == meant.tolist()
    if kind is ColumnKind.VALUE:
        check_presence(plan, answers)
        return
    columns = {}
    for question, codes in zip(plan.questions, answers, strict=True):
        columns.update(encode_answers(plan, question, codes))
    evaluator = ClearEvaluator(rng.bytes)
    opened = [evaluator.evaluate(circuit, columns) for circuit in plan.circuits]
    assert decisions_from(plan, opened).tolist() == meant.tolist()


@settings(max_examples=max(settings.default.max_examples // 3, 200), suppress_health_check=_SLOW)
@given(drawn=programmes(agencies=1), seed=st.integers(0, 2**32 - 1))
def test_two_hundred_programmes_of_up_to_six_literals_over_four_agencies(
    drawn: Drawn, seed: int
) -> None:
    compare(drawn, ColumnKind.DECISION, seed)


@pytest.mark.parametrize("kind", [ColumnKind.DECISION, ColumnKind.VALUE])
@_SETTINGS
@given(drawn=programmes(), seed=st.integers(0, 2**32 - 1))
def test_agencies_together_decide_what_a_programme_means(
    kind: ColumnKind, drawn: Drawn, seed: int
) -> None:
    compare(drawn, kind, seed)


@_SETTINGS
@given(drawn=programmes(mixed=True), seed=st.integers(0, 2**32 - 1))
def test_an_enclave_decides_what_agencies_cannot_answer_alone(drawn: Drawn, seed: int) -> None:
    compare(drawn, ColumnKind.VALUE, seed)


@_SETTINGS
@given(drawn=programmes(for_attributes=True), seed=st.integers(0, 2**32 - 1))
def test_selected_classes_decide_what_a_programme_means(drawn: Drawn, seed: int) -> None:
    compare(drawn, ColumnKind.ATTRIBUTE, seed)


@pytest.mark.parametrize("kind", ColumnKind)
@_SETTINGS
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_control_slots_of_every_plan_pass_the_checks_of_all_parties(
    kind: ColumnKind, data: st.DataObject, seed: int
) -> None:
    drawn = data.draw(programmes(for_attributes=kind is ColumnKind.ATTRIBUTE))
    try:
        plan = drawn.plan(kind)
    except (UnsupportedPredicate, DegeneratePredicate):
        reject()
    seating = seat(plan, 8100, np.random.default_rng(seed).bytes)
    check_controls(plan, seating.chunks)
    for chunk in seating.chunks:
        if kind is ColumnKind.VALUE:
            check_presence(plan, list(chunk.answers))
        assert len(set(expected(plan, chunk).tolist())) > 1
