"""The sections of a report, in their order, with the plots and tables of each.

Rules:
 * A section is there even where nothing was measured for it, and says so.
 * A plot and the table with its figures stand together.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.report.bars import Bar
from bench.report.dot_plots import bytes_plot, cost_plot, memory_plot, peers_plot, phases_plot
from bench.report.line_plots import overhead_plot
from bench.report.peer_tables import bars_table, operations_tables, peers_table
from bench.report.run_tables import (
    bytes_table,
    memory_table,
    noise_table,
    overhead_table,
    phases_table,
    run_table,
)
from bench.report.section import Section, section
from bench.report.selection import speaking_for
from bench.report.series_sections import series_sections
from bench.report.table import Column, table
from bench.results import Results


def sections(results: Results, bars: Sequence[Bar]) -> list[Section]:
    """Return what comes between the summary and the environment."""
    chosen = speaking_for(results)
    parties = list(dict.fromkeys(party for found in chosen.values() for party in found.peak_mib))
    price = f"{results.price.amount:g} {results.price.currency}"
    return [
        section(
            "marks",
            "Marks",
            "A mark is reached when the middle of what was measured reaches it; “within the "
            "spread” says that some of the counted runs fell on the other side. Marks are for "
            "large cohorts: a small one pays for keys and start-up, and says little about them.",
            tables=(bars_table(bars),),
        ),
        section(
            "overhead",
            "What protection adds",
            "Each scheme over the same decision without protection: plaintext over gRPC, for "
            "as many subjects at as many agencies. The dashed line is plaintext itself. Small "
            "cohorts pay for keys and start-up; large ones for the cryptography.",
            overhead_plot(results),
            tables=(overhead_table(results),),
        ),
        *series_sections(results),
        section(
            "bytes",
            "Bytes",
            "Asked: keys and sealed rosters from the requester. Up: what all agencies send. Down: "
            "what the requester fetches. The plot shows the largest cohort of each scheme.",
            bytes_plot(results),
            tables=(bytes_table(results.measurements),),
        ),
        section(
            "memory",
            "Memory",
            "The high-water mark of each party's processes, added up; memory they share counts "
            "once for each of them, so that this is an upper bound.",
            memory_plot(results),
            tables=(memory_table(chosen, parties),),
        ),
        section(
            "phases",
            "Where the time goes",
            "Phases of different parties overlap, so that they do not add up to the time end to "
            "end. The plot is for each subject, the table for the run.",
            phases_plot(results),
            tables=(phases_table(chosen),),
        ),
        section(
            "cost",
            "Cost of a million decisions",
            f"Processor time of all parties at {price} an hour and core, for the largest cohort of "
            "each scheme. Memory, storage, network and people are not in it. A scheme that was "
            "measured with few subjects is scaled up from those.",
            cost_plot(results),
            tables=(run_table("Largest cohorts", results, chosen.values()),),
        ),
        section(
            "noise",
            "Noise margins",
            "Hiding: the noise of one chunk of results is within 2 to the minus so many of noise "
            "that depends on verdicts only, in statistical distance. Spare: how many times, as a "
            "power of two, the worst noise could grow before a result came out wrong. Both are "
            "computed from the plan, not measured.",
            tables=(noise_table(results.measurements),),
        ),
        section(
            "peers",
            "Other implementations",
            "Each is a program of its own in an environment of its own, run in the same "
            "benchmark on the same machine. What each does less or more than a run of this system "
            "is said beside it.",
            peers_plot(results),
            tables=(peers_table(results),),
        ),
        section(
            "operations",
            "Single operations",
            "Calls of each scheme's library and of what is built on it, one after the other on "
            "one core.",
            tables=tuple(operations_tables(results.operations)),
        ),
        _not_measured(results),
    ]


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
    return section("not-measured", "Not measured", text, tables=(found,))
