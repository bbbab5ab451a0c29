"""What a programme says about absent records, settled comparison by comparison.

Rules:
 * A comparison that absent records leave unknown never helps where a rule says ``ineligible``, and
   never hurts where all say ``eligible``. Otherwise it stays unknown.
 * One rule of ``ineligible`` suffices; ``eligible`` has to be the rule of every attribute of the
   comparison that can be absent.
 * That is said of the comparison as it stands after all negations: "is not in the list" is no help
   either where nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping

from matcher.core.catalogue import Attribute
from matcher.core.identifiers import AttributeName
from matcher.core.normal import normal_form
from matcher.core.predicate import (
    Comparison,
    Membership,
    Not,
    Predicate,
    Settled,
    attributes_of,
    children_of,
)
from matcher.core.rewriting import with_children
from matcher.core.verdict import Verdict


def settle(
    predicate: Predicate,
    absences: Mapping[AttributeName, Verdict],
    attributes: Mapping[AttributeName, Attribute],
) -> Predicate:
    """Return the negation normal form of ``predicate`` with absent records settled.

    Args:
        predicate: a condition as a whole: what it is negated by later on is no part of the rule.
        absences: what an absent record means for the verdict; undetermined if it is not listed.
        attributes: at least those ``predicate`` reads.
    """
    return _settled(normal_form(predicate), absences, attributes)


def _settled(
    predicate: Predicate,
    absences: Mapping[AttributeName, Verdict],
    attributes: Mapping[AttributeName, Attribute],
) -> Predicate:
    match predicate:
        case Comparison() | Membership():
            holds = _where_unknown(predicate, absences, attributes)
            return predicate if holds is None else Settled(predicate, holds)
        case Not(Membership() as listed):
            holds = _where_unknown(listed, absences, attributes)
            return predicate if holds is None else Not(Settled(listed, not holds))
        case _:
            children = [_settled(c, absences, attributes) for c in children_of(predicate)]
            return with_children(predicate, children)


def _where_unknown(
    leaf: Predicate,
    absences: Mapping[AttributeName, Verdict],
    attributes: Mapping[AttributeName, Attribute],
) -> bool | None:
    """Return what to take where ``leaf`` is unknown; None where it is to stay unknown."""
    rules = {
        absences.get(name, Verdict.UNDETERMINED)
        for name in attributes_of(leaf)
        if not attributes[name].closed_world
    }
    if Verdict.INELIGIBLE in rules:
        return False
    return True if rules == {Verdict.ELIGIBLE} else None
