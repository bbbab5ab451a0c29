"""``fusuma programme``: what a benefit designer does before anybody is asked.

Rules:
 * ``check`` ends with status 1 where the programme cannot be run as it is.
 * Without ``--date`` today counts, or the programme's first day where today lies outside its
   validity.
 * Output for people goes through rich; ``--json`` gives one JSON object.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from clients.designer.checking import MissingGrant, Report, check
from clients.designer.presenting import plan_grid, plan_json, plan_lines
from clients.review.explaining import explain
from clients.review.phrases import Language
from matcher.core.errors import InvalidConfiguration
from matcher.core.grants import GrantTable
from matcher.core.identifiers import AgencyId, Role, agency_id
from matcher.core.plan import compile_plan
from matcher.core.programme import Programme
from matcher.core.scheme import ColumnKind, Scheme
from matcher.language import bundle_digest, dump_bundle, load_grants, load_programme

GRANTS_FILE = "grants.yaml"

app = typer.Typer(
    help="Check, explain and plan a benefit programme.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

File = Annotated[Path, typer.Argument(help="The programme, a YAML file.", metavar="FILE")]
Day = Annotated[
    str, typer.Option("--date", help="The day that counts, YYYY-MM-DD.", metavar="DATE")
]
Json = Annotated[bool, typer.Option("--json", help="Write one JSON object.")]


@app.command("check")
def check_command(
    file: File,
    *,
    day: Day = "",
    grants: Annotated[
        Path | None,
        typer.Option(
            help=f"The legal table; without it {GRANTS_FILE} beside the file.", metavar="FILE"
        ),
    ] = None,
    provider: Annotated[
        list[str] | None,
        typer.Option(
            help="The agency of a role, if it is not called like it; repeatable.",
            metavar="ROLE=AGENCY",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a programme: its examples, plans and grants."""
    programme = load_programme(file)
    beside = file.parent / GRANTS_FILE
    table = GrantTable(())
    if grants is not None or beside.exists():
        table = load_grants(grants or beside)
    report = check(programme, _day(programme, day), table, _providers(provider or []))
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        _print_report(report)
    if not report.fine:
        raise typer.Exit(1)


@app.command("explain")
def explain_command(
    file: File,
    *,
    lang: Annotated[Language, typer.Option(help="The language to explain it in.")] = Language.EN,
    day: Day = "",
    as_json: Json = False,
) -> None:
    """Say in plain words who is eligible and what is asked of whom."""
    programme = load_programme(file)
    lines = explain(programme, _day(programme, day), lang)
    if as_json:
        typer.echo(json.dumps({"language": lang.value, "lines": lines}, ensure_ascii=False))
    else:
        typer.echo("\n".join(lines))


@app.command("plan")
def plan_command(
    file: File,
    *,
    scheme: Annotated[Scheme, typer.Option(help="How attributes are protected.")] = Scheme.BGV,
    columns: Annotated[
        ColumnKind | None,
        typer.Option(help="What an agency sends; decision, or value with the enclave."),
    ] = None,
    day: Day = "",
    as_json: Json = False,
) -> None:
    """Show what a run would ask, compute, cost and tell whom."""
    programme = load_programme(file)
    kind = columns or (ColumnKind.VALUE if scheme is Scheme.ENCLAVE else ColumnKind.DECISION)
    digest = bundle_digest(dump_bundle(programme))
    plan = compile_plan(programme, digest, scheme, kind, _day(programme, day))
    if as_json:
        typer.echo(json.dumps(plan_json(plan), ensure_ascii=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(plan_grid(plan))
    for line in plan_lines(plan):
        console.print(line, markup=False)


def _day(programme: Programme, written: str) -> date:
    if written:
        try:
            return date.fromisoformat(written)
        except ValueError:
            raise InvalidConfiguration(
                f"{written[:40]!r} is not a date", where="--date", fix="write it as 2026-04-01"
            ) from None
    # A command line reads the clock; nothing below it does.
    today = date.today()  # noqa: DTZ011 - a day of the designer's own calendar
    begun = programme.valid_from <= today
    return today if begun and today <= (programme.valid_to or today) else programme.valid_from


def _providers(written: list[str]) -> dict[Role, AgencyId]:
    providers = {}
    for pair in written:
        role, equals, agency = pair.partition("=")
        if not equals:
            raise InvalidConfiguration(
                f"{pair[:80]!r} does not map a role to an agency",
                where="--provider",
                fix="write role=agency",
            )
        providers[Role(role)] = agency_id(agency)
    return providers


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
