"""``fusuma programme explain``: the programme in plain sentences.

Rules:
 * Why an agency may be asked is said where a legal table is named or lies beside the file.
"""

from __future__ import annotations

import json
from typing import Annotated

import typer

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
from clients.designer.placing import placed
from clients.review import legal
from clients.review.explaining import explain
from clients.review.phrases import Language
from matcher.language import load_programme_with_places


def explain_command(
    file: File,
    *,
    lang: Annotated[Language, typer.Option(help="The language to explain it in.")] = Language.EN,
    day: Day = "",
    grants: Grants = None,
    provider: ProviderOptions = None,
    as_json: Json = False,
) -> None:
    """Say in plain words who is eligible and what is asked of whom."""
    programme, places = load_programme_with_places(file)
    when = day_of(programme, day)
    table = grants_of(file, grants)
    covered: tuple[legal.Coverage, ...] = ()
    if table.grants:
        agencies = legal.providers_of(programme, providers_of(programme, provider))
        covered = legal.coverage_of(programme, agencies, table, when)
    with placed(programme, places, when):
        lines = explain(programme, when, lang, covered)
    if as_json:
        typer.echo(json.dumps({"language": lang.value, "lines": lines}, ensure_ascii=False))
    else:
        typer.echo("\n".join(lines))
