"""A figure as a piece of SVG that can stand inside a page.

Rules:
 * Text is drawn as outlines: it looks the same everywhere and needs no font. What it says is in the
   description, and in the table beside the figure.
 * The same figure gives the same bytes: no date, fixed salt for names.
 * Names inside are unique on the page, nothing points outside of it, and every colour that has a
   look is a variable of the page, with the light colour to fall back on.
"""

from __future__ import annotations

import io
import re
from typing import Any

import matplotlib as mpl
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from bench.report.looks import LOOKS

SETTINGS: dict[Any, Any] = {
    "svg.hashsalt": "fusuma",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    # A currency is no formula.
    "text.parse_math": False,
}
_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))
_NAMES = re.compile(r'(\bid="|href="#|url\(#)')
_COLOURS = {look.light: f"var(--{look.variable}, {look.light})" for look in LOOKS}
_COLOUR = re.compile("|".join(_COLOURS))


def inline_svg(figure: Figure, name: str, title: str, description: str) -> Markup:
    """Return ``figure`` as an ``svg`` element.

    Args:
        figure: drawn under ``SETTINGS``.
        name: letters and hyphens, unique on the page.
        title: what a person who does not see it is told first.
        description: what it shows.
    """
    written = io.StringIO()
    with mpl.rc_context(SETTINGS):
        figure.savefig(written, format="svg", transparent=True, metadata=_METADATA)
    body = written.getvalue()
    body = body[body.index("<svg") :]
    opening, body = body.split(">", 1)
    box = re.search(r'viewBox="[^"]*"', opening)
    if box is None:
        raise ValueError("the drawing library wrote no view box")
    body = re.sub(r"\s*<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = body.replace("xlink:href=", "href=").rstrip()
    body = _NAMES.sub(rf"\g<1>{name}-", body)
    body = _COLOUR.sub(lambda found: _COLOURS[found[0]], body)
    return Markup(  # noqa: S704 - written by the drawing library; what comes from results is escaped
        f'<svg {box[0]} role="img" aria-labelledby="{name}-title {name}-description">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-description">{escape(description)}</desc>'
        f"{body}"
    )
