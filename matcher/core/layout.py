"""What a plan is laid out from and what comes out: questions, columns and outputs.

How a literal or an attribute becomes columns is said in ``decision_layout``, ``attribute_layout``
and ``value_layout``.

Rules:
 * Questions stand in ascending order of role and, within a role, agency; columns follow their
   questions.
 * Where nothing can be unknown there is one output a tier, which serves both bounds. Else there is
   one pessimistic output a tier and, last, one optimistic output for being eligible at all: the
   last tier takes everybody left, so that who is in no tier is told by that alone.
 * Only columns that some output needs are asked for, all classes of an attribute counting as one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matcher.core.catalogue import Attribute
from matcher.core.certainty import can_be_unknown
from matcher.core.formula_circuit import Part
from matcher.core.identifiers import AttributeName, Role
from matcher.core.predicate import Predicate
from matcher.core.questions import Column, Output, Question
from matcher.core.render import render
from matcher.core.scheme import Bound


@dataclass(frozen=True, slots=True)
class Asked:
    """What has to be found out, and from whom.

    Attributes:
        predicate: who is eligible, in negation normal form.
        tiers: who gets each outcome, in negation normal form and exclusive; ``predicate`` alone
            where a programme has no outcomes.
        attributes: those of the programme.
        household: whether a slot is a household, and quantifiers ask of its members.
        seats: how many members a slot holds at most; 1 for persons.
        agencies: how many agencies answer for each role of ``attributes``.
    """

    predicate: Predicate
    tiers: tuple[Predicate, ...]
    attributes: Mapping[AttributeName, Attribute]
    household: bool
    seats: int
    agencies: Mapping[Role, int]

    def describe(self, predicate: Predicate) -> str:
        """Return the text of a sub-expression."""
        return render(predicate, self.attributes)

    def demands(self) -> tuple[tuple[Bound, int, Predicate], ...]:
        """Return the bound, the tier and the predicate of every output."""
        parts = (self.predicate, *self.tiers)
        if not any(can_be_unknown(part, self.attributes) for part in parts):
            return tuple((Bound.BOTH, tier, part) for tier, part in enumerate(self.tiers))
        certain = ((Bound.PESSIMISTIC, tier, part) for tier, part in enumerate(self.tiers))
        return (*certain, (Bound.OPTIMISTIC, 0, self.predicate))


@dataclass(frozen=True, slots=True)
class Layout:
    """The questions, columns and outputs of a plan.

    ``parts`` are what homomorphic outputs are made of, for messages; empty for an enclave.
    """

    questions: tuple[Question, ...]
    columns: tuple[Column, ...]
    outputs: tuple[Output, ...]
    parts: tuple[Part, ...] = ()


def laid_out(
    asked: Asked,
    questions: tuple[Question, ...],
    columns: tuple[Column, ...],
    part: Callable[[Predicate, Bound], Part],
) -> Layout:
    """Return the layout of ``asked`` whose outputs are what ``part`` says."""
    demands = asked.demands()
    parts = tuple(part(predicate, bound) for bound, _, predicate in demands)
    outputs = tuple(
        Output(index, bound, tier, made.circuit)
        for index, ((bound, tier, _), made) in enumerate(zip(demands, parts, strict=True))
    )
    return Layout(questions, columns, outputs, parts)
