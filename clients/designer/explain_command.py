"""``fusuma programme explain``: the programme in plain sentences."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from clients.designer.options import Day, File, Json, day_of
from clients.review.explaining import explain
from clients.review.phrases import Language
from matcher.language import load_programme


def explain_command(
    file: File,
    *,
    lang: Annotated[Language, typer.Option(help="The language to explain it in.")] = Language.EN,
    day: Day = "",
    as_json: Json = False,
) -> None:
    """Say in plain words who is eligible and what is asked of whom."""
    programme = load_programme(file)
    lines = explain(programme, day_of(programme, day), lang)
    if as_json:
        typer.echo(json.dumps({"language": lang.value, "lines": lines}, ensure_ascii=False))
    else:
        typer.echo("\n".join(lines))
