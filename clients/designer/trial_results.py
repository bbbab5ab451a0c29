"""What came out of a programme's tests, for people and for machines.

Rules:
 * A row says what was expected and what the rule says; a way has a mark only: ``ok`` where it
   agrees with the rule, or what it says instead.
 * A limit's rows stand together; where the decision changes between two, the second says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from clients.designer.case_text import flow, values_of
from clients.designer.decided import Decided, Member, shown
from clients.designer.limits import Limit, changes
from clients.designer.trying import Trial, Way
from matcher.core.canonical import JsonObject
from matcher.core.programme import Programme, Unit

_PLACES = {-1: "below", 0: "at", 1: "above"}


@dataclass(frozen=True, slots=True)
class Results:
    """What one ``test`` found.

    Attributes:
        programme: whose tests they are.
        ways: that were tried.
        trials: of its own examples, in their order.
        limits: that were asked for.
        around: the trials of their cases, limit by limit.
    """

    programme: Programme
    ways: tuple[Way, ...]
    trials: tuple[Trial, ...]
    limits: tuple[Limit, ...]
    around: tuple[Trial, ...]

    @property
    def passed(self) -> bool:
        """Whether every example came out as expected, and every way agrees with the rule."""
        return all(trial.passed for trial in (*self.trials, *self.around))

    def to_json(self) -> JsonObject:
        """Return everything for machines."""
        return {
            "programme": self.programme.id,
            "version": self.programme.version,
            "passed": self.passed,
            "ways": [_way_json(way) for way in self.ways],
            "tests": [
                {
                    "name": trial.case.name,
                    "date": trial.day.isoformat(),
                    "expected": _decided_json(
                        Decided(trial.case.expect, trial.case.outcome, trial.case.amount)
                    ),
                    **self._found_json(trial),
                    "passed": trial.passed,
                }
                for trial in self.trials
            ],
            "limits": [
                {
                    "comparison": limit.text,
                    "cases": [
                        {
                            "offset": offset,
                            "date": trial.day.isoformat(),
                            "members": [
                                values_of(member, self.programme) for member in trial.case.members
                            ],
                            **self._found_json(trial),
                            "changes": change,
                        }
                        for offset, trial, change in self._rows(limit, trials)
                    ],
                }
                for limit, trials in self._by_limit()
            ],
        }

    def show(self, console: Console) -> None:
        """Print everything for people."""
        if not self.trials and not self.limits:
            console.print("no tests: add some, at every limit and beside it")
        if self.trials:
            console.print(self._tests())
        for limit, trials in self._by_limit():
            console.print(self._limit(limit, trials))
        if self.limits:
            console.print("read every row: what comes out is what the rule says, right or wrong")
        if self.trials or self.limits:
            console.print("[green]all as expected[/]" if self.passed else "[red]not as expected[/]")

    def _tests(self) -> Grid:
        grid = Grid("test", "expected", "the rule says", "", *(way.text for way in self.ways))
        for trial in self.trials:
            case = trial.case
            name = case.name + (f" ({case.day.isoformat()})" if case.day else "")
            grid.add_row(
                escape(name),
                shown(case.expect, case.outcome, case.amount, self.programme),
                trial.decided.text(self.programme),
                _mark(right=trial.as_expected),
                *self._agreements(trial),
            )
        return grid

    def _limit(self, limit: Limit, trials: Sequence[Trial]) -> Grid:
        ways = [way.text for way in self.ways]
        grid = Grid("", "given", "the rule says", "", *ways, title=escape(limit.text))
        for offset, trial, change in self._rows(limit, trials):
            grid.add_row(
                _PLACES[offset],
                escape(self._given(trial.case.members)),
                trial.decided.text(self.programme),
                "changes" if change else "",
                *self._agreements(trial),
            )
        return grid

    def _given(self, members: Sequence[Member]) -> str:
        written = [flow(values_of(member, self.programme)) for member in members]
        return f"[{', '.join(written)}]" if self.programme.unit is Unit.HOUSEHOLD else written[0]

    def _agreements(self, trial: Trial) -> Iterator[str]:
        for way in self.ways:
            found = trial.ways[way]
            agrees = found == trial.decided
            yield _mark(right=True) if agrees else f"[red]{found.text(self.programme)}[/]"

    def _by_limit(self) -> Iterator[tuple[Limit, Sequence[Trial]]]:
        first = 0
        for limit in self.limits:
            yield limit, self.around[first : first + len(limit.cases)]
            first += len(limit.cases)

    def _rows(self, limit: Limit, trials: Sequence[Trial]) -> Iterator[tuple[int, Trial, bool]]:
        yield from zip(limit.offsets, trials, changes(trials), strict=True)

    def _found_json(self, trial: Trial) -> JsonObject:
        return {
            "decided": _decided_json(trial.decided),
            "ways": [
                {
                    **_way_json(way),
                    "decided": _decided_json(trial.ways[way]),
                    "agrees": trial.ways[way] == trial.decided,
                }
                for way in self.ways
            ],
        }


def _way_json(way: Way) -> JsonObject:
    return {"scheme": way.scheme.value, "columns": way.kind.value}


def _decided_json(decided: Decided) -> JsonObject:
    return {
        "verdict": decided.verdict.word,
        "outcome": decided.outcome,
        "amount": decided.amount,
    }


def _mark(*, right: bool) -> str:
    return "[green]ok[/]" if right else "[red]differs[/]"
