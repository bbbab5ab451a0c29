"""Sections about series: scenarios that vary one thing.

Rules:
 * Subjects, agencies, predicates and columns always have a section, other series where there are.
 * A series is plotted over what it varies. Where that is nothing a plot has an axis for, its table
   stands alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.report.conditions import conditions
from bench.report.dot_plots import columns_plot, parameters_plot
from bench.report.line_plots import agencies_plot, predicate_plot, predicates, subjects_plot
from bench.report.run_tables import run_table
from bench.report.section import Section, section
from bench.report.selection import AGENCIES, COLUMNS, PREDICATE, SUBJECTS, series
from bench.report.table import Column, Table, table
from bench.results import Measurement, Results


def series_sections(results: Results) -> list[Section]:
    """Return a section for every series."""
    known = (SUBJECTS, AGENCIES, PREDICATE, COLUMNS)
    others = dict.fromkeys(found.scenario.series for found in results.measurements)
    return [
        section(
            SUBJECTS,
            "Scaling with subjects",
            "The same predicate for more and more people. The processor time is that of all "
            "parties together.",
            subjects_plot(results),
            tables=(run_table("By number of subjects", results, series(results, SUBJECTS)),),
        ),
        section(
            AGENCIES,
            "Scaling with agencies",
            "A conjunction over more and more agencies, each asked for one answer.",
            agencies_plot(results),
            tables=(run_table("By number of agencies", results, series(results, AGENCIES)),),
        ),
        section(
            PREDICATE,
            "Scaling with the predicate",
            "Larger predicates over as many people. The number below each name is that of its "
            "comparisons.",
            predicate_plot(PREDICATE, series(results, PREDICATE)),
            tables=_by_predicate(results, series(results, PREDICATE)),
        ),
        section(
            COLUMNS,
            "What agencies send",
            "A decision column holds an agency's answer; an attribute column holds which of its "
            "values an attribute has, and the service in the middle selects; a value column holds "
            "the value itself, for an enclave.",
            columns_plot(COLUMNS, series(results, COLUMNS)),
            tables=(run_table("By kind of column", results, series(results, COLUMNS)),),
        ),
        *(
            # What a series is called comes from a file; what it is named by in the page does not.
            _other(results, f"series-{number}", name)
            for number, name in enumerate((one for one in others if one not in known), 1)
        ),
    ]


def _other(results: Results, anchor: str, name: str) -> Section:
    measured = series(results, name)
    title = f"The series “{name}”"
    if len(predicates(measured)) > 1:
        text = "Several predicates. The number below each name is that of its comparisons."
        plot = predicate_plot(anchor, measured)
        return section(anchor, title, text, plot, tables=_by_predicate(results, measured))
    costs = run_table(f"Series “{name}”", results, measured)
    if len({found.parameters for found in measured}) > 1:
        text = "The same decision under several parameter sets."
        return section(anchor, title, text, parameters_plot(anchor, measured), tables=(costs,))
    return section(anchor, title, "Further scenarios of this set.", tables=(costs,))


def _by_predicate(results: Results, measured: Sequence[Measurement]) -> tuple[Table, Table]:
    listed = predicates(measured)
    names = {predicate: f"P{at}" for at, predicate in enumerate(listed, 1)}
    key = table(
        "The predicates, the smallest first",
        ("name", "comparisons", Column("predicate", words=True, prose=True)),
        ((names[one], str(conditions(one)), one) for one in listed),
    )
    costs = run_table(
        "By predicate",
        results,
        sorted(measured, key=lambda found: listed.index(found.scenario.predicate)),
        ("predicate", lambda found: names[found.scenario.predicate]),
    )
    return key, costs
