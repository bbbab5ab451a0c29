"""``fusuma programme publish``: registers a programme with the matcher, for agencies to approve.

Rules:
 * What ``check`` finds wrong is not published.
 * A version is published once. The same file again is the same version; an edit needs a new one.
 * What speaks with a matcher is imported only when it is to.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from clients.designer.options import Day, File, Grants, Json, day_of, grants_of
from matcher.language import load_programme


def publish_command(
    file: File,
    *,
    config: Annotated[
        Path,
        typer.Option(
            help="The requester's configuration file (YAML), as for `fusuma match`.",
            metavar="FILE",
        ),
    ],
    grants: Grants = None,
    day: Day = "",
    as_json: Json = False,
) -> None:
    """Publish a programme, so that agencies can approve it."""
    from clients.designer.publisher import load_publisher  # noqa: PLC0415
    from clients.designer.publishing import publish  # noqa: PLC0415

    programme = load_programme(file)
    publisher = load_publisher(config)
    table = publisher.grants
    if table is None or grants is not None:
        table = grants_of(file, grants)
    published = asyncio.run(publish(programme, day_of(programme, day), table, publisher))
    listed = published.listed
    if as_json:
        content = {
            "requester": programme.requester,
            "programme": programme.id,
            "version": programme.version,
            "digest": listed.digest.hex(),
            "published_at": listed.published_at,
            "providers": {role: list(names) for role, names in published.providers.items()},
        }
        typer.echo(json.dumps(content, ensure_ascii=False))
        return
    typer.echo(f"{programme.id} {programme.version} is published")
    typer.echo(f"digest {listed.digest.hex()}")
    typer.echo(f"{', '.join(published.agencies)}: review and approve it with")
    typer.echo(f"  fusuma agency approve {programme.id}@{programme.version} --config AGENCY.yaml")
