"""A compiled plan: what every party of a run knows about what is asked and computed.

How it is made from a programme is in ``plan``, what follows from answers in ``deciding``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from matcher.core.canonical import JsonObject
from matcher.core.catalogue import Attribute
from matcher.core.circuit import Circuit
from matcher.core.identifiers import AttributeName, Digest, Role
from matcher.core.layout import Asked, Layout
from matcher.core.parameters import Parameters
from matcher.core.plan_form import plan_json
from matcher.core.predicate import Predicate
from matcher.core.programme import Programme, Unit
from matcher.core.questions import Column, Output, Question
from matcher.core.scheme import ColumnKind, Scheme


@dataclass(frozen=True, slots=True)
class Plan:
    """A programme compiled for one scheme, one kind of column, one date and so many agencies.

    Attributes:
        programme: what was compiled.
        programme_digest: of the bundle it was compiled from.
        scheme: how attributes are protected.
        column_kind: what an answer turns into.
        reference_date: the day whose parameters count.
        predicate: who is eligible: in negation normal form, parameters substituted.
        tiers: who gets each outcome, likewise; ``predicate`` alone where there are no outcomes.
        seats: how many members a slot holds at most; 1 for persons.
        agencies: how many agencies answer for each role of the programme, by role ascending.
        questions: in ascending order of role and agency.
        columns: in the order of their questions.
        outputs: one a tier and, where something can be unknown, an optimistic one.
        parameters: of the homomorphic scheme; None for the enclave and the clear.
        chunk_slots: how many subjects and control slots a chunk holds.
        digest: SHA-256 over the canonical JSON of everything that affects evaluation.
    """

    programme: Programme
    programme_digest: Digest
    scheme: Scheme
    column_kind: ColumnKind
    reference_date: date
    predicate: Predicate
    tiers: tuple[Predicate, ...]
    seats: int
    agencies: Mapping[Role, int]
    questions: tuple[Question, ...]
    columns: tuple[Column, ...]
    outputs: tuple[Output, ...]
    parameters: Parameters | None
    chunk_slots: int
    digest: Digest

    def columns_of(self, role: Role, provider: int = 0) -> tuple[Column, ...]:
        """Return the columns that one of the agencies of ``role`` sends, ascending."""
        own = (role, provider)
        return tuple(column for column in self.columns if (column.role, column.provider) == own)

    def questions_of(self, role: Role, provider: int = 0) -> tuple[Question, ...]:
        """Return the questions that one of the agencies of ``role`` answers, ascending."""
        own = (role, provider)
        return tuple(one for one in self.questions if (one.role, one.provider) == own)

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that answer, ascending."""
        return tuple(dict.fromkeys(question.role for question in self.questions))

    @property
    def attributes(self) -> Mapping[AttributeName, Attribute]:
        """The attributes the programme reads."""
        return self.programme.catalogue.attributes

    @property
    def circuits(self) -> tuple[Circuit, ...]:
        """The circuits of the outputs; empty for an enclave."""
        return tuple(output.circuit for output in self.outputs if output.circuit is not None)

    def to_json(self) -> JsonObject:
        """Return everything that affects evaluation, without titles."""
        return plan_json(
            programme_digest=self.programme_digest,
            scheme=self.scheme,
            column_kind=self.column_kind,
            reference_date=self.reference_date,
            asked=asked_of(self.programme, self.predicate, self.tiers, self.agencies),
            layout=Layout(self.questions, self.columns, self.outputs),
            parameters=self.parameters,
            chunk_slots=self.chunk_slots,
        )


def asked_of(
    programme: Programme,
    predicate: Predicate,
    tiers: tuple[Predicate, ...],
    agencies: Mapping[Role, int],
) -> Asked:
    """Return what the plan of ``programme`` is laid out from."""
    return Asked(
        predicate=predicate,
        tiers=tiers,
        attributes=programme.catalogue.attributes,
        household=programme.unit is Unit.HOUSEHOLD,
        seats=programme.most_members,
        agencies=agencies,
    )
