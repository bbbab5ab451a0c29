"""Seats a cohort for one run and writes who sits where, one roster an agency.

Rules:
 * Canaries and padding sit in the same slots for every provider: the control map is serialised once
   and the same bytes go into every roster.
 * Salts are fresh for every run and roster; without them neither digest nor commitment can be
   guessed.
 * A person's code stands in the roster of one agency of every role; in the others' of that role
   its place is empty. A household has as many places in its slot as its programme allows members.
 * Where agencies share a role, members take their places by chance, the same for all agencies: the
   place of its own member would tell an agency how many others come before.
 * A roster leaves this module only sealed to its provider, for one statement, and padded: the
   matcher sees its length, which must not tell how many people are asked about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from clients.requester.cohort import Cohort
from matcher.core.binding import control_commitment, roster_seal_info, sha256
from matcher.core.cohort import cohort_commitment
from matcher.core.controls import RandomBytes, Seating, most_subjects, seat
from matcher.core.errors import InvalidCohort
from matcher.core.identifiers import AgencyId, Digest, Role, RunId
from matcher.core.plan import Plan
from matcher.core.roster import CODE_BYTES
from matcher.core.statement import ProviderAssignment
from matcher.identity.card import Card
from matcher.identity.sealing import seal
from matcher.wire.roster import Roster, encode_control_map, encode_roster, pad_roster

_SALT_BYTES = 32


@dataclass(frozen=True, slots=True, eq=False)
class Rosters:
    """The seating of one run, with what the statement says about it.

    Attributes:
        seating: control slots and the slot of every subject.
        assignments: role, agency and roster digest, by role and agency ascending.
        control_commitment: to the control map.
        cohort_commitment: to the people and their slots.
        cohort_salt: opens the cohort commitment; the requester keeps it for the overseer.
        control_map: the same bytes in every roster.
        control_salt: opens the control commitment.
    """

    seating: Seating
    assignments: tuple[ProviderAssignment, ...]
    control_commitment: Digest
    cohort_commitment: Digest
    cohort_salt: bytes = field(repr=False)
    control_map: bytes = field(repr=False)
    control_salt: bytes = field(repr=False)
    _padded: Mapping[AgencyId, bytes] = field(repr=False)

    def sealed(self, statement: Digest, provider: Card) -> bytes:
        """Return the roster of the agency with this verified card, sealed for ``statement``.

        Raises:
            InvalidKey: nothing can be sealed to the card's key.
        """
        info = roster_seal_info(statement, provider.agency)
        return seal(provider.sealing_key, info, self._padded[provider.agency])


def make_rosters(
    plan: Plan,
    cohort: Cohort,
    run: RunId,
    random_bytes: RandomBytes,
) -> Rosters:
    """Seat ``cohort`` and write the rosters of ``run``.

    Args:
        plan: says how many slots a chunk has, how many places a slot, and what canaries answer.
        cohort: loaded for the programme of the plan and as many agencies a role.
        run: the run's id.
        random_bytes: a cryptographic source.

    Raises:
        InvalidCohort: it was loaded for another programme, or other roles or agencies, or it is
            larger than the run's key may decide.
    """
    check_terms(plan, cohort)
    check_size(plan, cohort)
    seating = seat(plan, len(cohort), random_bytes)
    control_map = encode_control_map(seating.chunks)
    control_salt = random_bytes(_SALT_BYTES)
    room = len(seating.chunks) * plan.chunk_slots * plan.seats
    place_of = _places(plan, cohort, seating, random_bytes)
    padded = {}
    assignments = []
    for role, number, agency in _parties(cohort):
        asked = cohort.asked[role]
        own = slice(None) if asked.places is None else np.flatnonzero(asked.places == number)
        data = encode_roster(
            Roster(
                run_id=run,
                provider=agency,
                salt=random_bytes(_SALT_BYTES),
                control_map=control_map,
                control_salt=control_salt,
                codes=_placed(asked.codes[own], place_of[own], room),
            )
        )
        padded[agency] = pad_roster(data, plan, len(seating.chunks))
        assignments.append(ProviderAssignment(role, agency, sha256(data)))
    cohort_salt = random_bytes(_SALT_BYTES)
    return Rosters(
        seating=seating,
        assignments=tuple(assignments),
        control_commitment=control_commitment(control_salt, control_map),
        cohort_commitment=cohort_commitment(cohort_salt, cohort.people, seating.slot_of),
        cohort_salt=cohort_salt,
        control_map=control_map,
        control_salt=control_salt,
        _padded=padded,
    )


def check_terms(plan: Plan, cohort: Cohort) -> None:
    """Check that ``cohort`` was loaded for the programme and the parties of ``plan``.

    Raises:
        InvalidCohort: it was not.
    """
    terms, programme = cohort.terms, plan.programme
    if (terms.unit, terms.most_members) != (programme.unit, programme.most_members):
        raise InvalidCohort("the cohort was loaded for another programme", where=cohort.name)
    if terms.agency_counts != plan.agencies:
        raise InvalidCohort(
            "the cohort was loaded for other roles or agencies than the programme was compiled for",
            where=cohort.name,
        )


def check_size(plan: Plan, cohort: Cohort) -> None:
    """Check that one key may open all outputs of a run of ``plan`` for ``cohort``.

    Raises:
        InvalidCohort: the scheme limits the decryptions of a key, and it takes more.
    """
    most = most_subjects(plan)
    if most is not None and len(cohort) > most:
        raise InvalidCohort(
            f"a key of the scheme {plan.scheme.value} decides at most {most} subjects of this "
            f"programme, and the cohort has {len(cohort)}",
            where=cohort.name,
            fix="split the cohort, or use a scheme without a limit of decryptions",
        )


def _parties(cohort: Cohort) -> Iterator[tuple[Role, int, AgencyId]]:
    """Yield every agency with its role and its number in the role, as a statement lists them."""
    for role, agencies in sorted(cohort.terms.agencies.items()):
        for number, agency in enumerate(agencies):
            yield role, number, agency


def _places(
    plan: Plan, cohort: Cohort, seating: Seating, random_bytes: RandomBytes
) -> NDArray[np.int64]:
    """Return where in a roster everybody's code stands: slot after slot, seat after seat."""
    households = cohort.households
    if households is None:
        return seating.slot_of
    seat_of = households.seat_of
    if max(plan.agencies.values()) > 1:
        keys = np.frombuffer(random_bytes(8 * len(cohort) * plan.seats), dtype="<u8")
        order = np.argsort(keys.reshape(-1, plan.seats), axis=1, kind="stable")
        seat_of = order[households.group_of, seat_of]
    return seating.slot_of[households.group_of] * plan.seats + seat_of


def _placed(codes: NDArray[np.uint8], place_of: NDArray[np.int64], room: int) -> NDArray[np.uint8]:
    # As opaque 16-byte items: copying rows of bytes takes four times as long.
    item = np.dtype((np.void, CODE_BYTES))
    placed = np.zeros(room, dtype=item)
    placed[place_of] = np.ascontiguousarray(codes).view(item)[:, 0]
    return placed.view(np.uint8).reshape(room, CODE_BYTES)
