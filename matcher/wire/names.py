"""Resource names in the protocol: ``runs/{run_id}`` and ``agencies/{agency}``."""

from __future__ import annotations

from typing import Final

from matcher.core.errors import InvalidMessage
from matcher.core.identifiers import AgencyId, RunId, run_id
from matcher.wire.parsing import agency_in

_RUN: Final = "runs/"
_AGENCY: Final = "agencies/"


def run_name(run: RunId) -> str:
    """Return ``runs/{run_id}``."""
    return f"{_RUN}{run}"


def run_in(name: str) -> RunId:
    """Return the run id in ``runs/{run_id}``.

    Raises:
        InvalidMessage: it is no such name.
    """
    if not name.startswith(_RUN):
        raise InvalidMessage("a run is named runs/{run_id}")
    return run_id(name.removeprefix(_RUN))


def agency_name(agency: AgencyId) -> str:
    """Return ``agencies/{agency}``."""
    return f"{_AGENCY}{agency}"


def agency_named(name: str) -> AgencyId:
    """Return the agency id in ``agencies/{agency}``.

    Raises:
        InvalidMessage: it is no such name.
    """
    if not name.startswith(_AGENCY):
        raise InvalidMessage("an agency is named agencies/{agency}")
    return agency_in(name.removeprefix(_AGENCY), "name")
