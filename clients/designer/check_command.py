"""``fusuma programme check``: whether a programme can be run as it is.

Rules:
 * Status 1 where it cannot, or not under every scheme that is named.
"""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console

from clients.designer.check_report import report_json, show_report
from clients.designer.checking import check
from clients.designer.options import (
    Agencies,
    Day,
    File,
    Grants,
    Json,
    ProviderOptions,
    counts_of,
    day_of,
    grants_of,
    providers_of,
)
from matcher.core.scheme import OfferedScheme, Scheme
from matcher.language import load_programme_with_places


def check_command(
    file: File,
    *,
    day: Day = "",
    grants: Grants = None,
    provider: ProviderOptions = None,
    agencies: Agencies = None,
    scheme: Annotated[
        list[OfferedScheme] | None,
        typer.Option(help="A scheme that has to carry it; repeatable, any will do without it."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a programme: its examples, plans and grants."""
    programme, places = load_programme_with_places(file)
    report = check(
        programme,
        day_of(programme, day),
        grants_of(file, grants),
        providers_of(programme, provider),
        places=places,
        counts=counts_of(programme, agencies),
        schemes=tuple(dict.fromkeys(map(Scheme, scheme or ()))),
    )
    if as_json:
        typer.echo(json.dumps(report_json(report), ensure_ascii=False))
    else:
        show_report(report, Console(highlight=False, soft_wrap=True))
    if not report.fine:
        raise typer.Exit(1)
