"""``fusuma pki``: make a federation's authority, issue identities, look at one."""

from __future__ import annotations

import datetime as dt
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fusuma.pki import IssuingAuthority

app = typer.Typer(
    help="Create a certificate authority and agency identities.", no_args_is_help=True
)

Agencies = Annotated[
    list[str] | None,
    typer.Option(
        "--agency", metavar="ID", help="Agency id; give the option once for every agency."
    ),
]
Servers = Annotated[
    list[str] | None,
    typer.Option(
        "--server",
        metavar="ID[=HOST,...]",
        help="Agency id of a server and the names it is dialled at; loopback if none is given.",
    ),
]
Days = Annotated[int, typer.Option(help="How long identities hold.")]


@app.command()
def init(
    directory: Annotated[
        Path, typer.Argument(help="Where the federation's files go.", metavar="DIRECTORY")
    ],
    agency: Agencies = None,
    server: Servers = None,
    days: Days = 365,
) -> None:
    """Make an authority, and identities under it.

    Writes DIRECTORY/ca and one directory for every agency and server. Give each agency its own
    directory and nothing else; keep DIRECTORY/ca/ca.key offline.
    """
    from fusuma.pki import create_authority  # noqa: PLC0415

    wanted = _wanted(agency, server)
    authority = create_authority(directory, int(time.time()))
    typer.echo(f"{directory / 'ca'}: authority")
    _issue(authority, wanted, days)


@app.command()
def add(
    directory: Annotated[
        Path, typer.Argument(help="Where the federation's files are.", metavar="DIRECTORY")
    ],
    agency: Agencies = None,
    server: Servers = None,
    days: Days = 365,
) -> None:
    """Issue further identities under an existing authority."""
    from fusuma.pki import load_authority  # noqa: PLC0415
    from matcher.core.errors import InvalidConfiguration  # noqa: PLC0415

    wanted = _wanted(agency, server)
    if not wanted:
        raise InvalidConfiguration("nobody to issue an identity to", fix="give --agency ID")
    _issue(load_authority(directory), wanted, days)


@app.command()
def show(
    directory: Annotated[Path, typer.Argument(help="An identity directory.", metavar="DIRECTORY")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,  # noqa: FBT002
) -> None:
    """Print who an identity is, and check that peers will accept it."""
    from matcher.core.binding import sha256  # noqa: PLC0415
    from matcher.identity.certificates import hosts_of, parse_certificate  # noqa: PLC0415
    from matcher.identity.identity import load_identity, preflight  # noqa: PLC0415

    identity = load_identity(directory)
    certificate = parse_certificate(identity.certificate_pem)
    lines = {
        "agency": identity.agency,
        "hosts": ", ".join(hosts_of(certificate)),
        "valid from": f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC",
        "valid to": f"{certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC",
        "authority": identity.authority.digest.hex(),
        "signing key": identity.signing_key.public_bytes.hex(),
        "sealing key": sha256(identity.sealing_key.public_bytes).hex(),
    }
    if as_json:
        typer.echo(json.dumps({key.replace(" ", "_"): value for key, value in lines.items()}))
    else:
        for key, value in lines.items():
            typer.echo(f"{key:<12} {value or '-'}")
    card = preflight(identity, int(time.time()))
    if not as_json:
        until = dt.datetime.fromtimestamp(card.not_after, dt.UTC)
        typer.echo(f"{'card':<12} verified, holds to {until:%Y-%m-%d %H:%M} UTC")


def _wanted(
    agencies: Sequence[str] | None, servers: Sequence[str] | None
) -> dict[str, tuple[str, ...]]:
    """Return the hosts of every identity asked for, by agency id; empty for mere clients.

    Raises:
        InvalidConfiguration: an id is malformed or there twice.
    """
    from fusuma.pki import LOOPBACK_HOSTS  # noqa: PLC0415
    from matcher.core.errors import InvalidConfiguration  # noqa: PLC0415
    from matcher.core.identifiers import agency_id  # noqa: PLC0415

    asked: list[tuple[str, tuple[str, ...]]] = [(name, ()) for name in agencies or ()]
    for text in servers or ():
        name, _, hosts = text.partition("=")
        asked.append((name, tuple(hosts.split(",")) if hosts else LOOPBACK_HOSTS))
    wanted: dict[str, tuple[str, ...]] = {}
    for name, hosts_of in asked:
        if agency_id(name) in wanted:
            raise InvalidConfiguration("the agency is named twice", where=name)
        wanted[name] = hosts_of
    return wanted


def _issue(authority: IssuingAuthority, wanted: dict[str, tuple[str, ...]], days: int) -> None:
    from fusuma.pki import issue_identity  # noqa: PLC0415

    for name, hosts in wanted.items():
        issue_identity(authority, name, int(time.time()), hosts=hosts, days=days)
        role = f"server at {', '.join(hosts)}" if hosts else "agency"
        typer.echo(f"{authority.directory / name}: {role}")
