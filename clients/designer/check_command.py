"""``fusuma programme check``: whether a programme can be run as it is.

Rules:
 * Status 1 where it cannot.
"""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console

from clients.designer.check_report import report_json, show_report
from clients.designer.checking import check
from clients.designer.options import (
    Day,
    File,
    Grants,
    Json,
    ProviderOptions,
    day_of,
    grants_of,
    providers_of,
)
from matcher.core.errors import InvalidConfiguration
from matcher.core.identifiers import Role
from matcher.core.programme import Programme
from matcher.language import load_programme_with_places
from matcher.language.fields import nearest


def check_command(
    file: File,
    *,
    day: Day = "",
    grants: Grants = None,
    provider: ProviderOptions = None,
    agencies: Annotated[
        list[str] | None,
        typer.Option(
            help="How many agencies of a role to plan for, where they are not named; repeatable.",
            metavar="ROLE=COUNT",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a programme: its examples, plans and grants."""
    programme, places = load_programme_with_places(file)
    report = check(
        programme,
        day_of(programme, day),
        grants_of(file, grants),
        providers_of(provider),
        places=places,
        counts=_counts(programme, agencies or []),
    )
    if as_json:
        typer.echo(json.dumps(report_json(report), ensure_ascii=False))
    else:
        show_report(report, Console(highlight=False, soft_wrap=True))
    if not report.fine:
        raise typer.Exit(1)


def _counts(programme: Programme, written: list[str]) -> dict[Role, int]:
    counts: dict[Role, int] = {}
    for pair in written:
        role, _, count = pair.partition("=")
        if not (count.isascii() and count.isdecimal()):
            raise InvalidConfiguration(
                f"{pair[:80]!r} does not say how many agencies a role has",
                where="--agencies",
                fix="write role=2",
            )
        if role not in programme.items():
            raise InvalidConfiguration(
                f"the programme asks no role {role[:80]!r}",
                where="--agencies",
                fix=nearest(role, programme.items()),
            )
        counts[Role(role)] = int(count)
    return counts
