"""``fusuma bench operations``: what each operation of each scheme costs on this machine.

Rules:
 * The table shows medians; ``--json`` has the spread, too.
 * A scheme that is asked for and cannot be timed is an error; without asking, it is left out and
   said to be on standard error.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table as Grid

from bench.environment import environment
from bench.json_values import to_json
from bench.operations import REPEATS, measure_operations
from bench.results import Operation
from fusuma.findings import announcing
from matcher.core.errors import InvalidConfiguration
from matcher.core.parameters import PARAMETER_SETS, Parameters, parameter_sets
from matcher.core.scheme import Scheme
from matcher.schemes.installed import check_installed

_LABELS = {"evaluation_key": "evaluation key", "randomness": "randomness, one slot"}


def operations(
    *,
    schemes: Annotated[
        list[Scheme] | None, typer.Option(help="A scheme; repeatable, all without it.")
    ] = None,
    repeats: Annotated[
        int, typer.Option(help="Counted calls of every operation.", min=1, max=1000)
    ] = REPEATS,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON object.")] = False,
) -> None:
    """Time the operations of every scheme over its parameter sets."""
    found = measure_operations(announcing(), repeats, _sets(schemes))
    if not as_json:
        _show(found)
        return
    here = environment(dt.datetime.now(dt.UTC))
    tree = {
        "benchmark": "operations",
        "repeats": repeats,
        "environment": to_json(here),
        "operations": to_json(found),
    }
    typer.echo(json.dumps(tree, ensure_ascii=False, indent=2))


def _sets(schemes: list[Scheme] | None) -> Sequence[Parameters]:
    """Return the parameter sets of ``schemes``, each once.

    Raises:
        InvalidConfiguration: one of them encrypts nothing.
        SchemeRefused: the libraries of one of them are not installed.
    """
    if not schemes:
        return tuple(PARAMETER_SETS.values())
    found: list[Parameters] = []
    for scheme in dict.fromkeys(schemes):
        check_installed(scheme)
        sets = parameter_sets(scheme)
        if not sets:
            known = dict.fromkeys(row.scheme.value for row in PARAMETER_SETS.values())
            raise InvalidConfiguration(
                f"the scheme {scheme.value} has no parameter sets",
                where="--schemes",
                fix=f"choose among {', '.join(known)}",
            )
        found += sets
    return found


def _show(found: Sequence[Operation]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print("milliseconds on the processor, one call", style="bold")
    for scheme in dict.fromkeys(one.scheme for one in found):
        console.print(_grid(scheme, [one for one in found if one.scheme == scheme]))


def _grid(scheme: str, found: Sequence[Operation]) -> Grid:
    """Return a table of one scheme: operations downwards, parameter sets across."""
    sets = dict.fromkeys(one.parameters for one in found)
    grid = Grid(box=SIMPLE, pad_edge=False)
    grid.add_column(scheme, no_wrap=True)
    for name in sets:
        grid.add_column(name.removeprefix(f"{scheme}-"), justify="right", no_wrap=True)
    cells = {(one.operation, one.parameters): one for one in found}
    grid.add_row("slots", *(f"{cells['encrypt', name].slots:,}" for name in sets), style="dim")
    for operation in _in_order(found):
        times = (_milliseconds(cells.get((operation, name))) for name in sets)
        grid.add_row(_LABELS.get(operation, operation), *times)
    return grid


def _in_order(found: Sequence[Operation]) -> Sequence[str]:
    """Return every operation once, as the parameter set that has most of them orders them."""
    by_set = Counter(one.parameters for one in found)
    fullest = by_set.most_common(1)[0][0]
    return [one.operation for one in found if one.parameters == fullest]


def _milliseconds(operation: Operation | None) -> str:
    if operation is None:
        return "–"
    spent = 1000 * operation.cpu_seconds.median
    # Three digits that count, as far as a clock is worth.
    digits = 3 if spent < 1 else 2 if spent < 10 else 1 if spent < 100 else 0
    return f"{spent:,.{digits}f}"
