"""The directory of one benchmark: its journal while it works, its results when it has ended.

Rules:
 * It is ours alone: a directory that holds anything else is refused, so that nothing is mixed up
   or overwritten.
 * Results are never replaced unasked.
 * Whether it can be written to is found out before anything is measured.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from matcher.core.errors import InvalidConfiguration

_OTHER = "name another directory with --output"


@dataclass(frozen=True, slots=True)
class ResultsDirectory:
    """Where everything is.

    Attributes:
        path: the directory.
    """

    path: Path

    @property
    def journal(self) -> Path:
        """What has been found so far."""
        return self.path / "journal.jsonl"

    @property
    def results(self) -> Path:
        """Everything found, as JSON."""
        return self.path / "results.json"

    @property
    def table(self) -> Path:
        """A row a scenario, as CSV."""
        return self.path / "results.csv"

    @property
    def page(self) -> Path:
        """The report for people."""
        return self.path / "report.html"

    @property
    def files(self) -> tuple[Path, ...]:
        """All that a benchmark writes."""
        return self.journal, self.results, self.table, self.page

    def forget_results(self) -> None:
        """Remove the results of an earlier benchmark, and drafts that were never finished."""
        for file in self.path.iterdir():
            if file != self.journal and self.owns(file.name):
                file.unlink()

    def owns(self, name: str) -> bool:
        """Return whether a benchmark writes files of this name, or of drafts of them."""
        return any(name == file.name or name.startswith(f".{file.name}-") for file in self.files)


def prepare_directory(path: Path, *, fresh: bool) -> ResultsDirectory:
    """Return ``path`` as a directory to work in, made if it is not there.

    Args:
        path: where to.
        fresh: whether results of an earlier benchmark may be replaced.

    Raises:
        InvalidConfiguration: it is a file, cannot be made or written to, holds something else, or
            holds results that may not be replaced.
    """
    directory = ResultsDirectory(path)
    where = str(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        held = {one.name for one in path.iterdir()}
    except (FileExistsError, NotADirectoryError):
        file = next(one for one in (path, *path.parents) if one.exists() or one.is_symlink())
        raise InvalidConfiguration("this is a file", where=str(file), fix=_OTHER) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InvalidConfiguration(
            f"the directory cannot be used ({reason})", where=where, fix=_OTHER
        ) from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise InvalidConfiguration(
            "nothing can be written to this directory",
            where=where,
            fix=f"check its permissions, or {_OTHER}",
        )
    foreign = sorted(name for name in held if not directory.owns(name))
    if foreign:
        raise InvalidConfiguration(
            f"the directory holds something else: {foreign[0][:80]}", where=where, fix=_OTHER
        )
    if not fresh and directory.results.exists() and not directory.journal.exists():
        raise InvalidConfiguration(
            "the results of a finished benchmark are here",
            where=where,
            fix=f"measure anew with --fresh, or {_OTHER}",
        )
    return directory
