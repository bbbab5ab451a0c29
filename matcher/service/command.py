"""``fusuma matcher serve``: the blind service in the middle.

The server is imported only when it is to run, so that worker processes, which import the main
module again, never load gRPC.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Run the matcher, the blind service in the middle.", no_args_is_help=True)


@app.callback()
def matcher() -> None:
    """Run the matcher, the blind service in the middle."""


@app.command()
def serve(
    config: Annotated[
        Path, typer.Option(help="The matcher's configuration file (YAML).", metavar="FILE")
    ],
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Check the configuration and what it names, and stop.")
    ] = False,
) -> None:
    """Serve requesters and providers until stopped."""
    from matcher.service.serving import check_config, serve_until_stopped  # noqa: PLC0415

    if check:
        check_config(config)
    else:
        serve_until_stopped(config)
