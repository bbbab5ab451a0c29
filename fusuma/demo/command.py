"""``fusuma demo``: start a federation here, decide real cases, and check every verdict.

Rules:
 * Everything runs on loopback in a temporary directory that is removed afterwards.
 * A verdict that differs from the plaintext reference ends the command with status 1.
 * Without a terminal progress is one plain line a step.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from clients.requester.config import load_config
from fusuma.demo.boundaries import Crossing, Receiver, Sight, sights
from fusuma.demo.cohorts import (
    CITY_RESIDENTS,
    REQUESTER,
    TAX,
    WELFARE,
    DemoCohort,
    demo_cohorts,
)
from fusuma.demo.report import print_conclusion, report_json, tables
from fusuma.demo.runs import decide_all, received
from fusuma.exit_codes import ExitCode
from fusuma.federation import running
from fusuma.federation_files import ENCLAVE, MATCHER, FederationPlan
from fusuma.findings import announcing, check_report, write_report
from fusuma.processes import unwound_by_signals

app = typer.Typer(help="Run the whole system here and check it.", rich_markup_mode=None)

REPORT_WIDTH = 120
_PARTIES = {
    MATCHER: Receiver.MATCHER,
    TAX: Receiver.PROVIDER,
    WELFARE: Receiver.PROVIDER,
    ENCLAVE: Receiver.ENCLAVE,
}


@app.command("demo")
def demo(
    *,
    report: Annotated[
        Path | None, typer.Option(help="Write the findings there as JSON.", metavar="FILE")
    ] = None,
    residents: Annotated[
        int, typer.Option(help="Residents of the synthetic city.", min=100, max=5_000_000)
    ] = CITY_RESIDENTS,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Run the whole system here and check it.

    Starts a matcher, two agencies and an enclave as processes of their own on loopback, acts as
    the requesting city, and compares every verdict with the plaintext.
    """
    check_report(report)
    announce = announcing()
    begun = time.perf_counter()
    # Also while things are prepared and cleared away: a cohort is a large thing to leave behind.
    with unwound_by_signals(), tempfile.TemporaryDirectory(prefix="fusuma-demo-") as place:
        directory = Path(place)
        announce("preparing a survey of real people and a synthetic city")
        cohorts = demo_cohorts(directory / "cohorts", residents)
        announce("starting matcher, tax, welfare and enclave on loopback")
        with running(directory, _plan(cohorts)) as federation:
            setup = time.perf_counter() - begun
            config = load_config(federation.configuration)
            outcomes, own = asyncio.run(decide_all(federation, config, cohorts, announce))
        announce("reading what crossed each party's boundary")
        logs = federation.boundary_logs()
        seen = [
            sight
            for party, receiver in _PARTIES.items()
            for sight in sights(party, receiver, received(logs[party]))
        ]
        seen += _own_sights(own)
    findings = report_json(outcomes, seen, setup)
    if report is not None:
        write_report(report, findings)
    if as_json:
        typer.echo(json.dumps(findings, ensure_ascii=False))
    else:
        console = Console()
        if not console.is_terminal:
            # A file has no width of its own; the tables need this much.
            console.width = REPORT_WIDTH
        console.print(tables(cohorts, outcomes, seen))
        print_conclusion(console, outcomes)
    if any(outcome.mismatches for outcome in outcomes):
        raise typer.Exit(ExitCode.NO)


def _own_sights(own: list[Crossing]) -> tuple[Sight, ...]:
    return sights(REQUESTER, Receiver.REQUESTER, own)


def _plan(cohorts: tuple[DemoCohort, ...]) -> FederationPlan:
    return FederationPlan(
        requester=REQUESTER,
        agencies={
            agency: [cohort.tables[agency] for cohort in cohorts] for agency in (TAX, WELFARE)
        },
        grants=[cohort.grants for cohort in cohorts],
    )
