"""Whole runs against a real matcher: mTLS, worker processes, SQLite, files."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from eligibility.v1 import matcher_pb2
from matcher.core.identifiers import AgencyId
from matcher.core.scheme import ColumnKind
from matcher.identity.identity import Identity
from matcher.service.server import MatcherServer
from tests import matcher_scene as scenes
from tests.matcher_scene import CITY, TAX, WELFARE, Party

Parties = Mapping[AgencyId, Party]


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def identities(tmp_path_factory: pytest.TempPathFactory) -> Mapping[AgencyId, Identity]:
    return scenes.federation(tmp_path_factory.mktemp("federation"))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("matcher")


@pytest.fixture(scope="module")
def server(
    runner: asyncio.Runner, identities: Mapping[AgencyId, Identity], data: Path
) -> Iterator[MatcherServer]:
    context = scenes.serving(data, identities)
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def parties(
    runner: asyncio.Runner, server: MatcherServer, identities: Mapping[AgencyId, Identity]
) -> Iterator[Parties]:
    context = scenes.connected(server, identities)
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))


@pytest.mark.parametrize(
    ("programme", "kind", "subjects"),
    [
        pytest.param("city/support.yaml", ColumnKind.DECISION, 40, id="decision columns"),
        pytest.param("city/support.yaml", ColumnKind.ATTRIBUTE, 40, id="attribute columns"),
        pytest.param("city/relief.yaml", ColumnKind.DECISION, 40, id="a product"),
        pytest.param("benchmark/support.yaml", ColumnKind.DECISION, 8300, id="two chunks"),
    ],
)
def test_verdicts_are_those_of_the_plaintext(
    runner: asyncio.Runner,
    parties: Parties,
    programme: str,
    kind: ColumnKind,
    subjects: int,
) -> None:
    async def play() -> None:
        scene = scenes.draw(
            parties[CITY].identity, programme=programme, kind=kind, subjects=subjects
        )
        await scenes.start(parties, scene)
        await asyncio.gather(
            scenes.answer(parties[TAX], scene), scenes.answer(parties[WELFARE], scene)
        )
        end = await scenes.ended(parties[CITY], scene)
        assert end.state == matcher_pb2.RUN_STATE_SUCCEEDED, end
        assert end.outputs_done == end.outputs_expected
        assert end.evaluation_seconds > 0
        verdicts = scenes.verdicts(scene, await scenes.fetch(parties[CITY], scene))
        assert np.array_equal(verdicts, scene.expected)

    runner.run(play())
