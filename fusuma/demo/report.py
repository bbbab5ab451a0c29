"""The demo's findings, as JSON for programs and as tables for people.

Rules:
 * Both show the same figures; nothing is computed for one alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.table import Table

from fusuma import __version__
from fusuma.demo.boundaries import Sight
from fusuma.demo.cohorts import DemoCohort
from fusuma.demo.runs import Outcome
from matcher.core.verdict import Verdict, verdicts_of

_HEADINGS = {"end_to_end": "in all"}
_STAGES = ("encrypt", "transfer", "evaluate", "decrypt", "end_to_end")


def report_json(
    outcomes: Sequence[Outcome], seen: Sequence[Sight], setup_seconds: float
) -> dict[str, object]:
    """Return the report as ``--report`` writes it."""
    cohorts: dict[str, dict[str, object]] = {}
    for outcome in outcomes:
        cohorts.setdefault(outcome.cohort, {})[outcome.variant] = _outcome_json(outcome)
    return {
        "fusuma": __version__,
        "setup_seconds": round(setup_seconds, 3),
        "cohorts": cohorts,
        "seen": [
            {
                "party": sight.party,
                "from": list(sight.senders),
                "what": sight.what,
                "reads": sight.reads,
                "closed": sight.closed,
                "messages": sight.messages,
                "bytes": sight.size,
            }
            for sight in seen
        ],
    }


def tables(
    cohorts: Sequence[DemoCohort], outcomes: Sequence[Outcome], seen: Sequence[Sight]
) -> Group:
    """Return the report as a terminal shows it."""
    return Group(
        *(_verdict_table(cohort, outcomes) for cohort in cohorts),
        _cost_table(outcomes),
        _sight_table(seen),
    )


def print_conclusion(console: Console, outcomes: Sequence[Outcome]) -> None:
    """Say in one line whether encrypted and plaintext verdicts agree."""
    mismatches = sum(outcome.mismatches for outcome in outcomes)
    decided = sum(outcome.subjects for outcome in outcomes)
    if mismatches:
        console.print(
            f"[bold red]{mismatches:,} of {decided:,} verdicts differ[/] from the plaintext"
        )
    else:
        console.print(f"[bold green]all {decided:,} verdicts agree[/] with the plaintext reference")


def _outcome_json(outcome: Outcome) -> dict[str, object]:
    return {
        "subjects": outcome.subjects,
        **{verdict.word: outcome.verdicts[verdict] for verdict in Verdict},
        "mismatches": outcome.mismatches,
        "seconds": {stage: round(outcome.seconds[stage], 4) for stage in _STAGES},
        "columns": outcome.columns,
        "bytes_per_subject_per_column": round(outcome.bytes_per_subject_per_column, 3),
    }


def _verdict_table(cohort: DemoCohort, outcomes: Sequence[Outcome]) -> Table:
    table = Table(
        title=f"{cohort.title} ({cohort.name})\n[dim]{cohort.programme.eligible_source}",
        title_justify="left",
        title_style="bold",
    )
    table.add_column("scheme")
    for verdict in Verdict:
        table.add_column(verdict.word, justify="right")
    table.add_column("differ from plaintext", justify="right")
    verdicts = verdicts_of(cohort.expected)
    expected = [int((verdicts == verdict).sum()) for verdict in Verdict]
    table.add_row("plaintext", *(f"{count:,}" for count in expected), "", style="dim")
    for outcome in outcomes:
        if outcome.cohort == cohort.name:
            table.add_row(
                outcome.variant,
                *(f"{outcome.verdicts[verdict]:,}" for verdict in Verdict),
                f"{outcome.mismatches:,}",
                style="red" if outcome.mismatches else "",
            )
    return table


def _wide_table(title: str, note: str) -> Table:
    """Return a table without lines between columns, so that 80 columns of a terminal suffice."""
    return Table(
        title=f"\n{title}\n[dim]{note}",
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        show_edge=False,
        padding=0,
    )


def _cost_table(outcomes: Sequence[Outcome]) -> Table:
    table = _wide_table(
        "What it cost",
        "seconds; encrypt, transfer and evaluate add up over parties that work\n"
        "at the same time; bytes on the wire are for one subject and column",
    )
    table.add_column("cohort")
    table.add_column("scheme")
    for stage in _STAGES:
        table.add_column(_HEADINGS.get(stage, stage), justify="right")
    table.add_column("columns", justify="right")
    table.add_column("bytes", justify="right")
    for outcome in outcomes:
        table.add_row(
            outcome.cohort,
            outcome.variant,
            *(f"{outcome.seconds[stage]:.2f}" for stage in _STAGES),
            str(outcome.columns),
            f"{outcome.bytes_per_subject_per_column:.1f}",
        )
    return table


def _sight_table(seen: Sequence[Sight]) -> Table:
    table = _wide_table("What each party saw", "messages it received, counted at its own boundary")
    table.add_column("party", no_wrap=True)
    table.add_column("from", no_wrap=True)
    for heading in ("message", "can read", "cannot read"):
        table.add_column(heading)
    table.add_column("count", justify="right", no_wrap=True)
    table.add_column("kB", justify="right", no_wrap=True)
    party = ""
    for sight in seen:
        if party and sight.party != party:
            table.add_section()
        table.add_row(
            "" if sight.party == party else sight.party,
            "\n".join(sight.senders),
            sight.what,
            sight.reads,
            sight.closed,
            f"{sight.messages:,}",
            f"{sight.size / 1000:,.1f}",
        )
        party = sight.party
    return table
