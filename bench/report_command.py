"""``fusuma bench report``: the page, or the table, of results that were measured before."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.report.csv_file import write_csv
from bench.report.page import check_page, write_page
from bench.results_file import read_results
from fusuma.findings import check_report
from matcher.core.errors import InvalidConfiguration

_WRITERS = {".html": write_page, ".csv": write_csv}


def report(
    results: Annotated[Path, typer.Argument(help="A results.json.", metavar="RESULTS.json")],
    *,
    output: Annotated[
        Path, typer.Option(help="Where the report goes: .html or .csv.", metavar="FILE")
    ],
) -> None:
    """Write the report of a benchmark again."""
    check_report(output)
    writer = _WRITERS.get(output.suffix.lower())
    if writer is None:
        raise InvalidConfiguration(
            "the name says neither a page nor a table",
            where=str(output),
            fix=f"let it end with {' or '.join(_WRITERS)}",
        )
    if writer is write_page:
        check_page(output)
    writer(read_results(results), output)
    typer.echo(f"written: {output}")
