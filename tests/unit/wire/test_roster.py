from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pytest
from eligibility.v1 import common_pb2
from numpy.typing import NDArray

from matcher.core.binding import control_commitment, roster_seal_info, sha256
from matcher.core.controls import CANARIES_PER_CHUNK, Seating, seat
from matcher.core.errors import (
    ControlMismatch,
    DecryptionRefused,
    DuplicateCode,
    FusumaError,
    InvalidMessage,
    StatementMismatch,
)
from matcher.core.identifiers import AgencyId, Digest, RunId
from matcher.core.plan import Plan, compile_plan
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.statement import RunStatement
from matcher.identity.keys import SealingKey
from matcher.identity.sealing import seal
from matcher.language.programme_file import load_programme
from matcher.wire.roster import (
    OpenedRoster,
    Roster,
    decode_control_map,
    decode_roster,
    encode_control_map,
    encode_roster,
    open_roster,
    pad_roster,
)
from programmes import programme_path

TAX = AgencyId("tax")
SUBJECTS = 9000


@pytest.fixture(scope="module")
def plan() -> Plan:
    programme = load_programme(programme_path("city/support"))
    return compile_plan(
        programme, sha256(b"bundle"), Scheme.BGV, ColumnKind.DECISION, date(2026, 6, 1)
    )


@pytest.fixture(scope="module")
def seating(plan: Plan) -> Seating:
    return seat(plan, SUBJECTS, np.random.default_rng(1).bytes)


@pytest.fixture(scope="module")
def key() -> SealingKey:
    return SealingKey.generate()


@dataclass
class Run:
    """One run as its requester makes it; tests change what they attack."""

    plan: Plan
    key: SealingKey
    statement: RunStatement
    roster: Roster
    padding: Callable[[bytes, Plan, int], bytes] = pad_roster

    @classmethod
    def of(cls, plan: Plan, key: SealingKey, statement: RunStatement, seating: Seating) -> "Run":
        codes = np.zeros((len(seating.chunks) * plan.chunk_slots, 16), dtype=np.uint8)
        drawn = np.random.default_rng(2).integers(1, 255, (SUBJECTS, 16), dtype=np.uint8)
        codes[seating.slot_of] = drawn
        roster = Roster(
            run_id=statement.run_id,
            provider=TAX,
            salt=bytes(32),
            control_map=encode_control_map(seating.chunks),
            control_salt=b"c" * 32,
            codes=codes,
        )
        run = cls(plan, key, replace(statement, chunks=len(seating.chunks)), roster)
        run.commit()
        return run

    def commit(self) -> None:
        """Let the statement commit to the control map as it is now."""
        commitment = control_commitment(self.roster.control_salt, self.roster.control_map)
        self.statement = replace(self.statement, control_commitment=commitment)

    def with_codes(self, change: Callable[[NDArray[np.uint8]], object]) -> None:
        codes = self.roster.codes.copy()
        change(codes)
        self.roster = replace(self.roster, codes=codes)

    def open(self, digest: Digest | None = None, provider: AgencyId = TAX) -> OpenedRoster:
        data = encode_roster(self.roster)
        own, *others = self.statement.providers
        promised = replace(own, roster_digest=digest or sha256(data))
        statement = replace(self.statement, providers=(promised, *others))
        bound_to = sha256(b"statement")
        padded = self.padding(data, self.plan, statement.chunks)
        sealed = seal(self.key.public_bytes, roster_seal_info(bound_to, TAX), padded)
        return open_roster(self.key, sealed, statement, bound_to, provider=provider, plan=self.plan)


@pytest.fixture
def run(plan: Plan, key: SealingKey, statement: RunStatement, seating: Seating) -> Run:
    return Run.of(plan, key, statement, seating)


def refused(run: Run, error: type[FusumaError], words: str) -> None:
    with pytest.raises(error, match=words):
        run.open()


def test_a_roster_is_the_protobuf_messages_bytes(run: Run) -> None:
    data = encode_roster(run.roster)
    message = common_pb2.Roster.FromString(data)
    assert message.SerializeToString(deterministic=True) == data
    assert message.codes == run.roster.codes.tobytes()
    assert np.array_equal(decode_roster(data).codes, run.roster.codes)


def test_an_honest_roster_opens_with_its_control_slots(run: Run, seating: Seating) -> None:
    opened = run.open()
    assert np.array_equal(opened.roster.codes, run.roster.codes)
    assert len(opened.controls) == len(seating.chunks) == 2
    for theirs, ours in zip(opened.controls, seating.chunks, strict=True):
        assert np.array_equal(theirs.slots, ours.slots)
        assert np.array_equal(theirs.answers, ours.answers)


BAD_PADDING: dict[str, Callable[[bytes, Plan, int], bytes]] = {
    "none": lambda data, _plan, _chunks: data,
    "too short": lambda data, plan, chunks: pad_roster(data, plan, chunks)[:-1],
    "too long": lambda data, plan, chunks: pad_roster(data, plan, chunks) + b"\x00",
    "without an end": lambda data, plan, chunks: (
        data + bytes(len(pad_roster(data, plan, chunks)) - len(data))
    ),
    "of another run's length": lambda data, plan, chunks: pad_roster(data, plan, chunks + 1),
}


@pytest.mark.parametrize("case", BAD_PADDING)
def test_a_roster_of_another_length_is_refused(run: Run, case: str) -> None:
    run.padding = BAD_PADDING[case]
    refused(run, InvalidMessage, "padded")


def test_a_roster_of_more_control_slots_than_any_cohort_needs_is_not_sealed(run: Run) -> None:
    with pytest.raises(ValueError, match="control slots"):
        pad_roster(encode_roster(run.roster), run.plan, 1)


def test_a_roster_opens_only_for_its_provider(run: Run) -> None:
    with pytest.raises(DecryptionRefused):
        run.open(provider=AgencyId("welfare"))


def test_a_roster_other_than_the_promised_one_is_refused(run: Run) -> None:
    with pytest.raises(StatementMismatch, match="promises"):
        run.open(digest=sha256(b"another roster"))


def test_a_roster_of_another_run_is_refused(run: Run) -> None:
    run.roster = replace(run.roster, run_id=RunId("cd" * 16))
    refused(run, StatementMismatch, "another run")


def test_a_roster_that_names_another_provider_is_refused(run: Run) -> None:
    run.roster = replace(run.roster, provider=AgencyId("welfare"))
    refused(run, StatementMismatch, "another run or provider")


def test_a_control_map_not_committed_to_is_refused(run: Run, plan: Plan) -> None:
    other = seat(plan, SUBJECTS, np.random.default_rng(9).bytes)
    run.roster = replace(run.roster, control_map=encode_control_map(other.chunks))
    refused(run, ControlMismatch, "commits")


def test_a_control_salt_not_committed_to_is_refused(run: Run) -> None:
    run.roster = replace(run.roster, control_salt=bytes(32))
    refused(run, ControlMismatch, "commits")


def test_a_control_map_of_fewer_chunks_is_refused(run: Run, seating: Seating) -> None:
    run.roster = replace(run.roster, control_map=encode_control_map(seating.chunks[:1]))
    run.commit()
    refused(run, ControlMismatch, "number of chunks")


def test_too_few_canaries_are_refused(run: Run, seating: Seating) -> None:
    first, second = seating.chunks
    few = replace(
        first,
        slots=first.slots[: CANARIES_PER_CHUNK - 1],
        answers=first.answers[:, : CANARIES_PER_CHUNK - 1],
    )
    run.roster = replace(run.roster, control_map=encode_control_map((few, second)))
    run.commit()
    refused(run, ControlMismatch, "fewer than")


def test_a_code_in_a_control_slot_is_refused(run: Run, seating: Seating) -> None:
    slot = int(seating.chunks[0].slots[0])
    run.with_codes(lambda codes: codes.__setitem__((slot, 15), 1))
    refused(run, ControlMismatch, "control slot carries")


def test_a_seat_without_a_code_is_refused(run: Run, seating: Seating) -> None:
    run.with_codes(lambda codes: codes.__setitem__(int(seating.slot_of[5]), 0))
    refused(run, ControlMismatch, "carries no code")


def test_the_same_code_twice_is_refused(run: Run, seating: Seating) -> None:
    first, last = int(seating.slot_of[0]), int(seating.slot_of[-1])
    run.with_codes(lambda codes: codes.__setitem__(last, codes[first]))
    refused(run, DuplicateCode, "twice")


def test_codes_with_one_equal_half_are_different(run: Run, seating: Seating) -> None:
    first, last = int(seating.slot_of[0]), int(seating.slot_of[-1])
    run.with_codes(lambda codes: codes.__setitem__((last, slice(8)), codes[first, :8]))
    run.with_codes(lambda codes: codes.__setitem__((first, slice(8)), 0))
    run.open()


def test_a_missing_slot_is_refused(run: Run) -> None:
    run.roster = replace(run.roster, codes=run.roster.codes[:-1])
    refused(run, StatementMismatch, "one code a seat")


def test_no_message_shows_a_code(run: Run, seating: Seating) -> None:
    slot = int(seating.slot_of[3])
    code = run.roster.codes[slot].tobytes()
    run.with_codes(lambda codes: codes.__setitem__(int(seating.slot_of[4]), codes[slot]))
    with pytest.raises(DuplicateCode) as caught:
        run.open()
    assert code.hex() not in repr(caught.value)
    assert str(slot) not in str(caught.value)
    assert "codes" not in repr(run.roster)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"salt": b"short"}, "roster.salt", id="short salt"),
        pytest.param({"control_salt": b""}, "roster.control_salt", id="no control salt"),
        pytest.param({"provider": "Tax"}, "roster.provider", id="malformed provider"),
        pytest.param({"run_id": "x"}, "run id", id="malformed run id"),
        pytest.param({"codes": bytes(17)}, "roster.codes", id="half a code"),
    ],
)
def test_a_malformed_roster_is_refused(run: Run, change: dict[str, object], words: str) -> None:
    message = common_pb2.Roster.FromString(encode_roster(run.roster))
    for name, value in change.items():
        setattr(message, name, value)
    with pytest.raises(InvalidMessage) as caught:
        decode_roster(message.SerializeToString())
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("slots", "answers"),
    [
        pytest.param(b"\x01", b"", id="half a slot"),
        pytest.param(b"\x01\x00", bytes(4), id="an answer is missing"),
        pytest.param(b"\x01\x00", bytes(12), id="an answer too many"),
        pytest.param(b"\x01\x00", bytes(7), id="half an answer"),
    ],
)
def test_answers_must_fit_the_slots(slots: bytes, answers: bytes) -> None:
    chunk = common_pb2.ChunkControls(slots=slots, answers=answers)
    with pytest.raises(InvalidMessage, match="fit"):
        decode_control_map(common_pb2.ControlMap(chunks=[chunk]).SerializeToString(), 2)
