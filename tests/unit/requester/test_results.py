from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from clients.requester.keys import Opener
from matcher.core.errors import (
    DecryptionRefused,
    DigestMismatch,
    InvalidSignature,
    ResultMismatch,
    StatementMismatch,
)
from matcher.core.identifiers import AgencyId, Role
from matcher.core.scheme import ColumnKind, Scheme
from matcher.identity.envelope import Envelope
from tests.city_households import city_households
from tests.matcher_scene import (
    CITY,
    MATCHER,
    OUTSIDER,
    TAX,
    TAX_NORTH,
    TAX_SOUTH,
    WELFARE,
    Scene,
    draw,
    federation,
)
from tests.released_run import (
    Parties,
    Release,
    Released,
    enclosed,
    evaluated,
    sealed_verdicts,
    take_everything,
    take_manifests,
    verification,
)

SUBJECTS = 8300  # two chunks
TWO_OFFICES = {Role("tax"): (TAX_NORTH, TAX_SOUTH)}


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return federation(tmp_path_factory.mktemp("federation"))


@pytest.fixture(scope="module")
def scene(parties: Parties) -> Scene:
    return draw(parties[CITY], subjects=SUBJECTS)


@pytest.fixture(scope="module")
def release(scene: Scene, parties: Parties) -> Release:
    return evaluated(scene, parties)


@pytest.fixture(scope="module")
def released(release: Release) -> Released:
    return release.released()


@pytest.fixture(scope="module")
def foreign(parties: Parties) -> Released:
    return evaluated(draw(parties[CITY], seed=2), parties).released()


@pytest.fixture(scope="module")
def sealed_scene(parties: Parties) -> Scene:
    return draw(parties[CITY], subjects=SUBJECTS, scheme=Scheme.ENCLAVE)


@pytest.fixture(scope="module")
def sealed(sealed_scene: Scene, parties: Parties) -> Release:
    return enclosed(sealed_scene, parties)


class CountingOpener:
    """Opens with the run's real key and counts how often it was asked to."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self.asked = 0

    def open(self, chunk: int, payload: bytes) -> NDArray[np.uint64]:
        self.asked += 1
        return self._opener.open(chunk, payload)

    def decide(self, outputs: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint8]:
        return self._opener.decide(outputs)


# --- Good results ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("programme", "kind"),
    [
        ("city/support.yaml", ColumnKind.DECISION),
        ("city/support.yaml", ColumnKind.ATTRIBUTE),
        ("city/relief.yaml", ColumnKind.DECISION),
        ("benchmark/support.yaml", ColumnKind.DECISION),
    ],
)
def test_verdicts_are_those_of_the_plaintext(
    parties: Parties, programme: str, kind: ColumnKind
) -> None:
    scene = draw(parties[CITY], programme=programme, kind=kind)
    result = evaluated(scene, parties).released()
    verdicts = take_everything(verification(scene, parties), result)
    assert np.array_equal(verdicts[scene.draft.rosters.seating.slot_of], scene.expected)


@pytest.mark.parametrize("scheme", [Scheme.BGV, Scheme.ENCLAVE])
@pytest.mark.parametrize("households", [True, False], ids=["households", "persons"])
def test_decisions_of_agencies_that_share_a_role_are_those_of_the_plaintext(
    parties: Parties, scheme: Scheme, *, households: bool
) -> None:
    programme = city_households() if households else "city/support.yaml"
    scene = draw(
        parties[CITY], programme=programme, scheme=scheme, subjects=300, agencies=TWO_OFFICES
    )
    result = (evaluated if scheme is Scheme.BGV else enclosed)(scene, parties).released()
    decisions = take_everything(verification(scene, parties), result)
    seated = decisions[scene.draft.rosters.seating.slot_of]
    # Where there are outcomes, eligible in the second one is a decision of its own.
    assert set(seated.tolist()) == ({0, 1, 2, 3} if households else {0, 1, 2})
    assert np.array_equal(seated, scene.expected)


def test_an_agencys_manifest_has_the_columns_of_its_own_place_in_the_role(
    parties: Parties,
) -> None:
    scene = draw(parties[CITY], agencies=TWO_OFFICES)
    release = evaluated(scene, parties)
    released = release.released()
    north, south = (scene.columns_of(agency) for agency in (TAX_NORTH, TAX_SOUTH))
    assert not set(north) & set(south)
    digests = {column: bytes(32) for column in south}
    swapped = release.column_manifest(TAX_NORTH, columns=digests)
    taking = verification(scene, parties)
    taking.take_manifest(released.manifest)
    with pytest.raises(StatementMismatch):
        taking.take_column_manifest(swapped)


@pytest.mark.parametrize(
    ("outcomes", "code"), [(True, 4), (False, 3)], ids=["with outcomes", "without"]
)
def test_a_sealed_decision_that_the_programme_does_not_have_is_refused(
    parties: Parties, *, outcomes: bool, code: int
) -> None:
    programme = city_households() if outcomes else "city/support.yaml"
    scene = draw(parties[CITY], programme=programme, scheme=Scheme.ENCLAVE)
    opener = scene.draft.key.opener(scene.draft.digest)
    decisions = np.ones(scene.plan.chunk_slots, dtype=np.uint8)
    decisions[7] = code - 1
    assert opener.open(0, sealed_verdicts(scene, 0, decisions))[7] == code - 1
    decisions[7] = code
    with pytest.raises(DecryptionRefused):
        opener.open(0, sealed_verdicts(scene, 0, decisions))


def test_chunks_may_arrive_in_any_order(scene: Scene, parties: Parties, released: Released) -> None:
    taking = take_manifests(verification(scene, parties), released)
    for (output, chunk), payload in reversed(list(released.outputs.items())):
        taking.take_output(output, chunk, payload)
    verdicts = taking.finish()[scene.draft.rosters.seating.slot_of]
    assert np.array_equal(verdicts, scene.expected)


def test_enclave_verdicts_are_those_of_the_plaintext(
    sealed_scene: Scene, sealed: Release, parties: Parties
) -> None:
    verdicts = take_everything(verification(sealed_scene, parties), sealed.released())
    seated = verdicts[sealed_scene.draft.rosters.seating.slot_of]
    assert np.array_equal(seated, sealed_scene.expected)


# --- The matcher's manifest -----------------------------------------------------------------------


def forged(envelope: Envelope) -> Envelope:
    return Envelope(envelope.payload, bytes(64), envelope.signer)


@pytest.mark.parametrize(
    ("make", "error"),
    {
        "of another run": (lambda _, foreign: foreign.manifest, StatementMismatch),
        "signed by an agency": (
            lambda release, _: release.released(signer=TAX).manifest,
            InvalidSignature,
        ),
        "with a forged signature": (
            lambda release, _: forged(release.released().manifest),
            InvalidSignature,
        ),
        "with an output more": (
            lambda release, _: (
                release.released(outputs={0: bytes(64), 1: bytes(64), 2: bytes(64)}).manifest
            ),
            StatementMismatch,
        ),
        "with a chunk less": (
            lambda release, _: release.released(outputs={0: bytes(32), 1: bytes(32)}).manifest,
            StatementMismatch,
        ),
        "from too few inputs": (
            lambda release, _: (
                release.released(input_manifest_digests=(release.scene.draft.digest,)).manifest
            ),
            ResultMismatch,
        ),
    }.values(),
)
def test_a_manifest_is_refused(
    release: Release,
    foreign: Released,
    make: Callable[[Release, Released], Envelope],
    error: type[Exception],
) -> None:
    with pytest.raises(error):
        verification(release.scene, release.parties).take_manifest(make(release, foreign))


def test_a_second_manifest_is_refused(scene: Scene, parties: Parties, released: Released) -> None:
    taking = verification(scene, parties)
    taking.take_manifest(released.manifest)
    with pytest.raises(ResultMismatch, match="two manifests"):
        taking.take_manifest(released.manifest)


# --- The agencies' manifests ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "error"),
    {
        "of another run": (lambda _, foreign: foreign.column_manifests[0], StatementMismatch),
        "of an outsider": (
            lambda release, _: release.column_manifest(TAX, signer=OUTSIDER),
            ResultMismatch,
        ),
        "of the matcher": (
            lambda release, _: release.column_manifest(TAX, signer=MATCHER),
            ResultMismatch,
        ),
        "of the other agency in its name": (
            lambda release, _: Envelope(
                release.column_manifest(TAX).payload,
                release.column_manifest(TAX).signature,
                WELFARE,
            ),
            InvalidSignature,
        ),
        "of columns that are another agency's": (
            lambda release, _: release.column_manifest(
                TAX, columns={number: bytes(64) for number in release.scene.columns_of(WELFARE)}
            ),
            StatementMismatch,
        ),
        "with a chunk less": (
            lambda release, _: release.column_manifest(
                TAX, columns={number: bytes(32) for number in release.scene.columns_of(TAX)}
            ),
            StatementMismatch,
        ),
        "of other columns than the result was made from": (
            lambda release, _: release.column_manifest(
                TAX, columns={number: bytes(64) for number in release.scene.columns_of(TAX)}
            ),
            ResultMismatch,
        ),
    }.values(),
)
def test_a_column_manifest_is_refused(
    release: Release,
    foreign: Released,
    make: Callable[[Release, Released], Envelope],
    error: type[Exception],
) -> None:
    taking = verification(release.scene, release.parties)
    taking.take_manifest(release.released().manifest)
    with pytest.raises(error):
        taking.take_column_manifest(make(release, foreign))


def test_a_column_manifest_before_the_result_manifest_is_refused(
    scene: Scene, parties: Parties, released: Released
) -> None:
    with pytest.raises(ResultMismatch, match="begin with its manifest"):
        verification(scene, parties).take_column_manifest(released.column_manifests[0])


def test_a_column_manifest_that_comes_twice_is_refused(
    scene: Scene, parties: Parties, released: Released
) -> None:
    taking = take_manifests(verification(scene, parties), released)
    with pytest.raises(ResultMismatch, match="comes twice"):
        taking.take_column_manifest(released.column_manifests[0])


# --- Outputs --------------------------------------------------------------------------------------


@pytest.mark.parametrize("left_out", ["manifest", "one column manifest", "all column manifests"])
def test_nothing_is_opened_before_all_manifests(
    scene: Scene, parties: Parties, released: Released, left_out: str
) -> None:
    opener = CountingOpener(scene.draft.key.opener(scene.draft.digest))
    taking = verification(scene, parties, opener)
    if left_out != "manifest":
        taking.take_manifest(released.manifest)
    if left_out == "one column manifest":
        taking.take_column_manifest(released.column_manifests[0])
    with pytest.raises(ResultMismatch):
        taking.take_output(0, 0, released.outputs[0, 0])
    assert opener.asked == 0


@pytest.mark.parametrize(
    "taken_from", {"the other chunk": (0, 1), "the other output": (1, 0)}.values()
)
def test_a_swapped_chunk_is_never_opened(
    scene: Scene, parties: Parties, released: Released, taken_from: tuple[int, int]
) -> None:
    opener = CountingOpener(scene.draft.key.opener(scene.draft.digest))
    taking = take_manifests(verification(scene, parties, opener), released)
    with pytest.raises(DigestMismatch, match="chunk 0"):
        taking.take_output(0, 0, released.outputs[taken_from])
    assert opener.asked == 0


def test_a_changed_bit_is_never_opened(scene: Scene, parties: Parties, released: Released) -> None:
    opener = CountingOpener(scene.draft.key.opener(scene.draft.digest))
    taking = take_manifests(verification(scene, parties, opener), released)
    payload = bytearray(released.outputs[0, 0])
    payload[1000] ^= 1
    with pytest.raises(DigestMismatch):
        taking.take_output(0, 0, bytes(payload))
    assert opener.asked == 0


@pytest.mark.parametrize(("output", "chunk"), [(2, 0), (0, 2)])
def test_a_chunk_of_no_place_in_the_run_is_refused(
    scene: Scene, parties: Parties, released: Released, output: int, chunk: int
) -> None:
    taking = take_manifests(verification(scene, parties), released)
    with pytest.raises(ResultMismatch, match="no output or chunk"):
        taking.take_output(output, chunk, released.outputs[0, 0])


def test_a_chunk_that_comes_twice_is_refused(
    scene: Scene, parties: Parties, released: Released
) -> None:
    taking = take_manifests(verification(scene, parties), released)
    taking.take_output(0, 0, released.outputs[0, 0])
    with pytest.raises(ResultMismatch, match="arrives twice"):
        taking.take_output(0, 0, released.outputs[0, 0])
    taking.take_output(1, 0, released.outputs[1, 0])
    with pytest.raises(ResultMismatch, match="arrives twice"):
        taking.take_output(1, 0, released.outputs[1, 0])


def test_a_missing_chunk_leaves_no_verdicts(
    scene: Scene, parties: Parties, released: Released
) -> None:
    taking = take_manifests(verification(scene, parties), released)
    for place in [(0, 0), (1, 0), (0, 1)]:
        taking.take_output(*place, released.outputs[place])
    with pytest.raises(ResultMismatch, match="chunk 1"):
        taking.finish()


def test_an_output_that_is_no_ciphertext_is_refused_without_a_reason(
    scene: Scene, parties: Parties, release: Release
) -> None:
    outputs = {**release.outputs, (0, 0): b"\xff" * len(release.outputs[0, 0])}
    result = Release(scene, parties, release.payloads, outputs).released()
    with pytest.raises(DecryptionRefused, match=r"^a result cannot be opened$"):
        take_everything(verification(scene, parties), result)


def test_wrong_canaries_are_found_and_name_the_chunk_alone(scene: Scene, parties: Parties) -> None:
    answers = [codes.copy() for codes in scene.answers]
    answers[0][scene.plan.chunk_slots :] = 0  # the tax agency says yes to all of chunk 1
    result = evaluated(scene, parties, answers).released()
    taking = take_manifests(verification(scene, parties), result)
    taking.take_output(0, 0, result.outputs[0, 0])
    taking.take_output(1, 0, result.outputs[1, 0])
    taking.take_output(0, 1, result.outputs[0, 1])
    with pytest.raises(ResultMismatch, match="canaries") as caught:
        taking.take_output(1, 1, result.outputs[1, 1])
    assert caught.value.where == "chunk 1"
    with pytest.raises(ResultMismatch, match="incomplete"):
        taking.finish()


# --- Enclaves -------------------------------------------------------------------------------------


def test_an_enclave_result_without_its_manifest_is_refused(
    sealed_scene: Scene, sealed: Release, parties: Parties
) -> None:
    result = sealed.released()
    taking = verification(sealed_scene, parties)
    taking.take_manifest(result.manifest)
    for envelope in result.column_manifests:
        taking.take_column_manifest(envelope)
    with pytest.raises(ResultMismatch, match="before all its manifests"):
        taking.take_output(0, 0, result.outputs[0, 0])


def test_an_enclave_manifest_by_another_key_is_refused(
    sealed_scene: Scene, sealed: Release, parties: Parties
) -> None:
    result = sealed.released()
    taking = verification(sealed_scene, parties)
    taking.take_manifest(result.manifest)
    with pytest.raises(InvalidSignature):
        taking.take_enclave_manifest(result.manifest)


def test_an_enclave_manifest_that_differs_from_the_matchers_is_refused(
    sealed_scene: Scene, sealed: Release, parties: Parties
) -> None:
    other = sealed.released(outputs={0: bytes(64)})
    taking = verification(sealed_scene, parties)
    taking.take_manifest(sealed.released().manifest)
    assert other.enclave_manifest is not None
    with pytest.raises(ResultMismatch, match="differs"):
        taking.take_enclave_manifest(other.enclave_manifest)


def test_an_enclave_manifest_in_a_homomorphic_run_is_refused(
    scene: Scene, parties: Parties, released: Released
) -> None:
    taking = verification(scene, parties)
    taking.take_manifest(released.manifest)
    with pytest.raises(ResultMismatch, match="nobody asked for"):
        taking.take_enclave_manifest(released.manifest)


@pytest.mark.parametrize(
    "verdicts",
    {
        "of another chunk": None,
        "too few": np.zeros(100, dtype=np.uint8),
        "none that is known": np.full(8192, 3, dtype=np.uint8),
    }.values(),
)
def test_sealed_verdicts_are_refused_without_a_reason(
    sealed_scene: Scene, sealed: Release, parties: Parties, verdicts: NDArray[np.uint8] | None
) -> None:
    other = sealed.outputs[0, 1] if verdicts is None else sealed_verdicts(sealed_scene, 0, verdicts)
    outputs = {**sealed.outputs, (0, 0): other}
    result = Release(sealed_scene, parties, sealed.payloads, outputs).released()
    with pytest.raises(DecryptionRefused, match=r"^the seal cannot be opened$"):
        take_everything(verification(sealed_scene, parties), result)


def test_the_agencies_of_the_run_are_named_by_their_manifests(
    scene: Scene, parties: Parties, release: Release
) -> None:
    taking = verification(scene, parties)
    taking.take_manifest(release.released().manifest)
    changed = {number: bytes(64) for number in release.scene.columns_of(WELFARE)}
    with pytest.raises(ResultMismatch) as caught:
        taking.take_column_manifest(release.column_manifest(WELFARE, columns=changed))
    assert caught.value.where == AgencyId("welfare")
