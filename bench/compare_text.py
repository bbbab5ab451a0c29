"""A comparison as a table for people and as JSON for programs.

Rules:
 * A change that is larger than the spread is marked with a word beside its ratio, not by colour.
"""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from bench.compare import Change, Comparison, Ratio
from bench.report import numerals
from bench.report.table import DASH

_MARKS = {Change.MORE: " ▲ more", Change.LESS: " ▼ less"}


def comparison_grid(comparison: Comparison) -> Table:
    """Return one row for every scenario, then one for every peer, that both measured."""
    grid = Table()
    grid.add_column("scenario", overflow="fold")
    for heading in ("time end to end", "processor time", "bytes"):
        grid.add_column(heading, no_wrap=True)
    for match in comparison.matches:
        cells = [_said(ratio) for ratio in match.ratios.values()]
        # Names come from a file: never markup.
        grid.add_row(Text(match.first.scenario.name), *map(Text, cells))
    for peer in comparison.peers:
        cells = [_said(peer.seconds), DASH, DASH]
        grid.add_row(Text(f"peer {peer.peer}, each subject"), *map(Text, cells))
    return grid


def conclusion(comparison: Comparison) -> str:
    """Return what the ratios say together, in one line."""
    changes = [match.seconds.change for match in comparison.matches]
    if not changes:
        return "no scenario is in both"
    counted = [
        f"{changes.count(change)} {words}"
        for change, words in (
            (Change.MORE, "slower"),
            (Change.LESS, "faster"),
            (Change.WITHIN_SPREAD, "within the spread"),
            (Change.ONE_RUN, "with one run only, whose spread is not known"),
        )
        if change in changes
    ]
    said = f"scenarios in both: {len(changes)}; end to end: {', '.join(counted)}"
    chance = comparison.by_chance
    if not chance:
        return said
    number = "fewer than 0.1" if chance < 0.1 else f"about {chance:.1f}"
    return f"{said}; by chance alone {number} scenarios would look slower or faster"


def comparison_json(comparison: Comparison) -> dict[str, object]:
    """Return the comparison as a JSON object; ratios are the second over the first."""
    return {
        "warnings": list(comparison.warnings),
        "changes_by_chance": comparison.by_chance,
        "scenarios": [
            {
                "name": match.first.scenario.name,
                "name_in_second": match.second.scenario.name,
                "parameters": [match.first.parameters, match.second.parameters],
                **{name: _tree(ratio) for name, ratio in match.ratios.items()},
            }
            for match in comparison.matches
        ],
        "peers": [
            {"peer": peer.peer, "seconds_for_each_subject": _tree(peer.seconds)}
            for peer in comparison.peers
        ],
        "only_in_first": list(comparison.only_first),
        "only_in_second": list(comparison.only_second),
    }


def _said(ratio: Ratio) -> str:
    if ratio.interval is None:
        return DASH
    return numerals.times(ratio.interval) + _MARKS.get(ratio.change, "")


def _tree(ratio: Ratio) -> dict[str, object]:
    found = ratio.interval
    if found is None:
        return {"ratio": None, "low": None, "high": None, "change": ratio.change.value}
    # JSON has no infinity.
    high = None if found.high == float("inf") else found.high
    return {
        "ratio": found.middle,
        "low": found.low if found.repeated else None,
        "high": high if found.repeated else None,
        "change": ratio.change.value,
    }
