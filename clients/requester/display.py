"""What a person sees of a run: progress while it lasts, and a summary at the end.

Rules:
 * Progress goes to standard error; the summary, or one JSON object, to standard output.
 * Without a terminal progress is one plain line a stage, and one more when some agency has
   answered, so that logs stay readable.
 * Counts of verdicts and outcomes are shown, never a subject.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from clients.requester.decided import Decided
from clients.requester.progress import Progress, Stage, Watcher
from clients.requester.run import MatchResult
from matcher.core.canonical import JsonObject
from matcher.core.programme import Interval

_SENTENCES: Mapping[Stage, str] = MappingProxyType(
    {
        Stage.KEYS: "making the run's key",
        Stage.ROSTERS: "writing rosters",
        Stage.CREATE: "announcing the run",
        Stage.UPLOAD: "uploading keys and rosters",
        Stage.COLLECT: "waiting for the agencies",
        Stage.EVALUATE: "waiting for the evaluation",
        Stage.DOWNLOAD: "fetching the result",
        Stage.OPEN: "verifying and opening the result",
        Stage.WRITE: "writing the verdicts",
    }
)

_EVERY: Mapping[Interval, str] = MappingProxyType(
    {Interval.ONCE: "once", Interval.MONTH: "a month", Interval.YEAR: "a year"}
)


@contextmanager
def showing_progress(console: Console) -> Iterator[Watcher]:
    """Show progress on ``console`` while inside; a bar on a terminal, else lines."""
    if not console.is_terminal:
        yield _Lines(console).show
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def show(progress: Progress) -> None:
            bar.update(
                task,
                description=_sentence(progress),
                completed=progress.done,
                total=progress.total or None,
            )

        yield show


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: Progress | None = None

    def show(self, progress: Progress) -> None:
        shown = self._shown
        if (
            shown is not None
            and progress.stage is shown.stage
            and progress.awaited in {(), shown.awaited}
        ):
            return
        self._shown = progress
        chunks = f" ({progress.total} chunks)" if progress.total else ""
        self._console.print(
            f"{_sentence(progress)}{chunks}", highlight=False, soft_wrap=True, markup=False
        )


def _sentence(progress: Progress) -> str:
    names = ", ".join(progress.awaited)
    return f"{_SENTENCES[progress.stage]}{': ' if names else ''}{names}"


def summary_json(result: MatchResult, out: Path, seconds: Mapping[Stage, float]) -> JsonObject:
    """Return the summary of a run as JSON; seconds are in milliseconds, whole numbers."""
    plan = result.plan
    return {
        "run": result.run,
        "programme": plan.programme.id,
        "version": plan.programme.version,
        "scheme": plan.scheme.value,
        "columns": plan.column_kind.value,
        "date": plan.reference_date.isoformat(),
        "subjects": len(result.decided),
        **result.decided.counts_json(),
        "milliseconds": {stage.value: round(1000 * spent) for stage, spent in seconds.items()},
        "total_milliseconds": round(1000 * sum(seconds.values())),
        "sent_bytes": result.sent_bytes,
        "received_bytes": result.received_bytes,
        "out": str(out),
    }


def print_summary(
    console: Console, result: MatchResult, out: Path, seconds: Mapping[Stage, float]
) -> None:
    """Print the counts of verdicts and outcomes, and what every stage took."""
    plan = result.plan
    title = plan.programme.title.get("en") or plan.programme.id
    console.print(f"{title} ({plan.programme.id} {plan.programme.version})", highlight=False)
    console.print(
        f"run {result.run}, {plan.scheme.value} with {plan.column_kind.value} columns, "
        f"as of {plan.reference_date.isoformat()}",
        highlight=False,
        soft_wrap=True,
    )
    verdicts = Table("verdict", "subjects", box=None)
    verdicts.columns[1].justify = "right"
    for verdict, count in result.decided.verdict_counts().items():
        verdicts.add_row(verdict.word, f"{count:,}")
    console.print(verdicts)
    if result.decided.outcomes:
        console.print(_outcome_table(result.decided))
    stages = Table("stage", "seconds", box=None)
    stages.columns[1].justify = "right"
    for stage, spent in seconds.items():
        stages.add_row(_SENTENCES[stage], f"{spent:.3f}")
    console.print(stages)
    console.print(f"verdicts written to {out}", highlight=False, soft_wrap=True)


def _outcome_table(decided: Decided) -> Table:
    table = Table("outcome", "subjects", box=None)
    table.columns[1].justify = "right"
    payment = decided.payment
    if payment is not None:
        table.add_column(f"{payment.currency} each", justify="right")
        table.add_column(f"in all ({_EVERY[payment.every]})", justify="right")
    for one in decided.outcome_counts():
        amounts = (one.amount, one.total) if payment is not None else ()
        title = one.outcome.title.get("en") or one.outcome.name
        table.add_row(
            Text(title),
            f"{one.subjects:,}",
            *("" if amount is None else f"{amount:,}" for amount in amounts),
        )
    return table
