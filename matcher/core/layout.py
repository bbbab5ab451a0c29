"""Laying out questions, columns and circuits for one kind of column.

Rules:
 * Questions stand in ascending order of role, within a role in order of first appearance; equal
   literals are asked once. Columns follow their questions.
 * Where every attribute of the programme has a closed world, one output serves both bounds.
 * Attribute columns need the limits of comparisons at class edges.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from matcher.core.catalogue import MOST_CLASSES, Attribute
from matcher.core.circuit import Circuit, Miss, Product, Sum, Unselected
from matcher.core.errors import DegeneratePredicate, UnsupportedPredicate
from matcher.core.formula import Conjunction, Formula, Literal, literals_of
from matcher.core.identifiers import AttributeName, Role
from matcher.core.kleene import TRUE
from matcher.core.literals import answer
from matcher.core.predicate import Predicate, attributes_of
from matcher.core.questions import Column, ColumnPart, Output, Question
from matcher.core.render import render
from matcher.core.satisfy import cuts
from matcher.core.scheme import Bound, ColumnKind
from matcher.core.table import Values

Attributes = Mapping[AttributeName, Attribute]


@dataclass(frozen=True, slots=True)
class Layout:
    """The questions, columns and outputs of a plan."""

    questions: tuple[Question, ...]
    columns: tuple[Column, ...]
    outputs: tuple[Output, ...]


def lay_out(formula: Formula, attributes: Attributes, kind: ColumnKind) -> Layout:
    """Return the layout of ``formula`` for columns of ``kind``.

    Args:
        formula: cut by role for decision and value columns, by attribute for attribute columns.
        attributes: exactly those the formula reads.
        kind: what an answer turns into.

    Raises:
        UnsupportedPredicate: a limit is not a class edge; names the sub-expression.
        DegeneratePredicate: a selection is empty or takes every class.
    """
    match kind:
        case ColumnKind.DECISION:
            return _decision(formula, attributes)
        case ColumnKind.ATTRIBUTE:
            return _attribute(formula, attributes)
        case ColumnKind.VALUE:
            return _value(attributes)


def _decision(formula: Formula, attributes: Attributes) -> Layout:
    literals = list(dict.fromkeys(literals_of(formula)))
    literals.sort(key=lambda literal: literal.owner)
    questions: list[Question] = []
    columns: list[Column] = []
    numbers: dict[Literal, dict[ColumnPart, int]] = {}
    for literal in literals:
        closed = all(attributes[name].closed_world for name in attributes_of(literal.predicate))
        parts = (ColumnPart.MISS,) if closed else (ColumnPart.PESSIMISTIC, ColumnPart.OPTIMISTIC)
        role = Role(literal.owner)
        added = [
            Column(len(columns) + offset, len(questions), role, 0, part)
            for offset, part in enumerate(parts)
        ]
        numbers[literal] = {column.part: column.index for column in added}
        questions.append(
            Question(
                index=len(questions),
                role=role,
                provider=0,
                seat=0,
                kind=ColumnKind.DECISION,
                text=render(literal.predicate, attributes),
                literal=literal.predicate,
                attribute=None,
                columns=tuple(column.index for column in added),
                answer_count=2 if closed else 3,
            )
        )
        columns += added

    def leaf(literal: Literal, bound: Bound) -> Circuit:
        known = numbers[literal]
        if ColumnPart.MISS in known:
            return Miss(known[ColumnPart.MISS])
        return Miss(known[ColumnPart(bound.value)])

    return Layout(tuple(questions), tuple(columns), _outputs(formula, attributes, leaf))


def _attribute(formula: Formula, attributes: Attributes) -> Layout:
    questions: list[Question] = []
    columns: list[Column] = []
    for attribute in _by_role(formula, attributes):
        if attribute.class_count > MOST_CLASSES:
            raise UnsupportedPredicate(
                f"{attribute.name} has more than {MOST_CLASSES} classes",
                fix="add bands to the catalogue, or use decision columns",
            )
        first = len(columns)
        added = [
            Column(first + number, len(questions), attribute.role, 0, ColumnPart.CLASS, number)
            for number in range(attribute.class_count)
        ]
        if not attribute.closed_world:
            absent = first + attribute.class_count
            added.append(Column(absent, len(questions), attribute.role, 0, ColumnPart.ABSENT))
        questions.append(_about(attribute, ColumnKind.ATTRIBUTE, len(questions), added, len(added)))
        columns += added
    first_column = {q.text: q.columns[0] for q in questions}

    def leaf(literal: Literal, bound: Bound) -> Circuit:
        attribute = attributes[AttributeName(literal.owner)]
        first = first_column[attribute.name]
        selected = [first + number for number in selected_classes(literal.predicate, attribute)]
        if bound is Bound.OPTIMISTIC and not attribute.closed_world:
            selected.append(first + attribute.class_count)
        return Unselected(tuple(selected))

    return Layout(tuple(questions), tuple(columns), _outputs(formula, attributes, leaf))


def _value(attributes: Attributes) -> Layout:
    ordered = sorted(attributes.values(), key=lambda attribute: (attribute.role, attribute.name))
    columns = tuple(
        Column(index, index, attribute.role, 0, ColumnPart.VALUE)
        for index, attribute in enumerate(ordered)
    )
    questions = tuple(
        _about(
            attribute,
            ColumnKind.VALUE,
            index,
            [columns[index]],
            attribute.high - attribute.low + (1 if attribute.closed_world else 2),
        )
        for index, attribute in enumerate(ordered)
    )
    return Layout(questions, columns, (Output(0, Bound.BOTH, 0, None),))


def _about(
    attribute: Attribute, kind: ColumnKind, index: int, columns: Sequence[Column], answers: int
) -> Question:
    return Question(
        index=index,
        role=attribute.role,
        provider=0,
        seat=0,
        kind=kind,
        text=attribute.name,
        literal=None,
        attribute=attribute,
        columns=tuple(column.index for column in columns),
        answer_count=answers,
    )


def selected_classes(predicate: Predicate, attribute: Attribute) -> tuple[int, ...]:
    """Return the classes of ``attribute`` that satisfy ``predicate``, which reads only it.

    Raises:
        UnsupportedPredicate: the answer changes inside a class.
        DegeneratePredicate: no class satisfies it, or every class does.
    """
    attributes = {attribute.name: attribute}
    text = render(predicate, attributes)
    starts = sorted(cuts(predicate, attribute.name))
    selected = []
    for number, (low, high) in enumerate(attribute.class_ranges()):
        codes = [low, *(start for start in starts if low < start <= high)]
        answers = answer(predicate, attributes, {attribute.name: Values.of(codes)})
        if len(set(answers.tolist())) > 1:
            raise UnsupportedPredicate(
                f"{text} cuts through the class {low} to {high} of {attribute.name}",
                fix="move the limit to an edge of the attribute's bands, add the edge to the "
                "catalogue, or use decision columns",
            )
        if answers[0] == TRUE:
            selected.append(number)
    if not selected or len(selected) == attribute.class_count:
        raise DegeneratePredicate(f"{text} {'always' if selected else 'never'} holds")
    return tuple(selected)


def _by_role(formula: Formula, attributes: Attributes) -> list[Attribute]:
    names = dict.fromkeys(AttributeName(literal.owner) for literal in literals_of(formula))
    return sorted((attributes[name] for name in names), key=lambda attribute: attribute.role)


def _outputs(
    formula: Formula, attributes: Attributes, leaf: Callable[[Literal, Bound], Circuit]
) -> tuple[Output, ...]:
    closed = all(attribute.closed_world for attribute in attributes.values())
    bounds = (Bound.BOTH,) if closed else (Bound.PESSIMISTIC, Bound.OPTIMISTIC)
    return tuple(
        Output(index, bound, 0, _circuit(formula, bound, leaf))
        for index, bound in enumerate(bounds)
    )


def _circuit(formula: Formula, bound: Bound, leaf: Callable[[Literal, Bound], Circuit]) -> Circuit:
    if isinstance(formula, Literal):
        return leaf(formula, bound)
    children = tuple(_circuit(child, bound, leaf) for child in formula.children)
    return Sum(children) if isinstance(formula, Conjunction) else Product(children)
