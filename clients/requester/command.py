"""``fusuma match``: decide a programme for a cohort.

Rules:
 * Everything that can be wrong with files is found before anybody is asked.
 * The verdict file appears when the whole result has been verified, or not at all.
 * Ctrl-C and SIGTERM cancel the run at the matcher.
"""

from __future__ import annotations

import asyncio
import json
import time
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from clients.requester.cohort import Cohort, load_cohort
from clients.requester.config import RequesterConfig, load_config
from clients.requester.display import print_summary, showing_progress, summary_json
from clients.requester.draft import PreparedProgramme, prepare
from clients.requester.progress import Progress, Stage, Watcher
from clients.requester.run import LONGEST_RUN_SECONDS, MatchResult, match
from clients.requester.session import open_session
from clients.requester.termination import terminating_like_ctrl_c
from clients.requester.verdicts_file import check_destination, write_verdicts
from matcher.core.errors import InvalidConfiguration, InvalidInput
from matcher.core.scheme import ColumnKind, EncryptedColumns, OfferedScheme, Scheme
from matcher.language import load_programme
from matcher.wire.boundary import boundary_log

app = typer.Typer(
    help="Decide a programme for a cohort.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("match")
def match_command(
    programme: Annotated[
        Path, typer.Argument(help="The programme, a YAML file.", metavar="PROGRAMME")
    ],
    *,
    cohort: Annotated[
        Path,
        typer.Option(
            help="Who to decide about, CSV or Parquet: a column `subject`, for households a column "
            "`member`; where an agency uses its own identifiers, one named as its role; where "
            "several agencies answer for a role, one named `<role>.agency`.",
            metavar="FILE",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            help="Where to write verdicts and outcomes, .csv or .parquet.", metavar="FILE"
        ),
    ],
    config: Annotated[
        Path, typer.Option(help="The requester's configuration file (YAML).", metavar="FILE")
    ],
    scheme: Annotated[
        OfferedScheme,
        typer.Option(help="How attributes are protected; ckks is for research."),
    ] = OfferedScheme.BGV,
    parameters: Annotated[
        str,
        typer.Option(
            help="The scheme's parameter set; without it the cheapest that carries the programme.",
            metavar="NAME",
        ),
    ] = "",
    columns: Annotated[
        EncryptedColumns,
        typer.Option(help="What an agency encrypts; an enclave always gets values."),
    ] = EncryptedColumns.DECISION,
    day: Annotated[
        str,
        typer.Option(
            "--date", help="The day that counts; today if not given.", metavar="YYYY-MM-DD"
        ),
    ] = "",
    timeout: Annotated[
        float,
        typer.Option(
            help="Seconds after which the run is given up.", min=1, max=7 * 24 * 3600 - 60
        ),
    ] = LONGEST_RUN_SECONDS,
    force: Annotated[
        bool, typer.Option("--force", help="Replace an existing output file.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON object.")] = False,
) -> None:
    """Decide a programme for a cohort."""
    check_destination(out, replace=force)
    if out.exists() and cohort.exists() and out.samefile(cohort):
        raise InvalidInput(
            "the verdicts would replace the cohort", where=str(out), fix="choose another name"
        )
    if scheme is OfferedScheme.ENCLAVE and columns is not EncryptedColumns.DECISION:
        raise InvalidInput(
            "an enclave gets values, whatever the columns",
            where="--columns",
            fix="leave it out, or use a homomorphic scheme",
        )
    settings = load_config(config)
    decided = load_programme(programme)
    terms = settings.terms_of(decided)
    prepared = prepare(
        decided,
        Scheme(scheme.value),
        ColumnKind(columns.value),
        _day(day),
        agencies=terms.agency_counts,
        parameters=parameters or None,
    )
    people = load_cohort(cohort, terms)
    with (
        terminating_like_ctrl_c(),
        showing_progress(Console(stderr=True, quiet=as_json)) as watcher,
    ):
        result = asyncio.run(_run(settings, prepared, people, watcher, timeout))
        watcher(Progress(Stage.WRITE))
        begun = time.perf_counter()
        if settings.records is not None:
            result.record.write(settings.records)
        write_verdicts(out, people.subjects, result.decided, replace=force)
        seconds = {**result.seconds, Stage.WRITE: time.perf_counter() - begun}
    if as_json:
        typer.echo(json.dumps(summary_json(result, out, seconds), ensure_ascii=False))
    else:
        print_summary(Console(), result, out, seconds)


async def _run(
    settings: RequesterConfig,
    prepared: PreparedProgramme,
    cohort: Cohort,
    watcher: Watcher,
    seconds: float,
) -> MatchResult:
    boundary = boundary_log(settings.boundary_log, settings.boundary_capture)
    try:
        async with open_session(settings, boundary) as session:
            return await match(session, prepared, cohort, watcher=watcher, timeout=seconds)
    finally:
        if boundary is not None:
            boundary.save()


def _day(written: str) -> date:
    if not written:
        return date.today()  # noqa: DTZ011 - the civil day where the requester sits
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise InvalidConfiguration(
            "this is not a date", where="--date", fix="write it as 2026-04-01"
        ) from None
