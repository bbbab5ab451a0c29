"""The sections of a report, in their order, with the plots and tables of each.

Rules:
 * A section is there even where nothing was measured for it, and says so.
 * A plot and the table with its figures stand together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.report.bars import Bar
from bench.report.conditions import conditions
from bench.report.dot_plots import (
    bytes_plot,
    columns_plot,
    cost_plot,
    memory_plot,
    peers_plot,
    phases_plot,
)
from bench.report.line_plots import (
    agencies_plot,
    overhead_plot,
    predicate_plot,
    predicates,
    subjects_plot,
)
from bench.report.peer_tables import bars_table, operations_tables, peers_table
from bench.report.plot import Plot
from bench.report.run_tables import (
    bytes_table,
    memory_table,
    noise_table,
    overhead_table,
    phases_table,
    run_table,
)
from bench.report.selection import AGENCIES, COLUMNS, PREDICATE, SUBJECTS, series, speaking_for
from bench.report.table import Column, Table, table
from bench.results import Results


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page with a heading of its own.

    Attributes:
        name: letters and hyphens, unique on the page.
        title: the heading.
        text: paragraphs before the figures.
        plots: likewise.
        tables: behind the plots; those without rows are left out.
    """

    name: str
    title: str
    text: tuple[str, ...]
    plots: tuple[Plot, ...] = ()
    tables: tuple[Table, ...] = field(default=())

    @property
    def empty(self) -> bool:
        """Whether nothing was measured for it."""
        return not self.plots and not self.tables


def sections(results: Results, bars: Sequence[Bar]) -> list[Section]:
    """Return what comes between the summary and the environment."""
    chosen = speaking_for(results)
    parties = list(dict.fromkeys(party for found in chosen.values() for party in found.peak_mib))
    price = f"{results.price.amount:g} {results.price.currency}"
    return [
        _section(
            "marks",
            "Marks",
            "A mark is reached when the middle of what was measured reaches it; “within the "
            "spread” says that some of the counted runs fell on the other side.",
            tables=(bars_table(bars),),
        ),
        _section(
            "overhead",
            "What protection adds",
            "Each scheme over the same decision without protection, through the same service, for "
            "as many subjects at as many agencies. The dashed line is plaintext itself. Small "
            "cohorts pay for keys and start-up; large ones for the cryptography.",
            overhead_plot(results),
            tables=(overhead_table(results),),
        ),
        _section(
            "subjects",
            "Scaling with subjects",
            "The same predicate for more and more people. The processor time is that of all "
            "parties together.",
            subjects_plot(results),
            tables=(run_table("By number of subjects", results, series(results, SUBJECTS)),),
        ),
        _section(
            "agencies",
            "Scaling with agencies",
            "A conjunction over more and more agencies, each asked for one answer.",
            agencies_plot(results),
            tables=(run_table("By number of agencies", results, series(results, AGENCIES)),),
        ),
        _predicates(results),
        _section(
            "columns",
            "What agencies send",
            "A decision column holds an agency's answer; an attribute column holds which of its "
            "values an attribute has, and the service in the middle selects; a value column holds "
            "the value itself, for an enclave.",
            columns_plot(results),
            tables=(run_table("By kind of column", results, series(results, COLUMNS)),),
        ),
        _section(
            "bytes",
            "Bytes",
            "Asked: keys and sealed rosters from the requester. Up: what all agencies send. Down: "
            "what the requester fetches. The plot shows the largest cohort of each scheme.",
            bytes_plot(results),
            tables=(bytes_table(results.measurements),),
        ),
        _section(
            "memory",
            "Memory",
            "The high-water mark of each party's processes, added up; memory they share counts "
            "once for each of them, so that this is an upper bound.",
            memory_plot(results),
            tables=(memory_table(chosen, parties),),
        ),
        _section(
            "phases",
            "Where the time goes",
            "Phases of different parties overlap, so that they do not add up to the time end to "
            "end. The plot is for each subject, the table for the run.",
            phases_plot(results),
            tables=(phases_table(chosen),),
        ),
        _section(
            "cost",
            "Cost of a million decisions",
            f"Processor time of all parties at {price} an hour and core, for the largest cohort of "
            "each scheme. Memory, storage, network and people are not in it. A scheme that was "
            "measured with few subjects is scaled up from those.",
            cost_plot(results),
            tables=(run_table("Largest cohorts", results, chosen.values()),),
        ),
        _section(
            "noise",
            "Noise margins",
            "Hiding: the noise of one chunk of results is within 2 to the minus so many of noise "
            "that depends on verdicts only, in statistical distance. Spare: how many times, as a "
            "power of two, the worst noise could grow before a result came out wrong. Both are "
            "computed from the plan, not measured.",
            tables=(noise_table(results.measurements),),
        ),
        _section(
            "peers",
            "Other implementations",
            "Each is a program of its own in an environment of its own, run in the same "
            "benchmark on the same machine. What each does less or more than a run of this system "
            "is said beside it.",
            peers_plot(results),
            tables=(peers_table(results),),
        ),
        _section(
            "operations",
            "Single operations",
            "Calls of each scheme's library and of what is built on it, one after the other on "
            "one core.",
            tables=tuple(operations_tables(results.operations)),
        ),
        _not_measured(results),
    ]


def _section(
    name: str, title: str, text: str, plot: Plot | None = None, *, tables: tuple[Table, ...]
) -> Section:
    plots = () if plot is None else (plot,)
    return Section(name, title, (text,), plots, tuple(one for one in tables if one.rows))


def _predicates(results: Results) -> Section:
    listed = predicates(results)
    key = table(
        "The predicates, the smallest first",
        ("name", "comparisons", Column("predicate", words=True, prose=True)),
        ((f"P{at}", str(conditions(one)), one) for at, one in enumerate(listed, 1)),
    )
    names = {predicate: f"P{at}" for at, predicate in enumerate(listed, 1)}
    measured = sorted(series(results, PREDICATE), key=lambda f: listed.index(f.scenario.predicate))
    costs = run_table(
        "By predicate",
        results,
        measured,
        ("predicate", lambda found: names[found.scenario.predicate]),
    )
    return _section(
        "predicate",
        "Scaling with the predicate",
        "Larger predicates over as many people. The number below each name is that of its "
        "comparisons.",
        predicate_plot(results),
        tables=(key, costs),
    )


def _not_measured(results: Results) -> Section:
    text = "What a scheme cannot decide, or whose library is not installed here, with the reason."
    if results.measurements and not results.not_measured:
        text = "Every scenario of the set was measured."
    found = table(
        "Scenarios that were not measured",
        ("scenario", Column("scheme", words=True), Column("why", words=True, prose=True)),
        (
            (one.scenario.name, one.scenario.scheme.value, one.reason)
            for one in results.not_measured
        ),
    )
    return _section("not-measured", "Not measured", text, tables=(found,))
