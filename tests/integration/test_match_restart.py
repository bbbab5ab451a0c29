"""A match outlives a restart of the matcher in the middle of its run."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from clients.requester.cohort import load_cohort
from clients.requester.config import load_config
from clients.requester.draft import prepare
from clients.requester.progress import Progress, Stage
from clients.requester.run import MatchResult, match
from clients.requester.session import open_session
from fusuma.federation import Federation, running
from fusuma.federation_files import FederationPlan, HeldTable
from fusuma.processes import start
from matcher.core.identifiers import AgencyId
from matcher.core.reference import reference_verdicts
from matcher.core.scheme import ColumnKind, Scheme
from matcher.language import load_programme
from programmes import programme_path
from programmes.synthetic import synthetic_city

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2026, 6, 1)
RESIDENTS = synthetic_city(200, seed=6, unknown_share=0.1)


@pytest.fixture
def federation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Federation]:
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{ROOT / 'proto'}")
    paths = RESIDENTS.write(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    plan = FederationPlan(
        requester=AgencyId("city-benefits"),
        agencies={
            AgencyId(role): (
                HeldTable(
                    paths[role],
                    programme_path("city/catalogue"),
                    "person",
                    {f"{role}.{column}": column},
                ),
            )
            for role, column in (("tax", "income_bracket"), ("welfare", "disability_grade"))
        },
        grants=(programme_path("city/grants"),),
        matcher_workers=1,
        extra={"matcher": {"listen": f"127.0.0.1:{port}"}},
    )
    place = tmp_path / "federation"
    place.mkdir()
    with running(place, plan) as federation:
        yield federation


async def matched(federation: Federation) -> MatchResult:
    """Match; restart the matcher when one agency's columns are there and the other's are not."""
    welfare = federation.processes["welfare"].pid
    config = load_config(federation.configuration)
    programme = load_programme(programme_path("city/support"))
    prepared = prepare(programme, Scheme.BGV, ColumnKind.DECISION, DAY)
    cohort = load_cohort(federation.directory.parent / "cohort.csv", config.terms_of(programme))
    halfway = asyncio.Event()

    def watch(progress: Progress) -> None:
        if progress.stage is Stage.COLLECT and progress.done:
            halfway.set()

    async with open_session(config) as session:
        os.kill(welfare, signal.SIGSTOP)
        task = asyncio.create_task(match(session, prepared, cohort, watcher=watch, timeout=60))
        await asyncio.wait_for(halfway.wait(), 20)
        await asyncio.to_thread(restart, federation)
        os.kill(welfare, signal.SIGCONT)
        return await task


def restart(federation: Federation) -> None:
    federation.processes["matcher"].stop()
    config = federation.directory / "matcher" / "config.yaml"
    log = federation.directory / "matcher" / "second-log.txt"
    again = start("matcher", ["matcher", "serve", "--config", str(config)], log)
    federation.processes["matcher"].popen = again.popen
    again.wait_ready()


def test_a_run_goes_on_after_a_restart_of_the_matcher(federation: Federation) -> None:
    result = asyncio.run(matched(federation))
    expected = reference_verdicts(result.plan.programme, DAY, RESIDENTS.table)
    assert result.verdicts.tolist() == expected.tolist()
