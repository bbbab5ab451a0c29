"""The environments peers live in: one virtual environment for each set of libraries.

Their pins conflict with fusuma's and with each other's, so that none of them is a dependency.

Rules:
 * They are made below ``FUSUMA_PEERS``, or ``.peers`` in the working directory.
 * An environment counts as built only if everything was installed, from the requirements as they
   are now and for the Python that asks.
 * What is missing is told with what to do about it; it is never an error.
 * The installer is that of the Python that asks: the environments have none of their own.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

from bench.peers.catalogue import PEERS, PROGRAMS

PLACE_VARIABLE: Final = "FUSUMA_PEERS"
DEFAULT_PLACE: Final = ".peers"
BUILD_COMMAND: Final = "make bench-peers"
ENVIRONMENTS: Final = tuple(dict.fromkeys(peer.environment for peer in PEERS.values()))
"""The names of all environments, each once."""

_STAMP: Final = "built-from.sha256"
_LAST_LINES: Final = 3


def environment_place(name: str) -> Path:
    """Return the directory of the environment ``name``, whether it exists or not."""
    return Path(os.environ.get(PLACE_VARIABLE) or DEFAULT_PLACE).absolute() / name


def interpreter_of(name: str) -> Path:
    """Return the Python of the environment ``name``."""
    return environment_place(name) / "bin" / "python"


def absence_of(name: str) -> str | None:
    """Return why the environment ``name`` cannot be used and what to do; None if it can."""
    place = environment_place(name)
    if not place.is_dir():
        return f"it is not installed; `{BUILD_COMMAND}` does that"
    try:
        built = (place / _STAMP).read_text(encoding="ascii", errors="replace")
    except OSError:
        return f"its installation in {place} was not finished; run `{BUILD_COMMAND}` again"
    if built != _wanted(name) or not interpreter_of(name).exists():
        return (
            f"what is installed in {place} is not what this version measures; run "
            f"`{BUILD_COMMAND}` again"
        )
    return None


def build_environment(name: str) -> str | None:
    """Make the environment ``name`` anew from its requirements.

    Returns:
        None if everything was installed, else the end of what the installer said.
    """
    place = environment_place(name)
    place.parent.mkdir(parents=True, exist_ok=True)
    venv.EnvBuilder(clear=True, symlinks=True).create(place)
    installed = subprocess.run(  # noqa: S603  our own interpreter, our own file
        [
            *(sys.executable, "-m", "pip", "--python", str(interpreter_of(name)), "install"),
            *("--quiet", "--disable-pip-version-check"),
            *("--requirement", str(_requirements(name))),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if installed.returncode:
        said = (installed.stderr or installed.stdout).strip().splitlines()
        return " / ".join(said[-_LAST_LINES:]) or f"pip ended with status {installed.returncode}"
    (place / _STAMP).write_text(_wanted(name), encoding="ascii")
    return None


def _requirements(name: str) -> Path:
    return PROGRAMS / f"{name}.txt"


def _wanted(name: str) -> str:
    """Return what identifies the environment ``name`` as it should be."""
    made_for = f"{sys.version_info.major}.{sys.version_info.minor}\n".encode()
    return hashlib.sha256(made_for + _requirements(name).read_bytes()).hexdigest()
