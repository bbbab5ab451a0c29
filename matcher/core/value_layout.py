"""Laying out value columns: an enclave gets every attribute of everybody.

Rules:
 * One question and one column for each attribute, agency and seat, in ascending order of role,
   agency, name and seat; every attribute of the programme, needed on the day or not.
 * Where an agency need not have everybody, there is an answer for that, beyond absence.
 * One output, decided in the clear inside the enclave.
"""

from __future__ import annotations

from matcher.core.catalogue import Attribute
from matcher.core.layout import Asked, Layout
from matcher.core.questions import Column, ColumnPart, Output, Question
from matcher.core.scheme import Bound, ColumnKind


def lay_out_values(asked: Asked) -> Layout:
    """Return the layout of ``asked`` for value columns."""
    places = sorted(
        (attribute.role, provider, attribute.name, seat)
        for attribute in asked.attributes.values()
        for provider in range(asked.agencies[attribute.role])
        for seat in range(asked.seats)
    )
    questions = tuple(
        _question(asked, asked.attributes[name], provider, seat, index)
        for index, (_, provider, name, seat) in enumerate(places)
    )
    columns = tuple(
        Column(question.index, question.index, question.role, question.provider, ColumnPart.VALUE)
        for question in questions
    )
    return Layout(questions, columns, (Output(0, Bound.BOTH, 0, None),))


def _question(asked: Asked, attribute: Attribute, provider: int, seat: int, index: int) -> Question:
    some = asked.household or asked.agencies[attribute.role] > 1
    values = attribute.high - attribute.low + 1
    count = values if attribute.closed_world else values + 1
    return Question(
        index=index,
        role=attribute.role,
        provider=provider,
        seat=seat,
        kind=ColumnKind.VALUE,
        text=attribute.name,
        literal=None,
        attribute=attribute,
        columns=(index,),
        answer_count=values + 2 if some else count,
        elsewhere=attribute.absent_code + 1 if some else None,
    )
