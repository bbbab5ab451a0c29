"""``fusuma agency serve``: an agency's agent.

The agent is imported only when it is to run, so that its worker processes, which import the main
module again, never load gRPC.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Answer for an agency, from its own table.", no_args_is_help=True)


@app.callback()
def agency() -> None:
    """Answer for an agency, from its own table."""


@app.command()
def serve(
    config: Annotated[
        Path, typer.Option(help="The agency's configuration file (YAML).", metavar="FILE")
    ],
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
