"""``fusuma bench e2e``: how fast a conjunction over two agencies is decided under bgv."""

from __future__ import annotations

import asyncio
import json
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bench.e2e import Settings, measure
from fusuma.findings import announcing, check_report, write_report
from fusuma.processes import unwound_by_signals
from matcher.core.scheme import ColumnKind


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
