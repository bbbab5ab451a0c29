"""``fusuma programme simulate``: how many people a programme reaches and what it costs.

Rules:
 * The population is drawn from published or illustrative proportions, or read from a file; which of
   them are illustrative is said beside the result.
 * Nothing is asked of anybody, and nothing leaves this machine.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table as Grid

from clients.designer.charting import check_picture, draw
from clients.designer.options import PROPORTIONS_FILE, Day, File, Json, day_of
from clients.designer.placing import placed
from clients.designer.population_file import load_population
from clients.designer.simulating import Simulation, simulate
from matcher.core.errors import InvalidConfiguration
from matcher.core.identifiers import AttributeName
from matcher.core.nearest import nearest
from matcher.core.programme import Programme
from matcher.core.verdict import Verdict
from matcher.language import load_programme_with_places
from programmes.population import draw as draw_population

_WIDTH = 40
_SHADES = {Verdict.ELIGIBLE: "█", Verdict.UNDETERMINED: "▒", Verdict.INELIGIBLE: "·"}


def simulate_command(
    file: File,
    *,
    subjects: Annotated[
        int, typer.Option(help="How many people or households to draw.", min=1, max=5_000_000)
    ] = 100_000,
    seed: Annotated[int, typer.Option(help="Of the drawing.", min=0)] = 1,
    proportions: Annotated[
        Path | None,
        typer.Option(
            help=f"Shares of values; without it {PROPORTIONS_FILE} beside the file, or those "
            "shipped for its catalogue.",
            metavar="FILE",
        ),
    ] = None,
    population: Annotated[
        Path | None,
        typer.Option(help="A CSV or Parquet file of people instead of drawing.", metavar="FILE"),
    ] = None,
    by: Annotated[
        str, typer.Option(help="The attribute of the histogram.", metavar="ATTRIBUTE")
    ] = "",
    picture: Annotated[
        Path | None, typer.Option(help="Draw the histogram into a .png or .svg.", metavar="FILE")
    ] = None,
    day: Day = "",
    as_json: Json = False,
) -> None:
    """Count verdicts, outcomes and money for a population."""
    if picture is not None:
        check_picture(picture)
    programme, places = load_programme_with_places(file)
    when = day_of(programme, day)
    about = _attribute(programme, by)
    if population is not None:
        table, grouping = load_population(population, programme)
        illustrative: tuple[str, ...] = ()
    else:
        beside = file.parent / PROPORTIONS_FILE
        drawn = draw_population(
            programme.catalogue,
            subjects,
            seed,
            programme.unit,
            proportions=proportions or (beside if beside.exists() else None),
            most_members=programme.most_members,
        )
        table, grouping, illustrative = drawn.table, drawn.grouping, drawn.illustrative
    with placed(programme, places, when):
        simulation = simulate(programme, when, table, grouping, about)
    if picture is not None:
        draw(simulation, picture)
    if as_json:
        tree = {**simulation.to_json(), "illustrative": list(illustrative)}
        typer.echo(json.dumps(tree, ensure_ascii=False))
        return
    _print(simulation, illustrative)
    if picture is not None:
        typer.echo(f"written: {picture}")


def _attribute(programme: Programme, named: str) -> AttributeName:
    attributes = programme.catalogue.attributes
    if not named:
        return next(iter(attributes))
    if named not in attributes:
        raise InvalidConfiguration(
            f"the programme does not read {named[:80]!r}",
            where="--by",
            fix=nearest(named, attributes),
        )
    return AttributeName(named)


def _print(simulation: Simulation, illustrative: tuple[str, ...]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    programme = simulation.programme
    console.print(
        f"{programme.id} {programme.version} on {simulation.day}: {simulation.subjects:,} "
        f"{programme.unit.value}s",
        markup=False,
        style="bold",
    )
    console.print(_verdicts(simulation))
    if programme.outcomes:
        console.print(_outcomes(simulation))
    if programme.payment is not None:
        often = "in all, paid once" if simulation.once else "a month"
        console.print(
            f"money: {programme.payment.currency} {round(simulation.money):,} {often}", markup=False
        )
    for line in _histogram(simulation):
        console.print(line, markup=False)
    if illustrative:
        console.print(
            f"illustrative shares, not statistics: {', '.join(illustrative)}", markup=False
        )


def _verdicts(simulation: Simulation) -> Grid:
    grid = Grid("verdict", "subjects", "share")
    for verdict, count in zip(Verdict, simulation.verdicts, strict=True):
        grid.add_row(verdict.word, f"{count:,}", f"{count / simulation.subjects:.2%}")
    return grid


def _outcomes(simulation: Simulation) -> Grid:
    money = "money in all" if simulation.once else "money a month"
    grid = Grid("outcome", "amount", "subjects", money)
    for outcome in simulation.outcomes:
        amount = "" if outcome.amount is None else f"{outcome.amount:,}"
        grid.add_row(outcome.name, amount, f"{outcome.subjects:,}", f"{round(outcome.money):,}")
    return grid


def _histogram(simulation: Simulation) -> list[str]:
    most = max((sum(bar.counts) for bar in simulation.bars), default=0) or 1
    width = max((len(bar.label) for bar in simulation.bars), default=0)
    legend = ", ".join(f"{shade} {verdict.word}" for verdict, shade in _SHADES.items())
    lines = [f"by {simulation.by} ({legend})"]
    for bar in simulation.bars:
        drawn, reached = "", 0
        total = 0
        for verdict, shade in _SHADES.items():
            total += bar.counts[verdict]
            # Cumulated before rounding, so that the bar's length is that of its total.
            end = -(-total * _WIDTH // most)
            drawn += shade * (end - reached)
            reached = end
        lines.append(f"  {bar.label:>{width}} {drawn} {sum(bar.counts):,}")
    return lines
