"""The commitment to who was asked about, opened to the overseer on demand.

The commitment has two parts, so that the costly one is paid once for a cohort and not for every
run: the digest of the people in cohort order, and the slots they sit in during this run.

Rules:
 * Everything is preceded by its count or has a fixed width: two cohorts never give the same bytes.
 * The commitment is salted per run; without the salt nobody can test a guess.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from matcher.core.binding import Domain, bound, number, sha256, text
from matcher.core.errors import InvalidCohort
from matcher.core.identifiers import Digest, Role
from matcher.core.roster import CODE_BYTES


def people_digest(
    lengths: NDArray[np.uint16],
    names: bytes | memoryview,
    codes: Mapping[Role, NDArray[np.uint8]],
) -> Digest:
    """Return the digest of a cohort: names and every role's codes, in cohort order.

    It covers, after the domain prefix: the number of subjects and the number of roles (four bytes
    big-endian each); SHA-256 of the lengths of the names (two bytes little-endian each) followed by
    the names; then by role ascending its name as text and SHA-256 of its codes.

    Args:
        lengths: of the subjects' names in bytes of UTF-8, shape (n,).
        names: the names, one after the other.
        codes: link codes by role, each C-contiguous of shape (n, 16).

    Raises:
        InvalidCohort: the shapes do not fit each other.
    """
    count = len(lengths)
    named = hashlib.sha256(np.ascontiguousarray(lengths, dtype="<u2").data)
    named.update(names)
    if int(lengths.sum(dtype=np.int64)) != len(names) or any(
        array.shape != (count, CODE_BYTES) for array in codes.values()
    ):
        raise InvalidCohort("names, lengths and codes are not of the same subjects")
    fields = [number(count), number(len(codes)), named.digest()]
    digests: dict[int, Digest] = {}
    for role in sorted(codes):
        # Roles without identifiers of their own share one array, which is hashed once.
        array = codes[role]
        if id(array) not in digests:
            digests[id(array)] = sha256(np.ascontiguousarray(array).data)
        fields += [text(role), digests[id(array)]]
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
