"""Rosters and control maps as bytes, and the checks of a roster that has been received.

A roster says who sits in which slot, to one provider alone. A person's slot has one seat, a
household's as many as its programme allows members. A roster can be large (16 bytes a seat), so
nothing here walks over slots.

Rules:
 * The control map is the same byte string in the roster of every provider, and the statement
   commits to it under a salt.
 * The statement has the digest of the whole roster, which a random salt keeps from being guessed.
 * A seal hides content, not length. A roster is padded before it is sealed, so that its length
   follows from the plan and the number of chunks, and not from how many people are in it.
 * A provider answers only by a roster that ``open_roster`` has given it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from eligibility.v1 import common_pb2
from numpy.typing import NDArray

from matcher.core.binding import control_commitment, roster_seal_info, sha256
from matcher.core.controls import CANARIES_PER_CHUNK, ChunkControls, check_controls
from matcher.core.errors import ControlMismatch, InvalidMessage, StatementMismatch
from matcher.core.identifiers import AgencyId, Digest, RunId, run_id
from matcher.core.plan import Plan
from matcher.core.roster import CODE_BYTES, check_codes
from matcher.core.statement import RunStatement
from matcher.identity.keys import SealingKey
from matcher.identity.sealing import unseal
from matcher.wire.parsing import SALT_BYTES, agency_in, exactly, parse, parse_canonical, serialise

# Protobuf's own limit; at 16 bytes a slot it is reached beyond 16,000 chunks.
MOST_ROSTER_BYTES: Final = 2**31 - 1
# Field 6 with a length: (6 << 3) | 2, the length follows as a varint.
_CODES_TAG: Final = b"\x32"
# Where a padded roster ends and zeros begin (ISO/IEC 7816-4).
_END: Final = b"\x80"
# More than what protobuf adds to the control slots of a chunk, and to a roster.
_CHUNK_FRAME_BYTES: Final = 32
_ROSTER_FRAME_BYTES: Final = 512


@dataclass(frozen=True, slots=True, eq=False)
class Roster:
    """Who sits in which slot, for one provider.

    Attributes:
        run_id: of the run.
        provider: for whom it is sealed.
        salt: 32 random bytes.
        control_map: as ``encode_control_map`` gives it.
        control_salt: 32 random bytes, the same in every roster of the run.
        codes: link codes, slot after slot; zeros in control slots, in empty seats and where another
            agency of the role is asked. C-contiguous, shape (slots * seats, 16).
    """

    run_id: RunId
    provider: AgencyId
    salt: bytes = field(repr=False)
    control_map: bytes = field(repr=False)
    control_salt: bytes = field(repr=False)
    codes: NDArray[np.uint8] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class OpenedRoster:
    """A roster that has passed every check, with its control slots chunk by chunk."""

    roster: Roster
    controls: tuple[ChunkControls, ...]


def encode_control_map(chunks: Sequence[ChunkControls]) -> bytes:
    """Return the control map of a run."""
    return serialise(
        common_pb2.ControlMap(
            chunks=[
                common_pb2.ChunkControls(
                    slots=chunk.slots.astype("<u2").tobytes(),
                    answers=chunk.answers.astype("<i4").tobytes(),
                )
                for chunk in chunks
            ]
        )
    )


def decode_control_map(data: bytes, questions: int) -> tuple[ChunkControls, ...]:
    """Read a control map; what it prescribes is checked by ``matcher.core.controls``.

    Args:
        data: as ``encode_control_map`` gave it.
        questions: of the plan.

    Raises:
        InvalidMessage: it does not parse, or answers do not fit slots.
    """
    message = parse_canonical(
        common_pb2.ControlMap, data, "control_map", most_bytes=MOST_ROSTER_BYTES
    )
    return tuple(_controls(chunk, questions) for chunk in message.chunks)


def encode_roster(roster: Roster) -> bytes:
    """Return ``roster`` as bytes, whose SHA-256 is in the run statement."""
    head = serialise(
        common_pb2.Roster(
            run_id=roster.run_id,
            provider=roster.provider,
            salt=roster.salt,
            control_map=roster.control_map,
            control_salt=roster.control_salt,
        )
    )
    codes = np.ascontiguousarray(roster.codes)
    # The same bytes as the protobuf library's, with one copy of the codes instead of three.
    return b"".join((head, _CODES_TAG, _varint(codes.nbytes), codes.data))


def padded_bytes(plan: Plan, chunks: int) -> int:
    """Return the length of every padded roster of a run.

    It is that of a cohort of one more person than fills all chunks but the last: no roster has
    more control slots.
    """
    seats = chunks * plan.chunk_slots * plan.seats
    controls = (chunks - 1) * CANARIES_PER_CHUNK + plan.chunk_slots
    frames = chunks * _CHUNK_FRAME_BYTES + _ROSTER_FRAME_BYTES
    return seats * CODE_BYTES + controls * (2 + 4 * len(plan.questions)) + frames


def pad_roster(data: bytes, plan: Plan, chunks: int) -> bytes:
    """Return a serialised roster as it is sealed, of ``padded_bytes``.

    Raises:
        ValueError: it has more control slots than a cohort of any size needs.
    """
    room = padded_bytes(plan, chunks) - len(data) - 1
    if room < 0:
        raise ValueError("a roster has more control slots than its cohort needs")
    return b"".join((data, _END, bytes(room)))


def unpad_roster(padded: bytes, plan: Plan, chunks: int) -> bytes:
    """Return what ``pad_roster`` padded.

    Raises:
        InvalidMessage: it is not padded to the length of the run's rosters.
    """
    data = padded.rstrip(b"\x00")
    if len(padded) != padded_bytes(plan, chunks) or not data.endswith(_END):
        raise InvalidMessage("it is not padded as rosters of this run are", where="roster")
    return data[:-1]


def decode_roster(data: bytes) -> Roster:
    """Read a roster; whether it belongs to a run is checked by ``open_roster``.

    Raises:
        InvalidMessage: it does not parse or a field is malformed; names the field.
    """
    message = parse(common_pb2.Roster, data, "roster", most_bytes=MOST_ROSTER_BYTES)
    codes = np.frombuffer(message.codes, dtype=np.uint8)
    if len(codes) % CODE_BYTES:
        raise InvalidMessage(f"codes are not {CODE_BYTES} bytes each", where="roster.codes")
    return Roster(
        run_id=run_id(message.run_id),
        provider=agency_in(message.provider, "roster.provider"),
        salt=exactly(message.salt, SALT_BYTES, "roster.salt"),
        control_map=message.control_map,
        control_salt=exactly(message.control_salt, SALT_BYTES, "roster.control_salt"),
        codes=codes.reshape(-1, CODE_BYTES),
    )


def open_roster(
    key: SealingKey,
    sealed: bytes,
    statement: RunStatement,
    statement_digest: Digest,
    *,
    provider: AgencyId,
    plan: Plan,
) -> OpenedRoster:
    """Open the roster sealed to ``provider`` and check everything about it.

    1. It was sealed to this provider for this run, padded.
    2. It is the roster whose digest the requester signed.
    3. It names this run and this provider.
    4. The control map is the one the requester committed to, the same for every provider.
    5. The control slots and their prescribed answers keep the rules of canaries.
    6. There is one code a seat of every slot, none in control slots, and none twice; somebody sits
       in every other slot, unless that may be another agency's of the role.

    Args:
        key: the provider's.
        sealed: as fetched from the matcher.
        statement: verified.
        statement_digest: of its payload.
        provider: the caller.
        plan: compiled by the caller from the programme.

    Raises:
        DecryptionRefused: step 1.
        StatementMismatch: steps 2, 3 and the number of codes; the provider has no part in the run.
        InvalidMessage: the padding or a field is malformed.
        ControlMismatch: steps 4 to 6.
        DuplicateCode: a code is there twice.
    """
    # 1. It was sealed to this provider for this run, padded.
    padded = unseal(key, roster_seal_info(statement_digest, provider), sealed)
    data = unpad_roster(padded, plan, statement.chunks)
    # 2. It is the roster whose digest the requester signed.
    promised = [entry.roster_digest for entry in statement.providers if entry.agency == provider]
    if promised != [sha256(data)]:
        raise StatementMismatch("the roster is not the one the statement promises", where=provider)
    # 3. It names this run and this provider.
    roster = decode_roster(data)
    if roster.run_id != statement.run_id or roster.provider != provider:
        raise StatementMismatch("the roster is of another run or provider", where=provider)
    # 4. The control map is the one the requester committed to, the same for every provider.
    if control_commitment(roster.control_salt, roster.control_map) != statement.control_commitment:
        raise ControlMismatch("the control map is not the one the statement commits to")
    # 5. The control slots and their prescribed answers keep the rules of canaries.
    controls = decode_control_map(roster.control_map, len(plan.questions))
    if len(controls) != statement.chunks:
        raise ControlMismatch("the control map has another number of chunks than the statement")
    check_controls(plan, controls)
    # 6. There is one code a seat of every slot, none in control slots, and none twice; somebody
    # sits in every other slot, unless that may be another agency's of the role.
    if len(roster.codes) != statement.chunks * plan.chunk_slots * plan.seats:
        raise StatementMismatch("the roster has not one code a seat of every slot", where=provider)
    role, _ = statement.place_of(provider)
    alone = len(statement.agencies_of(role)) == 1
    check_codes(roster.codes, _global_slots(controls, plan.chunk_slots), plan.seats, alone=alone)
    return OpenedRoster(roster, controls)


def _controls(chunk: common_pb2.ChunkControls, questions: int) -> ChunkControls:
    if len(chunk.slots) % 2 or len(chunk.answers) != 2 * len(chunk.slots) * questions:
        raise InvalidMessage("answers and slots do not fit", where="control_map.chunks")
    slots = np.frombuffer(chunk.slots, dtype="<u2").astype(np.uint16)
    answers = np.frombuffer(chunk.answers, dtype="<i4").astype(np.int32)
    return ChunkControls(slots, answers.reshape(questions, len(slots)))


def _global_slots(controls: Sequence[ChunkControls], chunk_slots: int) -> NDArray[np.int64]:
    return np.concatenate(
        [
            chunk.slots.astype(np.int64) + number * chunk_slots
            for number, chunk in enumerate(controls)
        ]
    )


def _varint(value: int) -> bytes:
    groups = []
    while value > 127:
        groups.append(value & 127 | 128)
        value >>= 7
    return bytes([*groups, value])
