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
from matcher.core.identifiers import AgencyId, Digest, Role, RunId
from matcher.core.plan import Plan, compile_plan
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.statement import ProviderAssignment, RunStatement
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
    padded_bytes,
)
from programmes import programme_path
from tests.city_households import city_households

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


# --- Several agencies, households -----------------------------------------------------------------


def shared_role(run: Run) -> None:
    """Let another agency answer for tax too."""
    own, welfare = run.statement.providers
    north = ProviderAssignment(Role("tax"), AgencyId("tax-north"), sha256(b"roster of the north"))
    run.statement = replace(run.statement, providers=(own, north, welfare))


def test_an_agency_that_shares_its_role_need_not_have_everybody(run: Run, seating: Seating) -> None:
    empty = seating.slot_of[::2].tolist()
    run.with_codes(lambda codes: codes.__setitem__(empty, 0))
    refused(run, ControlMismatch, "carries no code")
    shared_role(run)
    assert not run.open().roster.codes[empty].any()


def test_an_agency_that_shares_its_role_has_nobody_in_control_slots(
    run: Run, seating: Seating
) -> None:
    shared_role(run)
    slot = int(seating.chunks[1].slots[3]) + run.plan.chunk_slots
    run.with_codes(lambda codes: codes.__setitem__((slot, 0), 1))
    refused(run, ControlMismatch, "control slot carries")


def test_an_agency_without_part_in_the_run_has_no_roster(run: Run) -> None:
    run.statement = replace(run.statement, providers=run.statement.providers[1:])
    with pytest.raises(StatementMismatch, match="promises"):
        open_roster(
            run.key,
            seal(
                run.key.public_bytes,
                roster_seal_info(sha256(b"statement"), TAX),
                pad_roster(encode_roster(run.roster), run.plan, run.statement.chunks),
            ),
            run.statement,
            sha256(b"statement"),
            provider=TAX,
            plan=run.plan,
        )


@pytest.fixture(scope="module")
def household_plan() -> Plan:
    return compile_plan(
        city_households(), sha256(b"bundle"), Scheme.BGV, ColumnKind.DECISION, date(2026, 6, 1)
    )


@pytest.fixture
def households(household_plan: Plan, key: SealingKey, statement: RunStatement) -> Run:
    """A run about households of up to three; every second one leaves its middle seat empty."""
    seating = seat(household_plan, SUBJECTS, np.random.default_rng(1).bytes)
    run = Run.of(household_plan, key, statement, seating)
    drawn = np.random.default_rng(3).integers(1, 255, (SUBJECTS, 3, 16), dtype=np.uint8)
    drawn[::2, 1] = 0
    codes = np.zeros((len(seating.chunks) * household_plan.chunk_slots, 3, 16), dtype=np.uint8)
    codes[seating.slot_of] = drawn
    run.roster = replace(run.roster, codes=codes.reshape(-1, 16))
    return run


def seats_of(run: Run, subject: int) -> slice:
    """The places of a household in the roster."""
    seating = seat(run.plan, SUBJECTS, np.random.default_rng(1).bytes)
    first = int(seating.slot_of[subject]) * run.plan.seats
    return slice(first, first + run.plan.seats)


def test_a_roster_of_households_has_a_code_a_seat(households: Run) -> None:
    opened = households.open()
    assert opened.roster.codes.shape == (2 * households.plan.chunk_slots * 3, 16)
    assert np.array_equal(opened.roster.codes, households.roster.codes)


def test_the_length_of_a_roster_follows_from_the_seats(households: Run, run: Run) -> None:
    one, three = (padded_bytes(made.plan, 2) for made in (run, households))
    questions = len(households.plan.questions) - len(run.plan.questions)
    assert questions == 2
    slots = 2 * run.plan.chunk_slots
    assert three - one == 2 * slots * 16 + 4 * questions * (16 + run.plan.chunk_slots)


def test_a_roster_of_persons_in_a_run_about_households_is_refused(households: Run) -> None:
    households.roster = replace(households.roster, codes=households.roster.codes[::3].copy())
    refused(households, StatementMismatch, "one code a seat")


def test_a_roster_of_households_in_a_run_about_persons_is_not_sealed(
    run: Run, households: Run
) -> None:
    run.roster = replace(run.roster, codes=households.roster.codes)
    with pytest.raises(ValueError, match="needs"):
        run.open()


def test_a_roster_padded_for_other_seats_is_refused(households: Run, plan: Plan) -> None:
    def for_persons(data: bytes, _plan: Plan, chunks: int) -> bytes:
        return data[: padded_bytes(plan, chunks) - 1] + b"\x80"

    households.padding = for_persons
    refused(households, InvalidMessage, "padded")


def test_a_household_of_nobody_is_refused(households: Run) -> None:
    places = seats_of(households, 77)
    households.with_codes(lambda codes: codes.__setitem__(places, 0))
    refused(households, ControlMismatch, "carries no code")
    shared_role(households)
    households.open()


def test_a_control_slot_with_somebody_in_its_last_seat_is_refused(households: Run) -> None:
    chunk = decode_control_map(households.roster.control_map, len(households.plan.questions))[0]
    place = int(chunk.slots[0]) * 3 + 2
    households.with_codes(lambda codes: codes.__setitem__((place, 7), 1))
    refused(households, ControlMismatch, "control slot carries")


@pytest.mark.parametrize(("first", "second"), [(5, 5), (5, 8000)], ids=["one", "two"])
def test_a_member_of_one_or_two_households_twice_is_refused(
    households: Run, first: int, second: int
) -> None:
    source, target = seats_of(households, first).start, seats_of(households, second).start + 2
    households.with_codes(lambda codes: codes.__setitem__(target, codes[source]))
    refused(households, DuplicateCode, "twice")
