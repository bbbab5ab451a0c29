"""Whether the agencies of a run agree about who is where, as far as values tell.

Every member of a slot is assigned to one agency of each role; all other agencies answer that nobody
of theirs is in the seat. Whoever sees the values of all agencies, an enclave, can tell an
assignment that is no such thing, by a requester's mistake or on purpose.

Rules:
 * The columns of an agency say the same about who is there.
 * No two agencies of a role hold the same member.
 * A member that one role knows is known to all roles; a person is known to every role.
 * Control slots keep the rules too: nobody but the providers and the requester can tell them apart.
 * A message names a role, never a slot or a seat.

Not decided here: whether it is the same person in every role, which no agency's answer shows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.core.errors import StatementMismatch
from matcher.core.identifiers import Role
from matcher.core.plan import Plan

_FIX = "assign every member to exactly one agency of each role"


def check_presence(plan: Plan, answers: Sequence[NDArray[np.int32]]) -> None:
    """Check the answers to all questions of a plan of value columns.

    Args:
        plan: whose questions were answered.
        answers: answer codes by question, each of shape (slots,).

    Raises:
        StatementMismatch: a rule above is broken; names the role.
    """
    here: dict[tuple[Role, int, int], NDArray[np.bool_]] = {}
    for question, codes in zip(plan.questions, answers, strict=True):
        elsewhere = question.elsewhere
        mask = np.ones(codes.shape, np.bool_) if elsewhere is None else codes != elsewhere
        place = (question.role, question.provider, question.seat)
        if not np.array_equal(here.setdefault(place, mask), mask):
            raise StatementMismatch(
                "the columns of an agency do not agree about who is there",
                where=question.role,
                fix="look the codes up once for all columns of a run",
            )
    held: dict[Role, NDArray[np.uint8]] = {}
    for (role, _, seat), mask in here.items():
        shape = (plan.seats, len(mask))
        held.setdefault(role, np.zeros(shape, dtype=np.uint8))[seat] += mask
    for role, count in held.items():
        if np.any(count > 1):
            raise StatementMismatch(
                "two agencies of a role hold the same member", where=role, fix=_FIX
            )
        if plan.seats == 1 and not count.all():
            raise StatementMismatch("no agency of a role holds a person", where=role, fix=_FIX)
        if not np.array_equal(count, held[plan.roles[0]]):
            raise StatementMismatch(
                "a member is held in one role and by nobody in another", where=role, fix=_FIX
            )
