"""``fusuma programme assess``: the impact assessment to be published before anything is exchanged.

Rules:
 * Status 1 where the legal table does not allow everything that is asked; the assessment is written
   all the same, and says so.
 * The name of the output file decides its form, where ``--format`` does not.
"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
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
from clients.review.assessing import assess
from clients.review.assessment_document import assessment_document, assessment_title
from clients.review.html_page import html_page
from clients.review.phrases import Language
from matcher.core.errors import InvalidConfiguration
from matcher.core.scheme import ColumnKind, EncryptedColumns, OfferedScheme, Scheme
from matcher.language import load_programme_with_places


class Form(StrEnum):
    """What a document is written in."""

    MARKDOWN = "markdown"
    HTML = "html"


def assess_command(
    file: File,
    *,
    lang: Annotated[Language, typer.Option(help="The language to write it in.")] = Language.EN,
    scheme: Annotated[
        OfferedScheme,
        typer.Option(help="How attributes are protected; ckks is for research."),
    ] = OfferedScheme.BGV,
    columns: Annotated[
        EncryptedColumns,
        typer.Option(help="What an agency encrypts; an enclave always gets values."),
    ] = EncryptedColumns.DECISION,
    form: Annotated[
        Form | None,
        typer.Option("--format", help="The form; without it as the output file is named."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Where to write it; without it to standard output.", metavar="FILE"),
    ] = None,
    grants: Grants = None,
    provider: ProviderOptions = None,
    day: Day = "",
    as_json: Json = False,
) -> None:
    """Write the impact assessment that is published first."""
    programme, places = load_programme_with_places(file)
    when = day_of(programme, day)
    kind = ColumnKind.VALUE if scheme is OfferedScheme.ENCLAVE else ColumnKind(columns.value)
    table, named = grants_of(file, grants), providers_of(programme, provider)
    with placed(programme, places, when):
        assessment = assess(
            programme,
            when,
            scheme=Scheme(scheme.value),
            kind=kind,
            grants=table,
            named=named,
        )
    if as_json:
        text = json.dumps(assessment.to_json(), ensure_ascii=False) + "\n"
    else:
        text = str(assessment_document(assessment, lang))
        if _form(form, output) is Form.HTML:
            title = assessment_title(assessment, lang)
            text = html_page(assessment_document(assessment, lang), title=title, language=lang)
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
    if not assessment.covered:
        typer.echo("the legal table does not allow everything that is asked", err=True)
        raise typer.Exit(1)


def _form(named: Form | None, output: Path | None) -> Form:
    if named is not None:
        return named
    suffix = ".md" if output is None else output.suffix.lower()
    if suffix in (".html", ".htm"):
        return Form.HTML
    if suffix in (".md", ".markdown"):
        return Form.MARKDOWN
    raise InvalidConfiguration(
        f"the form of {str(output)!r} does not follow from its name",
        where="--output",
        fix="name it .md or .html, or say --format",
    )
