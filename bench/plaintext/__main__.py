"""``python -m bench.plaintext CONFIG``: one party of a plaintext run, as ``parties`` starts it."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.plaintext.config import load_party
from matcher.core.identifiers import AttributeName
from matcher.identity.identity import load_identity


def main(path: Path) -> None:
    """Serve as the party that the file at ``path`` describes."""
    party = load_party(path)
    identity = load_identity(Path(party.identity))
    if party.held is None:
        from bench.plaintext.server import serve_server  # noqa: PLC0415 - an agency has no server

        serve_server(identity)
        return
    from bench.plaintext.agency import serve_agency  # noqa: PLC0415 - nor the server a table
    from clients.provider.holdings import Holdings  # noqa: PLC0415
    from clients.provider.tables import TableSource, load_table  # noqa: PLC0415
    from matcher.language import load_catalogue  # noqa: PLC0415

    held = party.held
    columns = {AttributeName(name): column for name, column in held.columns.items()}
    source = TableSource(Path(held.file), held.identifier, columns)
    table = load_table(source, load_catalogue(Path(held.catalogue)))
    serve_agency(identity, held.server, Holdings([table]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
