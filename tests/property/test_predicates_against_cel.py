"""Random predicates and subjects: this system's verdicts against CEL, row by row.

CEL evaluates the same text on maps of what is known; an absent key is an error there, and errors
pass through ``&&`` and ``||`` as Kleene's unknown does. Nothing of this system takes part in that.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from datetime import date

import numpy as np
from cel_expr_python import cel
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from matcher.core.binding import sha256
from matcher.core.catalogue import Attribute, AttributeType, Catalogue
from matcher.core.errors import DegeneratePredicate
from matcher.core.identifiers import AgencyId, AttributeName
from matcher.core.literals import answer
from matcher.core.normal import negated, normal_form
from matcher.core.plan import (
    Plan,
    answer_question,
    compile_plan,
    decisions_from,
    encode_answers,
    evaluate_answers,
)
from matcher.core.predicate import attributes_of
from matcher.core.programme import DatedValue, Programme
from matcher.core.reference import reference_verdicts
from matcher.core.satisfy import satisfying
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.table import Table, Values
from matcher.core.verdict import Verdict
from matcher.language.assembly import Parts, assemble
from matcher.language.cel import Source
from matcher.schemes.clear import ClearEvaluator

DAY = date(2026, 6, 1)
INTEGER, ENUMERATION, BOOLEAN, _DATE = AttributeType
STATES = ("low", "mid", "high")
ATTRIBUTES = {
    attribute.name: attribute
    for attribute in (
        Attribute(AttributeName("tax.bracket"), INTEGER, 0, 5),
        Attribute(AttributeName("tax.dependants"), INTEGER, -2, 3, absent=0),
        Attribute(AttributeName("tax.status"), ENUMERATION, 0, 2, values=STATES),
        Attribute(AttributeName("welfare.grade"), INTEGER, 0, 4),
        Attribute(AttributeName("welfare.carer"), BOOLEAN, 0, 1),
        Attribute(AttributeName("welfare.state"), ENUMERATION, 0, 2, values=STATES, absent=1),
        Attribute(AttributeName("school.year"), INTEGER, 1, 6, absent=1),
        Attribute(AttributeName("school.enrolled"), BOOLEAN, 0, 1),
    )
}
LIMIT = 2
PARAMETERS: dict[str, int | bool | str] = {"limit": LIMIT, "state": "mid", "flag": True}
_MAP = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
_ORACLE = cel.NewEnv(variables=dict.fromkeys(("tax", "welfare", "school", "params"), _MAP))


def _written(attribute: Attribute, code: int) -> int | bool | str:
    if attribute.type is ENUMERATION:
        return STATES[code]
    return bool(code) if attribute.type is BOOLEAN else code


def _literal(attribute: Attribute, code: int) -> str:
    written = _written(attribute, code)
    if isinstance(written, bool):
        return "true" if written else "false"
    return f'"{written}"' if isinstance(written, str) else str(written)


@st.composite
def _leaves(draw: st.DrawFn) -> str:
    attribute = draw(st.sampled_from(list(ATTRIBUTES.values())))
    name = attribute.name
    code = st.integers(attribute.low, attribute.high)
    if draw(st.integers(0, 3)) == 0:
        members = draw(st.lists(code, min_size=1, max_size=4))
        listed = [_literal(attribute, member) for member in members]
        if attribute.type is INTEGER and attribute.low <= LIMIT <= attribute.high:
            listed += draw(st.sampled_from([[], ["params.limit"]]))
        return f"{name} in [{', '.join(listed)}]"
    if attribute.type is BOOLEAN:
        return draw(
            st.sampled_from(
                [name, f"!{name}", f"{name} == false", f"{name} != params.flag", f"true == {name}"]
            )
        )
    operators = ["==", "!="] + (["<", "<=", ">", ">="] if attribute.type is INTEGER else [])
    operator = draw(st.sampled_from(operators))
    right = _literal(attribute, draw(code))
    if attribute.type is ENUMERATION:
        right = draw(st.sampled_from([right, "params.state"]))
    elif draw(st.integers(0, 4)) == 0:
        right = "params.limit"
    return draw(st.sampled_from([f"{name} {operator} {right}", f"{right} {operator} {name}"]))


_PAIRS = st.sampled_from(
    [
        "tax.bracket < tax.dependants",
        "tax.bracket == tax.dependants",
        "tax.dependants >= tax.bracket",
        "1 < 2",
        "false",
    ]
)


def _predicates(leaves: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map(lambda c: f"({' && '.join(c)})"),
            st.lists(inner, min_size=2, max_size=3).map(lambda c: f"({' || '.join(c)})"),
            inner.map(lambda child: f"!({child})"),
        ),
        max_leaves=8,
    )


@dataclass(frozen=True)
class Subjects:
    """What is known about a few people, as codes and as CEL reads it."""

    rows: list[dict[str, int | None]]

    def table(self) -> Table:
        return {name: Values.of([row[name] for row in self.rows]) for name in ATTRIBUTES}

    def maps(self) -> list[dict[str, dict[str, int | bool | str]]]:
        result = []
        for row in self.rows:
            known: dict[str, dict[str, int | bool | str]] = {
                "tax": {},
                "welfare": {},
                "school": {},
                "params": dict(PARAMETERS),
            }
            for name, attribute in ATTRIBUTES.items():
                code = row[name] if row[name] is not None else attribute.absent
                if code is not None:
                    role, _, short = name.partition(".")
                    known[role][short] = _written(attribute, code)
            result.append(known)
        return result


_SUBJECTS = st.lists(
    st.fixed_dictionaries(
        {
            str(name): st.one_of(st.none(), st.integers(attribute.low, attribute.high))
            for name, attribute in ATTRIBUTES.items()
        }
    ),
    min_size=8,
    max_size=24,
).map(Subjects)


def _oracle(text: str, subjects: Subjects) -> list[Verdict]:
    compiled = _ORACLE.compile(text)
    verdicts = []
    for known in subjects.maps():
        result = compiled.eval(data=known)
        if result.type() == cel.Type.ERROR:
            verdicts.append(Verdict.UNDETERMINED)
        else:
            verdicts.append(Verdict.ELIGIBLE if result.value() else Verdict.INELIGIBLE)
    return verdicts


def _programme(text: str) -> Programme:
    used = {name: PARAMETERS[name] for name in PARAMETERS if f"params.{name}" in text}
    parts = Parts(
        id="property/random",
        version="1",
        title={},
        requester=AgencyId("city"),
        affair="property",
        unit="person",
        legal_basis="",
        valid_from=date(2026, 1, 1),
        valid_to=None,
        parameters={name: [DatedValue(DAY, value)] for name, value in used.items()},
    )
    source = Source(text, lambda offset: f"+{offset}")
    assume(any(name in text for name in ATTRIBUTES))
    return assemble(parts, Catalogue("property", ATTRIBUTES), source, [])


def _circuit_verdicts(plan: Plan, table: Table) -> NDArray[np.uint8]:
    columns: dict[int, NDArray[np.uint8]] = {}
    for question in plan.questions:
        answers = answer_question(question, plan.attributes, table)
        columns |= encode_answers(plan, question, answers)
    outputs = [ClearEvaluator().evaluate(circuit, columns) for circuit in plan.circuits]
    return decisions_from(plan, outputs)


_SETTINGS = settings(
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


@_SETTINGS
@given(_predicates(st.one_of(_leaves(), _leaves(), _leaves(), _PAIRS)), _SUBJECTS)
def test_the_reference_agrees_with_cel(text: str, subjects: Subjects) -> None:
    verdicts = reference_verdicts(_programme(text), DAY, subjects.table())
    assert verdicts.tolist() == _oracle(text, subjects)


@_SETTINGS
@given(
    _predicates(st.one_of(_leaves(), _leaves(), _leaves(), _PAIRS)),
    _SUBJECTS,
    st.sampled_from([ColumnKind.DECISION, ColumnKind.VALUE]),
)
def test_plans_agree_with_cel(text: str, subjects: Subjects, kind: ColumnKind) -> None:
    _compare(text, subjects, kind)


@_SETTINGS
@given(_predicates(_leaves()), _SUBJECTS)
def test_attribute_columns_agree_with_cel(text: str, subjects: Subjects) -> None:
    _compare(text, subjects, ColumnKind.ATTRIBUTE)


@_SETTINGS
@given(_predicates(st.one_of(_leaves(), _leaves(), _leaves(), _PAIRS)))
def test_the_solver_agrees_with_trying_everything(text: str) -> None:
    predicate = normal_form(_programme(text).predicate_on(DAY))
    used = {name: ATTRIBUTES[name] for name in sorted(set(attributes_of(predicate)))}
    assume(used and math.prod(a.high - a.low + 1 for a in used.values()) <= 3000)
    people = list(itertools.product(*(range(a.low, a.high + 1) for a in used.values())))
    table = {
        name: Values.of(column.tolist())
        for name, column in zip(used, np.array(people).T, strict=True)
    }
    answers = set(answer(predicate, used, table).tolist())
    found = satisfying(predicate, used)
    assert (found is not None) == (0 in answers)
    assert (satisfying(negated(predicate), used) is not None) == (1 in answers)
    if found is not None:
        alone = {name: Values.of([code]) for name, code in found.items()}
        assert answer(predicate, used, alone).tolist() == [0]


def _compare(text: str, subjects: Subjects, kind: ColumnKind) -> None:
    try:
        plan = compile_plan(_programme(text), sha256(text.encode()), Scheme.CLEAR, kind, DAY)
    except DegeneratePredicate:
        # Random predicates often repeat or contradict themselves; those are not the subject here.
        reject()
    expected = _oracle(text, subjects)
    table = subjects.table()
    answers = [answer_question(question, plan.attributes, table) for question in plan.questions]
    assert evaluate_answers(plan, answers).tolist() == expected
    if kind is not ColumnKind.VALUE:
        assert _circuit_verdicts(plan, table).tolist() == expected
