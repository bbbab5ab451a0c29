"""``fusuma programme test``: the programme's own examples, by the rule and under schemes.

Rules:
 * Status 1 where an example comes out otherwise than expected, or a scheme otherwise than the rule.
 * Without ``--scheme`` the plan is carried out in the clear.
 * A scheme whose library is not installed is refused with what to install.
 * ``--boundaries`` shows what the rule says at every limit; it expects nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated

import typer
from rich.console import Console

from clients.designer.case_text import case_text
from clients.designer.in_process import InProcess, InProcessLoader
from clients.designer.limits import Limit, limits_of
from clients.designer.options import Day, File, Json, day_of
from clients.designer.placing import placed
from clients.designer.trial_results import Results
from clients.designer.trying import check_ways, try_cases, ways_of, workable
from matcher.core.errors import InvalidConfiguration
from matcher.core.programme import Case
from matcher.core.scheme import ColumnKind, Scheme
from matcher.language import load_programme_with_places
from matcher.schemes.installed import check_installed


def try_command(
    context: typer.Context,
    file: File,
    *,
    scheme: Annotated[
        list[Scheme] | None,
        typer.Option(help="How attributes are protected; repeatable, clear without it."),
    ] = None,
    columns: Annotated[
        list[ColumnKind] | None,
        typer.Option(help="What an agency sends; repeatable, a scheme's first kind without it."),
    ] = None,
    boundaries: Annotated[
        bool, typer.Option("--boundaries", help="Show what is decided at every limit.")
    ] = False,
    as_yaml: Annotated[
        bool, typer.Option("--yaml", help="With --boundaries, write the cases as tests to paste.")
    ] = False,
    day: Day = "",
    as_json: Json = False,
) -> None:
    """Run the programme's tests, in the clear or encrypted."""
    if as_yaml and not boundaries:
        raise InvalidConfiguration(
            "there is nothing to write", where="--yaml", fix="add --boundaries"
        )
    programme, places = load_programme_with_places(file)
    when = day_of(programme, day)
    with placed(programme, places, when):
        limits = limits_of(programme, when) if boundaries else ()
    if as_yaml:
        typer.echo("tests:")
        for case in _cases(limits):
            typer.echo(case_text(case, programme))
        return
    named = ways_of(scheme or [Scheme.CLEAR], columns or []) if scheme or columns else ()
    in_process = _in_process(context)
    with placed(programme, places, when):
        for way in named:
            check_installed(way.scheme)
        check_ways(programme, when, named)
        ways = named or (workable(programme, when, Scheme.CLEAR),)
        trials = try_cases(programme, programme.cases, when, ways, in_process)
        around = try_cases(programme, list(_cases(limits)), when, ways, in_process)
    results = Results(programme, ways, trials, limits, around)
    if as_json:
        typer.echo(json.dumps(results.to_json(), ensure_ascii=False))
    else:
        results.show(Console(highlight=False, soft_wrap=True))
    if not results.passed:
        raise typer.Exit(1)


def _in_process(context: typer.Context) -> InProcess | None:
    # Whoever puts the parts together says how to make one; see ``in_process``.
    load: InProcessLoader | None = context.obj
    return None if load is None else load()


def _cases(limits: Iterable[Limit]) -> Iterable[Case]:
    return (case for limit in limits for case in limit.cases)
