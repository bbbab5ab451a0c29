"""What came out of a programme's tests, for people and for machines.

Rules:
 * A row says what was expected, then ``ok`` or what comes out instead: by the rule, and under every
   scheme where it differs from the rule.
 * A limit's cases stand together; where the decision changes between two, the second says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Column
from rich.table import Table as Grid

from clients.designer.case_text import flow, values_of
from clients.designer.limits import Limit, changes
from clients.designer.trying import Trial, Way
from clients.review.decided import Decided, Member, shown
from matcher.core.canonical import JsonObject
from matcher.core.programme import Programme, Unit

_OK = "[green]ok[/]"


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
                            "at": label,
                            "date": trial.day.isoformat(),
                            "members": [
                                values_of(member, self.programme) for member in trial.case.members
                            ],
                            **self._found_json(trial),
                            "changes": change,
                        }
                        for label, trial, change in self._rows(limit, trials)
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
            for line in self._limit(limit, trials):
                console.print(line)
        if self.limits:
            console.print("\nread every line: what comes out is what the rule says, right or wrong")
        if self.trials or self.limits:
            console.print("[green]all as expected[/]" if self.passed else "[red]not as expected[/]")

    def _tests(self) -> Grid:
        words = min(12, max(len(trial.case.expect.word) for trial in self.trials))
        grid = Grid(
            Column("test", overflow="fold"),
            Column("expected", min_width=words),
            *(Column(name, min_width=2) for name in ("rule", *self._names())),
        )
        for trial in self.trials:
            case = trial.case
            name = case.name + (f" ({case.day.isoformat()})" if case.day else "")
            found = trial.decided.text(self.programme)
            grid.add_row(
                escape(name),
                shown(case.expect, case.outcome, case.amount, self.programme),
                _OK if trial.as_expected else f"[red]{found}[/]",
                *self._agreements(trial),
            )
        return grid

    def _limit(self, limit: Limit, trials: Sequence[Trial]) -> Iterator[str]:
        yield f"\n[bold]{escape(limit.text)}[/]"
        for label, trial, change in self._rows(limit, trials):
            found = trial.decided.text(self.programme)
            yield f"  {escape(label)}: {escape(self._given(trial.case.members))}"
            yield f"      {found}{' [bold]← changes here[/]' if change else ''}"
            for name, mark in zip(self._names(), self._agreements(trial), strict=True):
                if mark != _OK:
                    yield f"      {name} says {mark}"

    def _names(self) -> list[str]:
        """Return the ways' names, with what is sent only where a scheme comes twice."""
        schemes = [way.scheme for way in self.ways]
        return [
            way.scheme.value if schemes.count(way.scheme) == 1 else way.text for way in self.ways
        ]

    def _given(self, members: Sequence[Member]) -> str:
        written = [flow(values_of(member, self.programme)) for member in members]
        return f"[{', '.join(written)}]" if self.programme.unit is Unit.HOUSEHOLD else written[0]

    def _agreements(self, trial: Trial) -> Iterator[str]:
        for way in self.ways:
            found = trial.ways[way]
            agrees = found == trial.decided
            yield _OK if agrees else f"[red]{found.text(self.programme)}[/]"

    def _by_limit(self) -> Iterator[tuple[Limit, Sequence[Trial]]]:
        first = 0
        for limit in self.limits:
            yield limit, self.around[first : first + len(limit.cases)]
            first += len(limit.cases)

    def _rows(self, limit: Limit, trials: Sequence[Trial]) -> Iterator[tuple[str, Trial, bool]]:
        yield from zip(limit.labels, trials, changes(trials), strict=True)

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
