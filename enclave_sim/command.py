"""``fusuma enclave``: make a simulated platform, serve an enclave, print its measurement."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Serve and measure the simulated enclave.", no_args_is_help=True)

ConfigFile = Annotated[
    Path, typer.Option("--config", help="The enclave's configuration file (YAML).", metavar="FILE")
]


@app.command()
def init(
    directory: Annotated[
        Path, typer.Argument(help="Where to write the platform's files.", metavar="DIRECTORY")
    ],
    days: Annotated[
        int, typer.Option(min=1, max=3650, help="How many days the platform's certificate holds.")
    ] = 365,
) -> None:
    """Make a simulated platform and its vendor root."""
    from enclave_sim.platform import ROOT_CERTIFICATE, create_platform  # noqa: PLC0415

    create_platform(directory, dt.datetime.now(dt.UTC), days)
    typer.echo(f"{directory / ROOT_CERTIFICATE}: give it to agencies as platform_root")


@app.command()
def measure(
    config: ConfigFile,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the measurement that agencies pin."""
    from enclave_sim.config import load_config  # noqa: PLC0415
    from enclave_sim.launch import identify  # noqa: PLC0415

    identity = identify(load_config(config))
    if not as_json:
        typer.echo(identity.measurement.hex())
        return
    typer.echo(
        json.dumps(
            {
                "measurement": identity.measurement.hex(),
                "security_version": identity.security_version,
                "policy": json.loads(identity.policy.to_bytes()),
            }
        )
    )


@app.command()
def serve(config: ConfigFile) -> None:
    """Serve an enclave on its Unix socket until stopped."""
    from enclave_sim.serving import serve_until_stopped  # noqa: PLC0415

    serve_until_stopped(config)
