"""``fusuma programme new``: asks what a programme is about and writes its first file.

Rules:
 * What flags do not say is asked for on a terminal; elsewhere it is an error that names the flag.
 * Nothing that exists is overwritten.
 * What was written has been loaded before the command says so.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from clients.designer.drafting import (
    STARTER_CATALOGUE,
    STARTER_PROPORTIONS,
    Draft,
    attributes_to_ask,
    programme_text,
)
from clients.designer.options import PROPORTIONS_FILE
from matcher.core.catalogue import Attribute, Catalogue
from matcher.core.errors import FusumaError, InvalidConfiguration
from matcher.core.identifiers import AttributeName
from matcher.core.nearest import nearest
from matcher.core.programme import Unit
from matcher.language import load_catalogue, load_programme
from matcher.language.catalogue_file import NAME
from matcher.language.programme_file import CATALOGUE_FILE


def new_command(
    file: Annotated[Path, typer.Argument(help="The file to write.", metavar="FILE")],
    *,
    identifier: Annotated[
        str, typer.Option("--id", help="As catalogue/name.", metavar="ID", show_default=False)
    ] = "",
    title_en: Annotated[str, typer.Option(help="Title in English.", show_default=False)] = "",
    title_ja: Annotated[str, typer.Option(help="Title in Japanese.", show_default=False)] = "",
    requester: Annotated[
        str, typer.Option(help="The agency that decides.", metavar="AGENCY", show_default=False)
    ] = "",
    affair: Annotated[
        str, typer.Option(help="The affair the legal table names.", show_default=False)
    ] = "",
    procedure: Annotated[str, typer.Option(help="The procedure within the affair.")] = "",
    unit: Annotated[Unit, typer.Option(help="What is decided about.")] = Unit.PERSON,
    legal_basis: Annotated[str, typer.Option(help="The law or ordinance.")] = "",
    valid_from: Annotated[
        str, typer.Option("--from", help="First day; today if not said.", metavar="DATE")
    ] = "",
    valid_to: Annotated[str, typer.Option("--to", help="Last day.", metavar="DATE")] = "",
    ask: Annotated[
        list[str] | None,
        typer.Option(help="An attribute to ask for; repeatable.", metavar="ROLE.NAME"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON object.")] = False,
) -> None:
    """Write a commented programme file to start from."""
    if file.exists():
        raise InvalidConfiguration(
            "the file exists already", where=str(file), fix="choose another name; nothing is lost"
        )
    said = _said_or_asked(as_json=as_json)
    beside = file.parent / CATALOGUE_FILE
    name = file.parent.resolve().name
    starter = None if beside.exists() else STARTER_CATALOGUE.format(name=_catalogue_name(name))
    catalogue = load_catalogue(beside if starter is None else starter, CATALOGUE_FILE)
    begins = _day(valid_from, "--from") or date.today()  # noqa: DTZ011 - the designer's calendar
    draft = Draft(
        id=said(identifier, "--id", "Id", f"{catalogue.name}/{file.stem}"),
        title=_titles(title_en, title_ja, said),
        catalogue=catalogue,
        requester=said(requester, "--requester", "Agency that decides"),
        affair=said(affair, "--affair", "Affair, as the legal table names it"),
        procedure=procedure,
        unit=unit,
        legal_basis=legal_basis,
        valid_from=begins,
        valid_to=_day(valid_to, "--to"),
        asked=_asked(catalogue, ask or []),
    )
    written = _write(file, draft, starter)
    if as_json:
        typer.echo(json.dumps({"written": [str(path) for path in written]}, ensure_ascii=False))
        return
    for path in written:
        typer.echo(f"written: {path}")
    typer.echo(f"next: fusuma programme check {file}")


def _said_or_asked(*, as_json: bool) -> Callable[..., str]:
    asking = sys.stdin.isatty() and not as_json

    def said(value: str, flag: str, question: str, otherwise: str = "") -> str:
        if value:
            return value
        if asking:
            return str(typer.prompt(question, default=otherwise or None))
        if otherwise:
            return otherwise
        raise InvalidConfiguration(
            f"{question[:1].lower()}{question[1:]}: nothing was said", where=flag, fix="give it"
        )

    return said


def _write(file: Path, draft: Draft, starter: str | None) -> list[Path]:
    file.parent.mkdir(parents=True, exist_ok=True)
    texts = {file: programme_text(draft)}
    if starter is not None:
        texts[file.parent / CATALOGUE_FILE] = starter
        if not (shares := file.parent / PROPORTIONS_FILE).exists():
            texts[shares] = STARTER_PROPORTIONS
    written = []
    try:
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")
            written.append(path)
        load_programme(file)
    except FusumaError:
        # What was said does not make a programme; half of one is not left behind.
        for path in written:
            path.unlink()
        raise
    return written


def _titles(english: str, japanese: str, said: Callable[..., str]) -> dict[str, str]:
    if not japanese:
        english = said(english, "--title-en", "Title in English")
    return {tag: title for tag, title in (("en", english), ("ja", japanese)) if title}


def _asked(catalogue: Catalogue, names: list[str]) -> tuple[Attribute, ...]:
    if not names:
        return attributes_to_ask(catalogue)
    for name in names:
        if name not in catalogue.attributes:
            raise InvalidConfiguration(
                f"there is no {name[:80]!r} in the catalogue {catalogue.name}",
                where="--ask",
                fix=nearest(name, catalogue.attributes),
            )
    return tuple(catalogue.attributes[AttributeName(name)] for name in dict.fromkeys(names))


def _catalogue_name(folder: str) -> str:
    """Return the name of a new catalogue: that of its folder, if it can be one."""
    plain = re.sub(r"[^a-z0-9-]+", "-", folder.lower()).strip("-")
    return plain if NAME.fullmatch(plain) else "city"


def _day(written: str, flag: str) -> date | None:
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise InvalidConfiguration(
            f"{written[:40]!r} is not a date", where=flag, fix="write it as 2026-04-01"
        ) from None
