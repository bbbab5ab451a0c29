"""``fusuma programme plan``: what a run would ask, compute, cost and tell whom."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console

from clients.designer.options import (
    Agencies,
    Day,
    File,
    Json,
    Parameters,
    counts_of,
    day_of,
)
from clients.designer.placing import placed
from clients.designer.presenting import plan_grid, plan_json, plan_lines
from clients.designer.trying import ways_of
from matcher.core.plan import compile_plan
from matcher.core.scheme import ColumnKind, Scheme
from matcher.language import bundle_digest, dump_bundle, load_programme_with_places


def plan_command(
    file: File,
    *,
    scheme: Annotated[Scheme, typer.Option(help="How attributes are protected.")] = Scheme.BGV,
    columns: Annotated[
        ColumnKind | None,
        typer.Option(help="What an agency sends; decision, or value with the enclave."),
    ] = None,
    parameters: Parameters = "",
    agencies: Agencies = None,
    day: Day = "",
    as_json: Json = False,
) -> None:
    """Show what a run would ask, compute, cost and tell whom."""
    programme, places = load_programme_with_places(file)
    when = day_of(programme, day)
    (way,) = ways_of([scheme], [] if columns is None else [columns])
    digest = bundle_digest(dump_bundle(programme))
    counts = counts_of(programme, agencies)
    with placed(programme, places, when):
        plan = compile_plan(
            programme,
            digest,
            scheme,
            way.kind,
            when,
            agencies=counts,
            parameters=parameters or None,
        )
    if as_json:
        typer.echo(json.dumps(plan_json(plan), ensure_ascii=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(plan_grid(plan))
    for line in plan_lines(plan):
        console.print(line, markup=False)
