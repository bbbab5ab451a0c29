import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import grpc
import pytest
from eligibility.v1 import matcher_pb2, matcher_pb2_grpc

from clients.requester.conduct import Conduct
from clients.requester.config import RequesterConfig
from clients.requester.patience import Patience
from clients.requester.progress import Progress, Stage, Stopwatch
from clients.requester.session import Session
from clients.requester.waiting import Ending, wait_for_end
from matcher.core.errors import (
    FusumaError,
    PolicyRefused,
    ResultMismatch,
    RunExpired,
    RunFailed,
    Unreachable,
)
from matcher.core.identifiers import AgencyId
from matcher.core.scheme import Scheme
from matcher.identity.identity import Identity
from tests.matcher_scene import CITY, MATCHER, TAX, WELFARE, Scene, draw, federation

COLLECTING = matcher_pb2.RUN_STATE_COLLECTING
EVALUATING = matcher_pb2.RUN_STATE_EVALUATING
FAILED = matcher_pb2.RUN_STATE_FAILED
EXPIRED = matcher_pb2.RUN_STATE_EXPIRED
SUCCEEDED = matcher_pb2.RUN_STATE_SUCCEEDED

# What one watching of a run gives: states, then perhaps a broken connection.
Story = Sequence[matcher_pb2.Run | grpc.StatusCode]


class StorytellingRuns(matcher_pb2_grpc.RunsServicer):
    """A real server whose runs go as the test says, one story for each time it is asked."""

    def __init__(self, stories: Sequence[Story]) -> None:
        self._stories = iter(stories)

    async def WatchRun(  # noqa: N802
        self, request: matcher_pb2.WatchRunRequest, context: grpc.aio.ServicerContext
    ) -> AsyncIterator[matcher_pb2.Run]:
        for event in next(self._stories):
            if isinstance(event, grpc.StatusCode):
                await context.abort(event)
            else:
                event.name = request.name
                yield event


class Clock:
    """A clock that only sleeping moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += max(seconds, 0.01)


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Mapping[AgencyId, Identity]:
    return federation(tmp_path_factory.mktemp("federation"))


@pytest.fixture(scope="module")
def scene(parties: Mapping[AgencyId, Identity]) -> Scene:
    return draw(parties[CITY])


@pytest.fixture(scope="module")
def sealed_scene(parties: Mapping[AgencyId, Identity]) -> Scene:
    return draw(parties[CITY], scheme=Scheme.ENCLAVE)


@asynccontextmanager
async def session_with(identity: Identity, stories: Sequence[Story]) -> AsyncIterator[Session]:
    server = grpc.aio.server()
    matcher_pb2_grpc.add_RunsServicer_to_server(StorytellingRuns(stories), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    address = f"127.0.0.1:{port}"
    try:
        async with grpc.aio.insecure_channel(address) as channel:
            yield Session(RequesterConfig(identity, address, MATCHER), channel)
    finally:
        await server.stop(None)


Wait = Callable[..., Ending]


@pytest.fixture
def wait(parties: Mapping[AgencyId, Identity]) -> Wait:
    def waited(scene: Scene, *stories: Story, told: list[Progress] | None = None) -> Ending:
        async def run() -> Ending:
            clock = Clock()
            watcher = None if told is None else told.append
            conduct = Conduct(watcher, Stopwatch(clock), Patience(60.0, clock, clock.sleep))
            async with session_with(parties[CITY], stories) as session:
                return await wait_for_end(session, scene.draft, conduct)

        return asyncio.run(run())

    return waited


def state(kind: matcher_pb2.RunState.ValueType, **fields: object) -> matcher_pb2.Run:
    return matcher_pb2.Run(state=kind, **fields)  # type: ignore[arg-type]


def test_a_run_that_succeeds_is_followed_to_its_end(scene: Scene, wait: Wait) -> None:
    told: list[Progress] = []
    story = [
        state(COLLECTING, chunks_expected=4),
        state(COLLECTING, chunks_received=2, chunks_expected=4),
        state(EVALUATING, outputs_done=1, outputs_expected=2),
        state(SUCCEEDED, outputs_done=2, outputs_expected=2, evaluation_seconds=0.5),
    ]
    ending = wait(scene, story, told=told)
    assert ending == Ending(None, 0.5)
    assert told == [
        Progress(Stage.COLLECT, 0, 4),
        Progress(Stage.COLLECT, 2, 4),
        Progress(Stage.EVALUATE, 1, 2),
        Progress(Stage.EVALUATE, 2, 2),
    ]


@pytest.mark.parametrize(
    ("final", "error", "expected"),
    {
        "an agency declined": (
            state(matcher_pb2.RUN_STATE_FAILED, failure_reason="POLICY_REFUSED"),
            RunFailed,
            "POLICY_REFUSED",
        ),
        "a reason this version does not know": (
            state(matcher_pb2.RUN_STATE_FAILED, failure_reason="MOON_FULL"),
            RunFailed,
            "the run failed",
        ),
        "cancelled": (state(matcher_pb2.RUN_STATE_CANCELLED), RunFailed, "cancelled"),
        "expired": (state(matcher_pb2.RUN_STATE_EXPIRED), RunExpired, "time is over"),
    }.values(),
)
def test_every_other_end_says_why(
    scene: Scene, wait: Wait, final: matcher_pb2.Run, error: type[FusumaError], expected: str
) -> None:
    with pytest.raises(error, match=expected) as caught:
        wait(scene, [state(COLLECTING), final])
    assert caught.value.where == f"runs/{scene.run}"


def test_the_words_of_a_peer_are_not_repeated(scene: Scene, wait: Wait) -> None:
    final = state(
        matcher_pb2.RUN_STATE_FAILED, failure_reason="POLICY_REFUSED", failure_text="planted"
    )
    with pytest.raises(RunFailed) as caught:
        wait(scene, [final])
    assert "planted" not in str(caught.value)
    assert isinstance(caught.value.__cause__, PolicyRefused)


def test_a_reason_nobody_knows_is_not_repeated(scene: Scene, wait: Wait) -> None:
    final = state(matcher_pb2.RUN_STATE_FAILED, failure_reason="planted \x1b[31m")
    with pytest.raises(RunFailed) as caught:
        wait(scene, [final])
    assert "planted" not in str(caught.value)


def test_an_agency_that_declined_is_named(scene: Scene, wait: Wait) -> None:
    final = state(FAILED, failure_reason="POLICY_REFUSED", failure_party=WELFARE)
    with pytest.raises(RunFailed) as caught:
        wait(scene, [state(COLLECTING), final])
    assert str(caught.value).startswith(
        f"runs/{scene.run}: welfare declined: POLICY_REFUSED, a provider's own approval policy "
    )
    assert caught.value.fix.startswith("ask the provider")


def test_an_agency_that_declined_for_a_reason_without_advice_is_to_be_asked(
    scene: Scene, wait: Wait
) -> None:
    final = state(FAILED, failure_reason="INVALID_AGENCY_TABLE", failure_party=TAX)
    with pytest.raises(
        RunFailed, match=r"[0-9a-f]: tax declined: INVALID_AGENCY_TABLE, "
    ) as caught:
        wait(scene, [final])
    assert caught.value.fix == "ask the agency; its log says more"


@pytest.mark.parametrize("party", ["planted", "city-benefits", "welfare \x1b[31m", ""])
def test_only_an_agency_of_the_own_statement_can_have_declined(
    scene: Scene, wait: Wait, party: str
) -> None:
    final = state(FAILED, failure_reason="POLICY_REFUSED", failure_party=party)
    with pytest.raises(RunFailed, match=r"[0-9a-f]: the run failed: ") as caught:
        wait(scene, [final])
    assert not party or party not in str(caught.value)


def test_a_declined_run_is_not_said_to_be_evaluated(scene: Scene, wait: Wait) -> None:
    told: list[Progress] = []
    with pytest.raises(RunFailed):
        wait(scene, [state(COLLECTING), state(FAILED, failure_reason="INTERNAL")], told=told)
    assert told == [Progress(Stage.COLLECT)]


def test_progress_names_who_is_awaited_of_the_own_statement(scene: Scene, wait: Wait) -> None:
    told: list[Progress] = []
    story = [
        state(COLLECTING, awaited=["planted", WELFARE, TAX, "welfare\n", WELFARE]),
        state(COLLECTING, awaited=[WELFARE]),
        state(EVALUATING, awaited=[WELFARE]),
        state(SUCCEEDED),
    ]
    wait(scene, story, told=told)
    assert [progress.awaited for progress in told] == [(TAX, WELFARE), (WELFARE,), (), ()]


def test_an_expired_run_says_who_had_not_answered(scene: Scene, wait: Wait) -> None:
    story = [state(COLLECTING, awaited=[TAX, WELFARE]), state(COLLECTING, awaited=[WELFARE, "x"])]
    with pytest.raises(RunExpired) as caught:
        wait(scene, [*story, state(EXPIRED)])
    assert caught.value.what == "the run's time is over: no answer from welfare"


def test_what_was_awaited_before_a_broken_connection_is_not_claimed(
    scene: Scene, wait: Wait
) -> None:
    broken: Story = [state(COLLECTING, awaited=[TAX]), grpc.StatusCode.UNAVAILABLE]
    with pytest.raises(RunExpired) as caught:
        wait(scene, broken, [state(EXPIRED)])
    assert caught.value.what == "the run's time is over"


def test_a_broken_connection_is_opened_again(scene: Scene, wait: Wait) -> None:
    broken: Story = [state(COLLECTING), grpc.StatusCode.UNAVAILABLE]
    assert wait(scene, broken, broken, [state(SUCCEEDED)]) == Ending(None, 0.0)


def test_a_stream_that_ends_early_is_opened_again(scene: Scene, wait: Wait) -> None:
    assert wait(scene, [state(COLLECTING)], [state(SUCCEEDED)]) == Ending(None, 0.0)


def test_a_matcher_that_stays_away_is_given_up(scene: Scene, wait: Wait) -> None:
    gone: Story = [grpc.StatusCode.UNAVAILABLE]
    with pytest.raises(Unreachable):
        wait(scene, *([gone] * 10_000))


def test_evidence_nobody_asked_for_is_refused(scene: Scene, wait: Wait) -> None:
    with pytest.raises(ResultMismatch, match="nobody asked for"):
        wait(scene, [state(COLLECTING, evidence=b"\x0a\x00")])


def test_an_enclave_run_without_evidence_is_refused(sealed_scene: Scene, wait: Wait) -> None:
    with pytest.raises(ResultMismatch, match="without evidence"):
        wait(sealed_scene, [state(COLLECTING), state(SUCCEEDED)])
