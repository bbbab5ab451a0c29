"""``fusuma programme diff``: what a new version changes, in its text and for people.

Rules:
 * Status as of ``diff``: 0 where the two are the same programme, 1 where anything differs.
 * Decisions are counted on a population that is named or drawn. Examples are made up: whoever is in
   a population is not shown.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from clients.designer.options import Day, Json, any_day_of
from clients.designer.population_file import load_population
from clients.review.comparing import compare
from clients.review.comparison_text import comparison_lines
from clients.review.transitions import joint_attributes
from matcher.core.errors import InvalidConfiguration
from matcher.core.programme import Programme
from matcher.core.table import Grouping, Table
from matcher.language import load_programme
from programmes.population import draw

PROPORTIONS_FILE = "proportions.csv"

_Population: TypeAlias = tuple[Table, Grouping | None]


def diff_command(
    old: Annotated[Path, typer.Argument(help="One version, a YAML file.", metavar="OLD")],
    new: Annotated[Path, typer.Argument(help="Another version.", metavar="NEW")],
    *,
    population: Annotated[
        Path | None,
        typer.Option(
            help="A CSV or Parquet file of people: one column an attribute of either version.",
            metavar="FILE",
        ),
    ] = None,
    subjects: Annotated[
        int,
        typer.Option(help="Draw so many people or households instead.", min=0, max=5_000_000),
    ] = 0,
    seed: Annotated[int, typer.Option(help="Of the drawing.", min=0)] = 1,
    proportions: Annotated[
        Path | None,
        typer.Option(
            help=f"Shares of values; without it {PROPORTIONS_FILE} beside the new version, or "
            "those shipped for its catalogue.",
            metavar="FILE",
        ),
    ] = None,
    day: Day = "",
    as_json: Json = False,
) -> None:
    """Say what a new version changes, and who is decided otherwise."""
    if population is not None and subjects:
        raise InvalidConfiguration(
            "a population is named or drawn, not both",
            where="--subjects",
            fix="leave out --population or --subjects",
        )
    before, after = load_programme(old), load_programme(new)
    people = None
    joint = _joint(before, after)
    if population is not None:
        people = load_population(population, joint)
    elif subjects:
        beside = new.parent / PROPORTIONS_FILE
        people = _drawn(joint, subjects, seed, proportions or (beside if beside.exists() else None))
    comparison = compare(before, after, _day(before, after, day), people)
    if as_json:
        typer.echo(json.dumps(comparison.to_json(), ensure_ascii=False))
    else:
        typer.echo("\n".join(comparison_lines(comparison)))
    if not comparison.same:
        raise typer.Exit(1)


def _joint(old: Programme, new: Programme) -> Programme:
    """Return the new version with the attributes of both."""
    catalogue = replace(new.catalogue, attributes=joint_attributes(old, new))
    return replace(new, catalogue=catalogue)


def _drawn(programme: Programme, subjects: int, seed: int, proportions: Path | None) -> _Population:
    drawn = draw(
        programme.catalogue,
        subjects,
        seed,
        programme.unit,
        proportions=proportions,
        most_members=programme.most_members,
    )
    return drawn.table, drawn.grouping


def _day(old: Programme, new: Programme, written: str) -> date:
    """Return the day asked for, or today: ``compare`` moves it into either version's validity."""
    day = any_day_of(new, written)
    if written and not any(one.valid_from <= day <= (one.valid_to or day) for one in (old, new)):
        raise InvalidConfiguration(
            f"neither version is valid on {day.isoformat()}",
            where="--date",
            fix="choose a day within the validity of one of them",
        )
    return day
