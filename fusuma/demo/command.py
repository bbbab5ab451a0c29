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
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from clients.requester.config import load_config
from fusuma.demo.boundaries import Crossing, Receiver, Sight, sights
from fusuma.demo.cohorts import (
    CITY_RESIDENTS,
    DemoCohort,
    demo_cohorts,
)
from fusuma.demo.report import print_conclusion, report_json, tables
from fusuma.demo.runs import decide_all, received
from fusuma.exit_codes import ExitCode
from fusuma.federation import Federation, running
from fusuma.federation_files import ENCLAVE, MATCHER, FederationPlan, HeldTable
from fusuma.findings import announcing, check_report, write_report
from fusuma.processes import unwound_by_signals
from matcher.core.identifiers import AgencyId, Role

app = typer.Typer(help="Run the whole system here and check it.", rich_markup_mode=None)

REPORT_WIDTH = 120


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

    Starts a matcher, four agencies and an enclave as processes of their own on loopback, acts as
    the requesting cities, and compares every verdict with the plaintext.
    """
    check_report(report)
    announce = announcing()
    begun = time.perf_counter()
    # Also while things are prepared and cleared away: a cohort is a large thing to leave behind.
    with unwound_by_signals(), tempfile.TemporaryDirectory(prefix="fusuma-demo-") as place:
        directory = Path(place)
        announce("preparing a survey of real people, a synthetic city and its households")
        cohorts = demo_cohorts(directory / "cohorts", residents)
        plan = _plan(cohorts)
        announce(f"starting matcher, {', '.join(plan.agencies)} and enclave on loopback")
        with running(directory, plan) as federation:
            setup = time.perf_counter() - begun
            configs = {
                requester: load_config(path)
                for requester, path in federation.configurations.items()
            }
            outcomes, own = asyncio.run(decide_all(federation, configs, cohorts, announce))
        announce("reading what crossed each party's boundary")
        seen = _seen(federation, own)
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


def _seen(federation: Federation, own: Mapping[AgencyId, list[Crossing]]) -> list[Sight]:
    logs = federation.boundary_logs()
    parties: dict[str, Receiver] = {
        MATCHER: Receiver.MATCHER,
        **dict.fromkeys(federation.agencies, Receiver.PROVIDER),
        ENCLAVE: Receiver.ENCLAVE,
    }
    seen = [
        sight
        for party, receiver in parties.items()
        for sight in sights(party, receiver, received(logs[party]))
    ]
    for requester, crossings in own.items():
        seen += sights(requester, Receiver.REQUESTER, crossings)
    return seen


def _plan(cohorts: tuple[DemoCohort, ...]) -> FederationPlan:
    agencies: dict[AgencyId, list[HeldTable]] = {}
    requesters: dict[AgencyId, Mapping[Role, tuple[AgencyId, ...]]] = {}
    for cohort in cohorts:
        requesters[cohort.programme.requester] = cohort.providers
        for agency, table in cohort.tables.items():
            agencies.setdefault(agency, []).append(table)
    first, *others = requesters
    return FederationPlan(
        requester=first,
        agencies=agencies,
        grants=[path for cohort in cohorts for path in cohort.grants],
        providers=requesters[first],
        other_requesters={other: requesters[other] for other in others},
    )
