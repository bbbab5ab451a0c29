"""``fusuma bench compare``: what changed between two benchmarks.

Rules:
 * The status says that the comparison was made, not how it came out: a script reads ``--json``.
 * Differences of machine and versions go first, the table after them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench.compare import compare as compare_results
from bench.compare_text import comparison_grid, comparison_json, conclusion
from bench.results_file import read_results
from matcher.core.errors import InvalidInput

_WIDTH = 120


def compare(
    first: Annotated[Path, typer.Argument(help="A results.json.", metavar="A.json")],
    second: Annotated[Path, typer.Argument(help="A later one.", metavar="B.json")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show how a second benchmark's figures compare with a first's."""
    if first.exists() and second.exists() and first.samefile(second):
        raise InvalidInput(
            "both are the same file", where=str(second), fix="name two benchmarks' results"
        )
    found = compare_results(read_results(first), read_results(second))
    if as_json:
        typer.echo(json.dumps(comparison_json(found), ensure_ascii=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    # A figure without its spread would be half a figure.
    console.width = max(console.width, _WIDTH)
    for warning in found.warnings:
        console.print(f"warning: {warning}", markup=False)
    console.print("Ratios are the second over the first, with what the spread allows.")
    if found.matches or found.peers:
        console.print(comparison_grid(found))
    for match in found.matches:
        one, other = match.first.parameters, match.second.parameters
        if one != other:
            name = match.first.scenario.name
            console.print(f"{name} used other parameters: {one}, then {other}", markup=False)
    for names, which in ((found.only_first, "first"), (found.only_second, "second")):
        if names:
            console.print(f"only in the {which}: {', '.join(names)}", markup=False)
    console.print(conclusion(found), markup=False)
