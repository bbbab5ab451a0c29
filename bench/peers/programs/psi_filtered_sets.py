"""OpenMined PSI: who is in both of two sets that the agencies have filtered beforehand.

The server holds the identifiers with a low income bracket, the client those with a severe grade;
the client learns who is in both. Messages cross in their serialised form. The set-up message is
part of every repetition, because every run asks about other people.

The task has ``server``, ``client``, and ``places``: the position in the cohort of each of the
client's identifiers; ``subjects`` is the size of the cohort.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import private_set_intersection.python as psi  # type: ignore[import-not-found]  # own environment

PACKAGES = ("openmined-psi", "protobuf")
# The library's own tests allow so many false positives.
FALSE_POSITIVES = 1e-9


def prepare(task: dict[str, Any]) -> Callable[[], list[bool]]:
    """Make both keys and return what decides."""
    server = psi.server.CreateWithNewKey(True)  # noqa: FBT003 - the library takes no name
    client = psi.client.CreateWithNewKey(True)  # noqa: FBT003
    held, asked, places = task["server"], task["client"], task["places"]

    def decide() -> list[bool]:
        prepared = server.CreateSetupMessage(FALSE_POSITIVES, len(asked), held)
        setup = psi.ServerSetup.FromString(prepared.SerializeToString())
        request = psi.Request.FromString(client.CreateRequest(asked).SerializeToString())
        response = psi.Response.FromString(server.ProcessRequest(request).SerializeToString())
        verdicts = [False] * task["subjects"]
        for member in client.GetIntersection(setup, response):
            verdicts[places[member]] = True
        return verdicts

    return decide
