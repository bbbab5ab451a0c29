"""Plaintext over gRPC, with processes and certificates as it is measured."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import grpc
import numpy as np
import pytest

from bench.plaintext.measuring import SELF, PlaintextBench, plaintext_of
from bench.plaintext.messages import DECIDE, Asked
from bench.planned import planned
from bench.question import DAY, roles, spelt_out
from bench.results import Measurement, NotMeasured, Phase
from bench.scenario import Scenario
from bench.town import draw_town
from clients.requester.draft import PreparedProgramme
from clients.transport.channel import connect
from fusuma.federation_files import MATCHER
from fusuma.pki import create_authority, issue_identity
from matcher.core.errors import RunFailed
from matcher.core.identifiers import Role
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.table import Values

AGENCIES = 3
# More than one message, the last one short.
SUBJECTS = 70_001
NOW = 1_790_000_000


@dataclass(frozen=True, slots=True)
class Played:
    """What happened at one set of parties.

    Attributes:
        measured: by what agencies send; ``any`` is another predicate, ``one`` a single subject.
        mismatches: where the parties' files are not what the requester believes.
        stranger: what a caller under another authority was told.
        ended: what is said before a run one of whose agencies has ended.
        deserted: what the server says of such a run.
        logs: of the parties.
    """

    measured: Mapping[str, Measurement]
    mismatches: int
    stranger: grpc.StatusCode
    ended: str
    deserted: str
    logs: Mapping[str, str]


def scenario(
    kind: ColumnKind, subjects: int = SUBJECTS, word: str = "all"
) -> tuple[Scenario, PreparedProgramme]:
    predicate = spelt_out(word, AGENCIES)
    one = Scenario("s", "s", Scheme.CLEAR, kind, subjects, AGENCIES, predicate, None, 1)
    prepared = planned(one)
    assert not isinstance(prepared, NotMeasured)
    return one, prepared


def quiet(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return asyncio.run(asyncio.wait_for(play(tmp_path_factory.mktemp("plaintext")), 120))


async def play(directory: Path) -> Played:
    town = draw_town({Role(role): SUBJECTS for role in roles()[:AGENCIES]}, 1947)
    measured = {}
    async with plaintext_of(directory, town, quiet) as bench:
        for kind in ColumnKind:
            measured[kind.value] = await bench.measure(*scenario(kind), quiet)
        measured["any"] = await bench.measure(*scenario(ColumnKind.DECISION, word="any"), quiet)
        measured["one"] = await bench.measure(*scenario(ColumnKind.DECISION, 1), quiet)
        everybody = {
            name: Values(np.zeros_like(one.codes), one.present) for name, one in town.table.items()
        }
        believing = PlaintextBench(
            directory, bench._parties, bench._channel, replace(town, table=everybody)
        )
        wrong = await believing.measure(*scenario(ColumnKind.DECISION, word="any"), quiet)
        stranger = await strange(directory / "elsewhere", bench._parties.server)
        bench._parties.processes["welfare"].stop()
        one, prepared = scenario(ColumnKind.DECISION)
        with pytest.raises(RunFailed) as ended:
            await bench.measure(one, prepared, quiet)
        asked = Asked(prepared.bundle.decode(), one.column_kind, DAY.isoformat(), SUBJECTS)
        with pytest.raises(RunFailed) as deserted:
            await bench._decide(asked, [np.zeros((SUBJECTS, 16), np.uint8)] * AGENCIES)
        logs = {name: one.log.read_text("utf-8") for name, one in bench._parties.processes.items()}
    return Played(measured, wrong.mismatches, stranger, str(ended.value), str(deserted.value), logs)


async def strange(directory: Path, server: str) -> grpc.StatusCode:
    authority = create_authority(directory, NOW)
    identity = issue_identity(authority, "city-benefits", NOW)
    async with await connect(identity, server, now=NOW) as channel:
        try:
            await channel.stream_stream(DECIDE)(timeout=10).read()
        except grpc.aio.AioRpcError as error:
            return error.code()
    return grpc.StatusCode.OK


@pytest.mark.parametrize("kind", [*(kind.value for kind in ColumnKind), "any", "one"])
def test_every_verdict_is_that_of_the_reference(played: Played, kind: str) -> None:
    assert played.measured[kind].mismatches == 0


def test_a_verdict_that_differs_is_counted(played: Played) -> None:
    # A warm-up and a run, and most people are not what the requester believes.
    assert 0 < played.mismatches <= 2 * SUBJECTS


def test_a_measurement_accounts_for_every_party(played: Played) -> None:
    found = played.measured["decision"]
    parties = {MATCHER, SELF, *roles()[:AGENCIES]}
    assert found.cpu_seconds.keys() == found.peak_mib.keys() == parties
    assert 0 < found.seconds[Phase.EVALUATE].median < found.seconds[Phase.END_TO_END].median
    assert (found.columns, found.outputs, found.chunks) == (AGENCIES, 1, 2)
    assert (found.parameters, found.hiding_bits, found.spare_bits) == ("", None, None)


def test_bytes_are_those_of_codes_answers_and_decisions(played: Played) -> None:
    found = played.measured["decision"]
    assert 0 < found.bytes_asked - AGENCIES * 16 * SUBJECTS < 10_000
    assert (found.bytes_up, found.bytes_down) == (AGENCIES * SUBJECTS, SUBJECTS)


def test_a_caller_of_another_authority_gets_nowhere(played: Played) -> None:
    assert played.stranger is grpc.StatusCode.UNAVAILABLE


def test_a_run_without_an_agency_fails_and_says_which(played: Played) -> None:
    assert "the welfare process has ended" in played.ended
    assert "welfare is not connected" in played.deserted


def test_parties_log_nothing_but_that_they_serve(played: Played) -> None:
    assert all(log.startswith("ready: ") and log.count("\n") == 1 for log in played.logs.values())
