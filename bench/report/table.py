"""A table as text that is ready to be shown, and the cells that many tables share.

Rules:
 * The first column names the row; the other columns of a table are numbers or words throughout.
 * What is not there is a dash, never a zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.report import numerals
from bench.report.interval import Interval
from bench.report.looks import SCHEMES
from bench.results import Measurement, Phase
from bench.scenario import Scenario

DASH = "–"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading, and whether it holds words, or whole sentences, instead of numbers."""

    heading: str
    words: bool = False
    prose: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table: every row has one text a column."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


def table(caption: str, columns: Sequence[Column | str], rows: Iterable[Sequence[str]]) -> Table:
    """Return a table; a column that is only a heading holds numbers."""
    named = tuple(Column(one) if isinstance(one, str) else one for one in columns)
    named = (Column(named[0].heading, words=True, prose=named[0].prose), *named[1:])
    return Table(caption, named, tuple(tuple(row) for row in rows))


def said(say: numerals.Say, interval: Interval | None) -> str:
    """Return a figure in words, or a dash where there is none."""
    return DASH if interval is None else say(interval)


WHICH = ("scheme", Column("columns", words=True), "subjects", "agencies")


def which(scenario: Scenario) -> tuple[str, str, str, str]:
    """Return the cells under ``WHICH``."""
    return (
        scenario.scheme.value,
        scenario.column_kind.value,
        numerals.count(scenario.subjects),
        str(scenario.agencies),
    )


def phase_name(phase: Phase) -> str:
    """Return the name of a phase for people."""
    return phase.value.replace("_", " ")


def versions(named: Mapping[str, str]) -> str:
    """Return names and versions in one line."""
    return ", ".join(f"{name} {version}" for name, version in named.items()) or DASH


def ordered(measurements: Iterable[Measurement]) -> list[Measurement]:
    """Return ``measurements`` by scheme, in the order of the report; else as they were."""
    order = list(SCHEMES)
    return sorted(measurements, key=lambda found: order.index(found.scenario.scheme))
