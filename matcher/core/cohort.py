"""The commitment to who was asked about, opened to the overseer on demand.

The commitment has two parts, so that the costly one is paid once for a cohort and not for every
run: the digest of the people in cohort order, and the slots they sit in during this run.

Rules:
 * Everything is preceded by its count or has a fixed width: two cohorts never give the same bytes.
 * Who belongs to which household is covered, and which agency of a role was asked about whom: who
   seats one person under another's name has to do so under the overseer's eyes.
 * The commitment is salted per run; without the salt nobody can test a guess.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.core.binding import Domain, bound, number, sha256, text
from matcher.core.errors import InvalidCohort
from matcher.core.identifiers import AgencyId, Digest, Role
from matcher.core.programme import Unit
from matcher.core.roster import CODE_BYTES


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """Names in an order.

    Attributes:
        lengths: of the names in bytes of UTF-8, shape (n,).
        data: the names, one after the other.
    """

    lengths: NDArray[np.uint16]
    data: bytes | memoryview


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """Who makes up the households of a cohort.

    Attributes:
        sizes: how many members every household has, at least one each, shape (subjects,).
        names: of all members, household after household.
    """

    sizes: NDArray[np.uint8]
    names: Names


@dataclass(frozen=True, slots=True, eq=False)
class AskedPeople:
    """Everybody a role is asked about, and of whom each is asked.

    Attributes:
        codes: link codes of all people in cohort order, C-contiguous, shape (people, 16).
        agencies: those that answer for the role, ascending; at least one.
        places: which of ``agencies`` is asked about every person, shape (people,); None where there
            is one agency only.
    """

    codes: NDArray[np.uint8]
    agencies: tuple[AgencyId, ...]
    places: NDArray[np.uint8] | None = None


def people_digest(
    subjects: Names, roles: Mapping[Role, AskedPeople], members: Members | None = None
) -> Digest:
    """Return the digest of a cohort: names, households, codes and agencies, in cohort order.

    It covers, after the domain prefix: the unit as text; the number of subjects, of people and of
    roles (four bytes big-endian each); SHA-256 of the lengths of the subjects' names (two bytes
    little-endian each) followed by the names; for households SHA-256 of their sizes (one byte each)
    and the same over the members' names as over the subjects'; then by role ascending its name as
    text, the number of its agencies, their ids as text ascending, where there are several SHA-256
    of the number of everybody's agency among them (one byte each), and SHA-256 of the codes.

    Args:
        subjects: names of the subjects.
        roles: what every role is asked about whom.
        members: of the households; None where subjects are persons.

    Raises:
        InvalidCohort: the shapes do not fit each other.
    """
    count = len(subjects.lengths)
    people = count if members is None else len(members.names.lengths)
    _check_shapes(count, people, roles, members)
    unit = Unit.PERSON if members is None else Unit.HOUSEHOLD
    fields = [text(unit.value), number(count), number(people), number(len(roles)), _named(subjects)]
    if members is not None:
        fields += [sha256(np.ascontiguousarray(members.sizes).data), _named(members.names)]
    digests: dict[int, Digest] = {}
    for role in sorted(roles):
        asked = roles[role]
        fields += [text(role), number(len(asked.agencies)), *map(text, asked.agencies)]
        if asked.places is not None:
            fields.append(sha256(np.ascontiguousarray(asked.places).data))
        # Roles without identifiers of their own share one array, which is hashed once.
        if id(asked.codes) not in digests:
            digests[id(asked.codes)] = sha256(np.ascontiguousarray(asked.codes).data)
        fields.append(digests[id(asked.codes)])
    return sha256(bound(Domain.COHORT_PEOPLE, *fields))


def cohort_commitment(salt: bytes, people: Digest, slot_of: NDArray[np.int64]) -> Digest:
    """Return the commitment to ``people`` sitting in ``slot_of`` under a 32-byte salt.

    Args:
        salt: 32 random bytes, fresh for every run; kept by the requester.
        people: ``people_digest`` of the cohort.
        slot_of: global slot of every subject in cohort order, hashed as four bytes little-endian.
    """
    slots = np.ascontiguousarray(slot_of, dtype="<u4")
    return sha256(bound(Domain.COHORT, salt, people, sha256(slots.data)))


def _named(names: Names) -> Digest:
    if int(names.lengths.sum(dtype=np.int64)) != len(names.data):
        raise InvalidCohort("the lengths of the names do not add up to the names")
    hashed = hashlib.sha256(np.ascontiguousarray(names.lengths, dtype="<u2").data)
    hashed.update(names.data)
    return Digest(hashed.digest())


def _check_shapes(
    subjects: int, people: int, roles: Mapping[Role, AskedPeople], members: Members | None
) -> None:
    fits = all(
        asked.codes.shape == (people, CODE_BYTES)
        and bool(asked.agencies)
        and (asked.places is None) == (len(asked.agencies) == 1)
        and (asked.places is None or asked.places.shape == (people,))
        for asked in roles.values()
    )
    if members is not None:
        sizes = members.sizes
        fits &= len(sizes) == subjects and int(sizes.sum(dtype=np.int64)) == people
    if not fits:
        raise InvalidCohort("names, members, codes and agencies are not of the same people")
