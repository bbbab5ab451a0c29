"""``fusuma programme check``: whether a programme can be run as it is.

Rules:
 * Status 1 where it cannot.
"""

from __future__ import annotations

import json

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from clients.designer.checking import MissingGrant, Report, check
from clients.designer.options import (
    Day,
    File,
    Grants,
    Json,
    ProviderOptions,
    day_of,
    grants_of,
    providers_of,
)
from matcher.language import load_programme


def check_command(
    file: File,
    *,
    day: Day = "",
    grants: Grants = None,
    provider: ProviderOptions = None,
    as_json: Json = False,
) -> None:
    """Check a programme: its examples, plans and grants."""
    programme = load_programme(file)
    table = grants_of(file, grants)
    report = check(programme, day_of(programme, day), table, providers_of(provider))
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        _print_report(report)
    if not report.fine:
        raise typer.Exit(1)


def _print_report(report: Report) -> None:
    console = Console(highlight=False, soft_wrap=True)
    programme = report.programme
    console.print(
        f"{programme.id} {programme.version} on {report.day.isoformat()}",
        markup=False,
        style="bold",
    )
    cases = Grid("test", "expected", "verdict", "")
    for result in report.cases:
        mark = "[green]ok[/]" if result.passed else "[red]differs[/]"
        name = result.case.name + (f" ({result.case.day})" if result.case.day else "")
        cases.add_row(escape(name), result.case.expect.word, result.verdict.word, mark)
    if report.cases:
        console.print(cases)
    else:
        console.print("no tests: add some, with every limit at one below, at it, and one above")
    for outcome in report.plans:
        name = f"{outcome.scheme.value} with {outcome.kind.value} columns"
        if outcome.plan is not None:
            console.print(f"{name}: plan {outcome.plan.digest.hex()[:16]}…", markup=False)
        else:
            console.print(f"{name}: not possible: {outcome.reason}", markup=False)
    for obstacle in report.obstacles:
        console.print(
            f"from {obstacle.day.isoformat()} on: {obstacle.reason}", markup=False, style="red"
        )
    if report.missing:
        console.print("missing grants, as rows to complete and add:", style="red")
        for row in report.missing:
            console.print(_row(report, row), markup=False)
    console.print("[green]fine[/]" if report.fine else "[red]not ready to run[/]")


def _row(report: Report, missing: MissingGrant) -> str:
    programme = report.programme
    return (
        f"  # {missing.reason}\n"
        f"  - {{requester: {programme.requester}, affair: {programme.affair}, "
        f"provider: {missing.provider}, items: [{missing.item}], basis: …, "
        f"valid: {{from: {report.day.isoformat()}}}}}"
    )
