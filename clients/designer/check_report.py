"""What ``check`` found, for people and for machines.

Rules:
 * What is wrong stands where it can be mended: file, line and column, the rows to add.
 * Ways that cannot carry the programme stand together where the reason is the same, and name the
   ways that can.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from clients.designer.checking import PlanOutcome, Report
from clients.designer.legal_need import LegalNeed, UsedRow
from clients.designer.trying import Way
from clients.review.decided import shown
from matcher.core.canonical import JsonObject
from matcher.core.scheme import Scheme


def report_json(report: Report) -> JsonObject:
    """Return ``report`` for machines."""
    return {
        "programme": report.programme.id,
        "version": report.programme.version,
        "date": report.day.isoformat(),
        "fine": report.fine,
        "agencies": {str(role): count for role, count in report.agencies.items()},
        "tests": [
            {
                "name": trial.case.name,
                "date": trial.day.isoformat(),
                "expected": trial.case.expect.word,
                "verdict": trial.decided.verdict.word,
                "expected_outcome": trial.case.outcome,
                "outcome": trial.decided.outcome,
                "expected_amount": trial.case.amount,
                "amount": trial.decided.amount,
                "passed": trial.passed,
            }
            for trial in report.cases
        ],
        "plans": [_plan_json(outcome, report.possible) for outcome in report.plans],
        "law": report.law.to_json(),
        "obstacles": [
            {"date": one.day.isoformat(), "reason": one.reason, "where": one.where}
            for one in report.obstacles
        ],
    }


def show_report(report: Report, console: Console) -> None:
    """Print ``report`` for people."""
    programme = report.programme
    console.print(
        f"{programme.id} {programme.version} on {report.day.isoformat()}",
        markup=False,
        style="bold",
    )
    if report.cases:
        console.print(_tests(report))
    else:
        console.print("no tests: add some, with every limit at one below, at it, and one above")
    for line in _plan_lines(report):
        console.print(line, markup=False)
    for obstacle in report.obstacles:
        place = f" ({obstacle.where})" if obstacle.where else ""
        console.print(
            f"from {obstacle.day.isoformat()} on: {obstacle.reason}{place}",
            markup=False,
            style="red",
        )
    _show_law(report.law, console)
    console.print("[green]fine[/]" if report.fine else "[red]not ready to run[/]")


def _tests(report: Report) -> Grid:
    grid = Grid("test", "expected", "verdict", "")
    for trial in report.cases:
        case = trial.case
        mark = "[green]ok[/]" if trial.passed else "[red]differs[/]"
        name = case.name + (f" ({case.day.isoformat()})" if case.day else "")
        expected = shown(case.expect, case.outcome, case.amount, report.programme)
        grid.add_row(escape(name), expected, trial.decided.text(report.programme), mark)
    return grid


def _plan_lines(report: Report) -> Iterator[str]:
    refused: dict[tuple[str, str], list[Way]] = {}
    for outcome in report.plans:
        if outcome.plan is None:
            refused.setdefault((outcome.reason, outcome.where), []).append(outcome.way)
            continue
        name = _parameters(outcome)
        digest = f"plan {outcome.plan.digest.hex()[:16]}…"
        yield f"{outcome.way.text}: {digest}{f', {name}' if name else ''}"
    for (reason, where), ways in refused.items():
        yield f"{_ways_text(ways)}: not possible: {reason}"
        if where:
            yield f"  it is at {where}"
    if refused and report.possible:
        yield f"  possible is {_ways_text(report.possible)}"


def _ways_text(ways: Sequence[Way]) -> str:
    """Return ``ways`` as in ``bgv, bfv with decision and attribute columns``."""
    kinds: dict[Scheme, list[str]] = {}
    for way in ways:
        kinds.setdefault(way.scheme, []).append(way.kind.value)
    schemes: dict[str, list[str]] = {}
    for scheme, names in kinds.items():
        schemes.setdefault(" and ".join(names), []).append(scheme.value)
    return "; ".join(f"{', '.join(names)} with {kind} columns" for kind, names in schemes.items())


def _plan_json(outcome: PlanOutcome, possible: Sequence[Way]) -> JsonObject:
    impossible = outcome.plan is None
    return {
        "scheme": outcome.way.scheme.value,
        "columns": outcome.way.kind.value,
        "digest": None if outcome.plan is None else outcome.plan.digest.hex(),
        "parameters": _parameters(outcome),
        "reason": outcome.reason,
        "where": outcome.where,
        "instead": [
            {"scheme": way.scheme.value, "columns": way.kind.value}
            for way in (possible if impossible else ())
        ],
    }


def _parameters(outcome: PlanOutcome) -> str | None:
    if outcome.plan is None or outcome.plan.parameters is None:
        return None
    return outcome.plan.parameters.name


def _show_law(law: LegalNeed, console: Console) -> None:
    if law.used:
        grid = Grid("provider", "items", "legal basis", "in force", title="legal rows")
        for row in law.used:
            grid.add_row(
                row.grant.provider,
                escape(", ".join(row.items)),
                f"{row.grant.kind.value}: {escape(row.grant.basis)}",
                _period(row),
            )
        console.print(grid)
    for row in law.used:
        for note in _notes(row):
            console.print(note, markup=False)
    for lacking in law.missing:
        for item, reason in zip(lacking.items, lacking.reasons, strict=True):
            console.print(f"{item} of {lacking.provider}: {reason}", markup=False, style="red")
    if law.missing:
        console.print("missing grants, as rows to complete and add:", style="red")
        console.print(law.rows_to_add(), markup=False)


def _notes(row: UsedRow) -> Iterator[str]:
    about = f"the row for {', '.join(row.items)} of {row.grant.provider}"
    if row.more:
        yield f"{about} allows more than this programme reads: {', '.join(row.more)}"
    if row.ends_early:
        yield f"{about} is not in force through all of the programme's validity"


def _period(row: UsedRow) -> str:
    last = row.grant.valid_to
    until = "" if last is None else f" to {last.isoformat()}"
    return f"from {row.grant.valid_from.isoformat()}{until}"
