"""``fusuma bench``: measure speed, size and memory on this machine.

Rules:
 * Progress goes to standard error, the report to a file or standard output, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bench.designing import measure as measure_check
from bench.e2e import Settings, measure
from bench.local import measure as measure_local
from bench.parity_command import parity
from fusuma.findings import announcing, check_report, write_report
from fusuma.processes import unwound_by_signals
from matcher.core.scheme import ColumnKind

app = typer.Typer(
    help="Measure speed, size and memory on this machine.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class MeasuredColumns(StrEnum):
    """Which kinds of column to measure."""

    DECISION = "decision"
    ATTRIBUTE = "attribute"
    BOTH = "both"


_KINDS = {
    MeasuredColumns.DECISION: (ColumnKind.DECISION,),
    MeasuredColumns.ATTRIBUTE: (ColumnKind.ATTRIBUTE,),
    MeasuredColumns.BOTH: (ColumnKind.DECISION, ColumnKind.ATTRIBUTE),
}


@app.callback()
def bench() -> None:
    """Measure speed, size and memory on this machine."""


@app.command()
def e2e(
    *,
    subjects: Annotated[
        int, typer.Option(help="Size of the cohort.", min=1, max=5_000_000)
    ] = 1_000_000,
    report: Annotated[
        Path | None, typer.Option(help="Write the report there instead.", metavar="FILE")
    ] = None,
    columns: Annotated[
        MeasuredColumns, typer.Option(help="What agencies encrypt.")
    ] = MeasuredColumns.BOTH,
    repeats: Annotated[int, typer.Option(help="Counted runs of each kind.", min=1, max=100)] = 5,
    singles: Annotated[
        int, typer.Option(help="Counted runs with one subject.", min=2, max=500)
    ] = 100,
) -> None:
    """Decide a conjunction over two agencies under bgv, all here."""
    check_report(report)
    # Also while things are prepared and cleared away: a cohort is a large thing to leave behind.
    with unwound_by_signals(), tempfile.TemporaryDirectory(prefix="fusuma-bench-") as place:
        settings = Settings(subjects, repeats, singles)
        findings = asyncio.run(measure(Path(place), settings, _KINDS[columns], announcing()))
    if report is None:
        typer.echo(json.dumps(findings, ensure_ascii=False, indent=2))
    else:
        write_report(report, findings)
        typer.echo(f"{findings['subjects_per_second']:,} subjects per second; report in {report}")


@app.command()
def local(
    *,
    residents: Annotated[
        int, typer.Option(help="Residents in the agency's file.", min=100, max=5_000_000)
    ] = 1_000_000,
    repeats: Annotated[int, typer.Option(help="Counted rounds.", min=1, max=100)] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Answer a literal of five comparisons for a cohort, in the clear."""
    with unwound_by_signals(), tempfile.TemporaryDirectory(prefix="fusuma-bench-") as place:
        findings = measure_local(Path(place), residents, repeats, announcing())
    if as_json:
        typer.echo(json.dumps(findings, ensure_ascii=False, indent=2))
        return
    seconds = findings["seconds"]
    median = seconds["median"] if isinstance(seconds, dict) else seconds
    typer.echo(
        f"{findings['rows_per_second']:,} residents per second: {median} seconds for "
        f"{residents:,}, on the processor {findings['cpu_seconds']}"
    )


@app.command("check")
def check_command(
    *,
    repeats: Annotated[int, typer.Option(help="Counted rounds.", min=1, max=100)] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Check a programme as large as one file can hold."""
    with tempfile.TemporaryDirectory(prefix="fusuma-bench-") as place:
        findings = measure_check(Path(place), repeats, announcing())
    if as_json:
        typer.echo(json.dumps(findings, ensure_ascii=False, indent=2))
        return
    typer.echo(
        f"{findings['command_seconds']} seconds for the command, of which loading and checking "
        f"{findings['bytes']:,} bytes takes {findings['check_seconds']}"
    )


app.command("parity")(parity)
