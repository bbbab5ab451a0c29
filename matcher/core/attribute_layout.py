"""Laying out attribute columns: one-hot vectors that the matcher selects from.

Rules:
 * One question for each attribute of a literal and each agency of its role, in order of role,
   agency and first appearance; all classes are columns, then absence unless the world is closed.
 * Limits of comparisons lie at class edges.
 * What is selected of several agencies is added: only the one that has the person sent a 1.
 * Absence is selected where the literal holds without the record: for both bounds if the programme
   has settled that, for the optimistic one if it is unknown.
 * Programmes of households, and of several outcomes, have decision or value columns only.
"""

from __future__ import annotations

from collections.abc import Sequence

from matcher.core.catalogue import MOST_CLASSES, Attribute
from matcher.core.circuit import Unselected
from matcher.core.errors import DegeneratePredicate, UnsupportedPredicate
from matcher.core.formula import Formula, Literal, literals_of, split
from matcher.core.formula_circuit import Part, part_of
from matcher.core.identifiers import AttributeName
from matcher.core.kleene import FALSE, TRUE
from matcher.core.layout import Asked, Layout, laid_out
from matcher.core.limits import all_cuts
from matcher.core.literals import answer
from matcher.core.predicate import Predicate
from matcher.core.questions import Column, ColumnPart, Question
from matcher.core.render import render
from matcher.core.scheme import Bound, ColumnKind
from matcher.core.table import Values


def lay_out_attributes(asked: Asked) -> Layout:
    """Return the layout of ``asked`` for attribute columns.

    Raises:
        UnsupportedPredicate: a limit is not a class edge, an attribute has too many classes, or the
            programme cannot have attribute columns; names what it is.
        DegeneratePredicate: a selection is empty or takes every class.
    """
    if asked.household or len(asked.tiers) > 1:
        what = "of households" if asked.household else "with several outcomes"
        raise UnsupportedPredicate(
            f"a programme {what} has no attribute columns",
            fix="use decision columns, or the enclave scheme",
        )
    formula = split(asked.predicate, lambda name: name, asked.describe)
    questions, columns = _questions(asked, _attributes_of(asked, formula))
    first_columns: dict[AttributeName, list[int]] = {}
    for question in questions:
        first_columns.setdefault(AttributeName(question.text), []).append(question.columns[0])

    def leaf(literal: Literal, bound: Bound) -> Unselected:
        attribute = asked.attributes[AttributeName(literal.owner)]
        selected = list(selected_classes(literal.predicate, attribute))
        if _absence_selected(literal.predicate, attribute, bound):
            selected.append(attribute.class_count)
        firsts = first_columns[attribute.name]
        return Unselected(tuple(first + number for first in firsts for number in selected))

    def part(_: Predicate, bound: Bound) -> Part:
        return part_of(formula, lambda literal: leaf(literal, bound))

    return laid_out(asked, questions, columns, part)


def selected_classes(predicate: Predicate, attribute: Attribute) -> tuple[int, ...]:
    """Return the classes of ``attribute`` that satisfy ``predicate``, which reads only it.

    Raises:
        UnsupportedPredicate: the answer changes inside a class.
        DegeneratePredicate: no class satisfies it, or every class does.
    """
    attributes = {attribute.name: attribute}
    text = render(predicate, attributes)
    starts = sorted(all_cuts(predicate, attribute))
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


def _absence_selected(predicate: Predicate, attribute: Attribute, bound: Bound) -> bool:
    if attribute.closed_world:
        return False
    table = {attribute.name: Values.of([None])}
    without = int(answer(predicate, {attribute.name: attribute}, table)[0])
    return without != FALSE if bound is Bound.OPTIMISTIC else without == TRUE


def _attributes_of(asked: Asked, formula: Formula) -> list[Attribute]:
    names = dict.fromkeys(AttributeName(literal.owner) for literal in literals_of(formula))
    return [asked.attributes[name] for name in names]


def _questions(
    asked: Asked, attributes: Sequence[Attribute]
) -> tuple[tuple[Question, ...], tuple[Column, ...]]:
    places = [
        (attribute.role, provider, attribute)
        for attribute in attributes
        for provider in range(asked.agencies[attribute.role])
    ]
    questions: list[Question] = []
    columns: list[Column] = []
    for _, provider, attribute in sorted(places, key=lambda place: place[:2]):
        if attribute.class_count > MOST_CLASSES:
            raise UnsupportedPredicate(
                f"{attribute.name} has more than {MOST_CLASSES} classes",
                fix="add bands to the catalogue, or use decision columns",
            )
        added = _columns(attribute, provider, len(columns), len(questions))
        questions.append(_question(asked, attribute, provider, len(questions), added))
        columns += added
    return tuple(questions), tuple(columns)


def _columns(attribute: Attribute, provider: int, first: int, question: int) -> list[Column]:
    parts: list[tuple[ColumnPart, int | None]] = [
        (ColumnPart.CLASS, number) for number in range(attribute.class_count)
    ]
    if not attribute.closed_world:
        parts.append((ColumnPart.ABSENT, None))
    return [
        Column(first + offset, question, attribute.role, provider, part, number)
        for offset, (part, number) in enumerate(parts)
    ]


def _question(
    asked: Asked, attribute: Attribute, provider: int, index: int, columns: Sequence[Column]
) -> Question:
    several = asked.agencies[attribute.role] > 1
    return Question(
        index=index,
        role=attribute.role,
        provider=provider,
        seat=0,
        kind=ColumnKind.ATTRIBUTE,
        text=attribute.name,
        literal=None,
        attribute=attribute,
        columns=tuple(column.index for column in columns),
        answer_count=attribute.class_count + 2 if several else len(columns),
        elsewhere=attribute.class_count + 1 if several else None,
    )
