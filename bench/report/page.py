"""A benchmark's results as one HTML page that needs nothing else.

Rules:
 * Nothing is loaded from anywhere: styles and drawings stand in the page, there is no script, and
   the page forbids both to its reader's browser as well.
 * Everything that comes from results is text, whatever it looks like.
 * The same results give the same page, byte for byte.
 * Jinja2 and Matplotlib come with the extra ``report`` and are loaded when a page is asked for.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from bench.report.bars import bars
from bench.report.circumstances import METHOD, circumstances
from bench.report.looks import LOOKS
from bench.report.summary import opening, sentences
from bench.results import Results
from bench.results_file import write_whole
from matcher.core.errors import InvalidConfiguration

_LIBRARIES = {"jinja2": "Jinja2, which fills pages", "matplotlib": "Matplotlib, which draws plots"}
_FOLDER = Path(__file__).with_name("templates")


def check_page(path: Path) -> None:
    """Check before anything is measured that a page can be made.

    Raises:
        InvalidConfiguration: a library is not installed.
    """
    for library, does in _LIBRARIES.items():
        if find_spec(library) is None:
            raise InvalidConfiguration(
                f"{does}, is not installed",
                where=str(path),
                fix="install fusuma with the extra, in its folder: pip install '.[report]'",
            )


def write_page(results: Results, path: Path) -> None:
    """Write ``results`` to ``path`` as a page, replacing what is there.

    Raises:
        InvalidConfiguration: a library is not installed.
        OSError: the file cannot be written.
    """
    check_page(path)
    write_whole(path, _page(results))


def _page(results: Results) -> str:
    import jinja2  # noqa: PLC0415
    from markupsafe import Markup  # noqa: PLC0415

    from bench.report.sections import sections  # noqa: PLC0415

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    marks = bars(results)
    return environment.get_template("report.html").render(
        results=results,
        opening=opening(results, marks),
        sentences=sentences(results),
        sections=sections(results, marks),
        environment=circumstances(results),
        method=METHOD,
        looks=LOOKS,
        style=Markup((_FOLDER / "report.css").read_text(encoding="utf-8")),  # noqa: S704 - ours
    )
