"""``fusuma bench check``: how long a designer waits for the check of a large programme."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from bench.designing import measure
from fusuma.findings import announcing


def check(
    *,
    repeats: Annotated[int, typer.Option(help="Counted rounds.", min=1, max=100)] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Check a programme as large as one file can hold."""
    with tempfile.TemporaryDirectory(prefix="fusuma-bench-") as place:
        findings = measure(Path(place), repeats, announcing())
    if as_json:
        typer.echo(json.dumps(findings, ensure_ascii=False, indent=2))
        return
    typer.echo(
        f"{findings['command_seconds']} seconds for the command, of which loading and checking "
        f"{findings['bytes']:,} bytes takes {findings['check_seconds']}"
    )
