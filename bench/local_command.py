"""``fusuma bench local``: how fast an agency answers a literal, before encryption."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from bench.local import measure
from fusuma.findings import announcing
from fusuma.processes import unwound_by_signals


def local(
    *,
    residents: Annotated[
        int, typer.Option(help="Residents in the agency's file.", min=100, max=5_000_000)
    ] = 1_000_000,
    repeats: Annotated[int, typer.Option(help="Counted rounds.", min=1, max=100)] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Answer five comparisons for a cohort, before encryption."""
    with unwound_by_signals(), tempfile.TemporaryDirectory(prefix="fusuma-bench-") as place:
        findings = measure(Path(place), residents, repeats, announcing())
    if as_json:
        typer.echo(json.dumps(findings, ensure_ascii=False, indent=2))
        return
    seconds = findings["seconds"]
    median = seconds["median"] if isinstance(seconds, dict) else seconds
    typer.echo(
        f"{findings['rows_per_second']:,} residents per second: {median} seconds for "
        f"{residents:,}, on the processor {findings['cpu_seconds']}"
    )
