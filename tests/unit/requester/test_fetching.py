import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence

import grpc
import numpy as np
import pytest
from eligibility.v1 import matcher_pb2, matcher_pb2_grpc

from clients.requester.conduct import Conduct
from clients.requester.config import RequesterConfig
from clients.requester.fetching import FetchedDecisions, fetch_decisions
from clients.requester.patience import Patience
from clients.requester.progress import Progress, Stage, Stopwatch
from clients.requester.session import Session
from matcher.core.errors import ResultMismatch, Unreachable
from matcher.core.scheme import Scheme
from matcher.wire.envelope import envelope_message
from tests.matcher_scene import CITY, MATCHER, Scene, draw, federation
from tests.released_run import Parties, Release, Released, enclosed, evaluated, expectation

Piece = matcher_pb2.FetchResultsResponse
# What one fetching gives: pieces, then perhaps a broken connection.
Story = Sequence[Piece | grpc.StatusCode]
BROKEN = grpc.StatusCode.UNAVAILABLE


class StorytellingRuns(matcher_pb2_grpc.RunsServicer):
    """A real server that gives out results as the test says, one story a call."""

    def __init__(self, stories: Sequence[Story]) -> None:
        self._stories: Iterator[Story] = iter(stories)

    async def FetchResults(  # noqa: N802
        self, request: matcher_pb2.FetchResultsRequest, context: grpc.aio.ServicerContext
    ) -> AsyncIterator[Piece]:
        assert request.name.startswith("runs/")
        for event in next(self._stories):
            if isinstance(event, grpc.StatusCode):
                await context.abort(event)
            else:
                yield event


class Clock:
    """A clock that only sleeping moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += max(seconds, 0.01)


def fetched(
    release: Release, *stories: Story, told: list[Progress] | None = None
) -> FetchedDecisions:
    scene, identity = release.scene, release.parties[CITY]

    async def fetch() -> FetchedDecisions:
        server = grpc.aio.server()
        matcher_pb2_grpc.add_RunsServicer_to_server(StorytellingRuns(stories), server)
        address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        await server.start()
        clock = Clock()
        watcher = None if told is None else told.append
        conduct = Conduct(watcher, Stopwatch(clock), Patience(60.0, clock, clock.sleep))
        try:
            async with grpc.aio.insecure_channel(address) as channel:
                session = Session(RequesterConfig(identity, address, MATCHER), channel)
                wanted = expectation(scene, release.parties)
                return await fetch_decisions(session, wanted, scene.draft.key, conduct)
        finally:
            await server.stop(None)

    return asyncio.run(fetch())


def pieces(released: Released) -> list[Piece]:
    found = [Piece(manifest=envelope_message(released.manifest))]
    if released.enclave_manifest is not None:
        found.append(Piece(enclave_manifest=envelope_message(released.enclave_manifest)))
    found += [Piece(column_manifest=envelope_message(one)) for one in released.column_manifests]
    outputs = [
        matcher_pb2.OutputChunk(output=output, chunk=chunk, payload=payload)
        for (output, chunk), payload in released.outputs.items()
    ]
    # Two in a message, and the last perhaps alone.
    found += [
        Piece(outputs=matcher_pb2.OutputChunks(chunks=outputs[at : at + 2]))
        for at in range(0, len(outputs), 2)
    ]
    return found


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return federation(tmp_path_factory.mktemp("federation"))


@pytest.fixture(scope="module")
def release(parties: Parties) -> Release:
    return evaluated(draw(parties[CITY]), parties)


def subjects_of(scene: Scene, found: FetchedDecisions) -> np.ndarray:
    return found.decisions[scene.draft.rosters.seating.slot_of]


def test_a_result_is_fetched_and_opened(release: Release) -> None:
    told: list[Progress] = []
    found = fetched(release, pieces(release.released()), told=told)
    assert np.array_equal(subjects_of(release.scene, found), release.scene.expected)
    assert found.received_bytes == sum(map(len, release.outputs.values()))
    assert told == [Progress(Stage.OPEN, 1, 2), Progress(Stage.OPEN, 2, 2)]


def test_an_enclave_result_is_fetched_and_opened(parties: Parties) -> None:
    release = enclosed(draw(parties[CITY], scheme=Scheme.ENCLAVE), parties)
    found = fetched(release, pieces(release.released()))
    assert np.array_equal(subjects_of(release.scene, found), release.scene.expected)


def test_a_fetching_that_breaks_begins_anew(release: Release) -> None:
    whole = pieces(release.released())
    found = fetched(release, [*whole[:4], BROKEN], [BROKEN], whole)
    assert np.array_equal(subjects_of(release.scene, found), release.scene.expected)


def test_another_result_after_a_break_is_refused(release: Release) -> None:
    first = pieces(release.released(released_at=1_800_000_000))
    second = pieces(release.released(released_at=1_800_000_001))
    with pytest.raises(ResultMismatch, match="two different results"):
        fetched(release, [*first[:4], BROKEN], second)


def test_a_matcher_that_stays_away_is_given_up(release: Release) -> None:
    with pytest.raises(Unreachable):
        fetched(release, *([[BROKEN]] * 10_000))


def test_a_result_that_stops_early_is_refused(release: Release) -> None:
    with pytest.raises(ResultMismatch, match="incomplete"):
        fetched(release, pieces(release.released())[:-1])


def test_a_piece_nobody_knows_is_refused(release: Release) -> None:
    with pytest.raises(ResultMismatch, match="does not know"):
        fetched(release, [Piece()])
