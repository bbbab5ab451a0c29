"""``fusuma bench parity``: every scheme against the rule, on every shipped programme.

Rules:
 * Status 1 where any scheme says something else than the rule about anybody, and where nothing was
   decided at all.
 * A scheme that is asked for and not installed is an error; without asking, it is a refused row.
 * The table goes to standard output, the report to a file: JSON, or Markdown for a name in ``.md``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench.parity import Parity, Settings, measure_parity
from bench.parity_text import (
    difference_text,
    parity_grid,
    parity_json,
    parity_markdown,
    refusals,
)
from fusuma.findings import announcing, check_report, write_report
from fusuma.processes import unwound_by_signals
from matcher.core.errors import InvalidConfiguration
from matcher.core.nearest import nearest
from matcher.core.scheme import Scheme
from matcher.schemes.installed import check_installed
from programmes import programme_names


def parity(
    *,
    subjects: Annotated[
        int, typer.Option(help="Random subjects of every programme.", min=1, max=1_000_000)
    ] = 10_000,
    report: Annotated[
        Path | None,
        typer.Option(help="Write the report there, too: JSON, or a table in .md.", metavar="FILE"),
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option(help="Write the table as Markdown, too.", metavar="FILE")
    ] = None,
    programmes: Annotated[
        list[str] | None,
        typer.Option(help="A shipped programme; repeatable, all without it.", metavar="NAME"),
    ] = None,
    schemes: Annotated[
        list[Scheme] | None, typer.Option(help="A scheme; repeatable, all without it.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the random subjects.", min=0)] = 1,
    workers: Annotated[
        int, typer.Option(help="Processes; 0 for one on every core.", min=0, max=256)
    ] = 0,
) -> None:
    """Decide every shipped programme under every scheme and compare."""
    check_report(report)
    check_report(markdown)
    for scheme in schemes or ():
        check_installed(scheme)
    settings = Settings(
        programmes=_named(programmes),
        schemes=_each(schemes or Scheme),
        subjects=subjects,
        seed=seed,
        workers=workers or len(os.sched_getaffinity(0)),
    )
    # Worker processes are ended with this one.
    with unwound_by_signals():
        found = measure_parity(settings, announcing())
    for path in (report, markdown):
        if path is not None:
            _write(path, found, as_text=path is markdown or path.suffix == ".md")
    _show(found)
    if found.mismatches or not found.compared:
        raise typer.Exit(1)


def _named(names: list[str] | None) -> tuple[str, ...]:
    known = programme_names()
    for name in names or ():
        if name not in known:
            raise InvalidConfiguration(
                f"no programme {name[:80]!r} comes with the package",
                where="--programmes",
                fix=nearest(name, known),
            )
    return tuple(dict.fromkeys(names or known))


def _each(schemes: Iterable[Scheme]) -> tuple[Scheme, ...]:
    return tuple(dict.fromkeys(schemes))


def _write(path: Path, found: Parity, *, as_text: bool) -> None:
    if as_text:
        path.write_text(parity_markdown(found), encoding="utf-8")
    else:
        write_report(path, parity_json(found))


def _show(found: Parity) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(parity_grid(found))
    for number, reason in enumerate(refusals(found), start=1):
        console.print(f"({number}) {reason}", style="dim", markup=False)
    for row in found.compared:
        if row.first is not None:
            console.print(difference_text(row, row.first), style="red", markup=False)
