"""A part of the page with a heading of its own."""

from __future__ import annotations

from dataclasses import dataclass

from bench.report.plot import Plot
from bench.report.table import Table


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, and what stands below it.

    Attributes:
        name: letters, digits and hyphens, unique on the page.
        title: the heading.
        text: one paragraph before the figures.
        plots: likewise.
        tables: behind the plots.
    """

    name: str
    title: str
    text: str
    plots: tuple[Plot, ...]
    tables: tuple[Table, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing was measured for it."""
        return not self.plots and not self.tables


def section(
    name: str, title: str, text: str, plot: Plot | None = None, *, tables: tuple[Table, ...]
) -> Section:
    """Return a section; a plot that is not there and tables without rows are left out."""
    plots = () if plot is None else (plot,)
    return Section(name, title, text, plots, tuple(one for one in tables if one.rows))
