"""Catalogues, programmes, grants and small data sets that come with the package.

Rules:
 * Names are paths below this package, as a person would type them: ``city/support.yaml``.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from matcher.core.errors import InvalidFile

# Files beside a programme that are none.
_NOT_PROGRAMMES = ("catalogue.yaml", "grants.yaml")


def programme_names() -> tuple[str, ...]:
    """Return the names of all shipped programmes, sorted."""
    root = Path(str(files(__name__)))
    found = (path for path in root.glob("*/*.yaml") if path.name not in _NOT_PROGRAMMES)
    return tuple(sorted(str(path.relative_to(root).with_suffix("")) for path in found))


def programme_path(name: str) -> Path:
    """Return the path of a shipped file; ``.yaml`` may be left out.

    Raises:
        InvalidFile: there is none of that name.
    """
    root = Path(str(files(__name__)))
    for candidate in (name, f"{name}.yaml"):
        path = (root / candidate).resolve()
        if path.is_relative_to(root.resolve()) and path.is_file():
            return path
    known = sorted(str(path.relative_to(root)) for path in root.glob("*/*.yaml"))
    raise InvalidFile(
        f"no file {name[:80]!r} comes with the package", fix=f"known are {', '.join(known)}"
    )
