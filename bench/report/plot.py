"""A drawing with what is said about it.

Rules:
 * Every plot shows figures that stand in a table too; its description says the most important.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup
from matplotlib.figure import Figure

from bench.report.svg import inline_svg


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing with what is said about it.

    Attributes:
        name: letters and hyphens, unique on the page.
        title: one line.
        description: what it shows, for those who do not see it.
        figure: to be written as SVG.
    """

    name: str
    title: str
    description: str
    figure: Figure

    @property
    def svg(self) -> Markup:
        """The drawing as it stands in the page."""
        return inline_svg(self.figure, self.name, self.title, self.description)
