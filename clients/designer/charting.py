"""A simulation as a picture file: who is eligible, by one attribute.

Matplotlib draws it. It is heavy and only designers need it, so that it comes with the extra
``plots`` and is imported when a picture is asked for.

Rules:
 * The file's ending says the format: ``.png`` or ``.svg``.
 * Verdicts are told apart by shade and by hatching: a picture is read in print and by people who do
   not see all colours.
 * The same simulation gives the same SVG, byte for byte.
"""

from __future__ import annotations

from pathlib import Path

from clients.designer.simulating import Simulation
from matcher.core.errors import InvalidConfiguration
from matcher.core.verdict import Verdict

SUFFIXES = (".png", ".svg")
_LOOKS = {
    Verdict.ELIGIBLE: ("#1b6e53", ""),
    Verdict.UNDETERMINED: ("#e0b33a", "///"),
    Verdict.INELIGIBLE: ("#c9ccd1", ""),
}


def check_picture(path: Path) -> None:
    """Refuse a file of another type before anything is computed.

    Raises:
        InvalidConfiguration: it is neither PNG nor SVG.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise InvalidConfiguration(
            f"pictures of type {path.suffix[:20]!r} are not drawn",
            where=str(path),
            fix=f"name it with {' or '.join(SUFFIXES)}",
        )


def draw(simulation: Simulation, path: Path) -> None:
    """Draw ``simulation`` into ``path``.

    Raises:
        InvalidConfiguration: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError:
        raise InvalidConfiguration(
            "matplotlib, which draws pictures, is not installed",
            where=str(path),
            fix="install fusuma with the extra, in its folder: pip install '.[plots]'",
        ) from None
    with mpl.rc_context({"svg.hashsalt": "fusuma", "svg.fonttype": "none"}):
        figure = Figure(figsize=(8, 0.6 + 0.42 * max(4, len(simulation.bars))), layout="tight")
        axes = figure.subplots()
        labels = [bar.label for bar in simulation.bars]
        starts = [0] * len(labels)
        for verdict, (colour, hatch) in _LOOKS.items():
            widths = [bar.counts[verdict] for bar in simulation.bars]
            axes.barh(labels, widths, left=starts, color=colour, hatch=hatch, label=verdict.word)
            starts = [a + b for a, b in zip(starts, widths, strict=True)]
        axes.invert_yaxis()
        axes.set_xlabel(f"{simulation.programme.unit.value}s of {simulation.subjects:,}")
        axes.set_ylabel(simulation.by)
        axes.set_title(
            f"{simulation.programme.id} {simulation.programme.version}, {simulation.day}"
        )
        axes.legend(frameon=False)
        figure.savefig(path, metadata={"Date": None} if path.suffix.lower() == ".svg" else None)
