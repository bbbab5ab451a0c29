"""``fusuma agency``: an agency's agent, and what its people approve.

Agent and reviews are imported only when they are to run, so that the agent's worker processes,
which import the main module again, never load gRPC.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clients.review.phrases import Language

Config = Annotated[
    Path, typer.Option("--config", help="The agency's configuration file (YAML).", metavar="FILE")
]
Requester = Annotated[str, typer.Option(help="Only programmes of this agency.", metavar="AGENCY")]
Json = Annotated[bool, typer.Option("--json", help="Write one JSON object.")]

app = typer.Typer(help="Answer for an agency, and approve what it answers.", no_args_is_help=True)


@app.callback()
def agency() -> None:
    """Answer for an agency, and approve what it answers."""


@app.command()
def serve(
    config: Config,
    *,
    check: Annotated[
        bool,
        typer.Option("--check", help="Check configuration, identity and tables, and stop."),
    ] = False,
) -> None:
    """Watch for work at the matcher; answer what policy approves."""
    from clients.provider.serving import check_config, serve_until_stopped  # noqa: PLC0415

    if check:
        check_config(config)
    else:
        serve_until_stopped(config)


@app.command()
def programmes(
    config: Config,
    *,
    programme: Annotated[
        str, typer.Option(help="Only versions of this one.", metavar="PROGRAMME")
    ] = "",
    requester: Requester = "",
    as_json: Json = False,
) -> None:
    """List the published programmes, and which are approved here."""
    from clients.provider.approve_command import programmes as listing  # noqa: PLC0415

    listing(config, programme=programme, requester=requester, as_json=as_json)


@app.command()
def approve(
    programme: Annotated[
        str,
        typer.Argument(
            help="catalogue/name, catalogue/name@version, or a digest.",
            metavar="PROGRAMME[@VERSION]",
        ),
    ],
    *,
    config: Config,
    lang: Annotated[Language, typer.Option(help="The language to show it in.")] = Language.EN,
    digest: Annotated[
        str,
        typer.Option(
            help="Approve without asking, if the programme has this digest.", metavar="HEX"
        ),
    ] = "",
    role: Annotated[
        str,
        typer.Option(
            help="What this agency answers as; without it the role whose attributes its tables "
            "hold.",
            metavar="ROLE",
        ),
    ] = "",
    requester: Requester = "",
    as_json: Json = False,
) -> None:
    """Review a published programme and approve it.

    From then on the agency's agent answers runs of it.
    """
    from clients.provider.approve_command import approve as approving  # noqa: PLC0415

    approving(
        programme,
        config,
        language=lang,
        digest=digest,
        role=role,
        requester=requester,
        as_json=as_json,
    )
