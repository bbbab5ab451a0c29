"""What a party of a plaintext run is started with, as a JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.json_values import from_json, to_json


@dataclass(frozen=True, slots=True)
class HeldBy:
    """What an agency holds and whom it answers.

    Attributes:
        server: ``host:port``.
        file: CSV or Parquet.
        catalogue: the catalogue file that types the columns.
        identifier: name of the column with the identifiers.
        columns: attribute name to column name.
    """

    server: str
    file: str
    catalogue: str
    identifier: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Party:
    """One party.

    Attributes:
        identity: directory of its identity.
        held: what an agency holds; None for the server.
    """

    identity: str
    held: HeldBy | None


def write_party(party: Party, path: Path) -> None:
    """Write ``party`` to ``path``."""
    path.write_text(json.dumps(to_json(party)), encoding="utf-8")


def load_party(path: Path) -> Party:
    """Return what ``write_party`` wrote.

    Raises:
        InvalidFile: it is something else.
    """
    return from_json(Party, json.loads(path.read_text(encoding="utf-8")), str(path))
