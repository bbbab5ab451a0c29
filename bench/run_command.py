"""``fusuma bench run``: what every scheme costs for the same decisions, in one report.

Rules:
 * Everything that can be wrong with the scenarios and the directory is said before any work.
 * Ctrl-C and SIGTERM keep what is measured; the same command goes on from there.
 * Status 1 where a verdict differed from the plaintext reference: the figures would be of a system
   that is wrong.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bench.environment import environment
from bench.journal import Begun, Journal, keeping
from bench.report.csv_file import write_csv
from bench.report.page import check_page, write_page
from bench.results import Results
from bench.results_directory import ResultsDirectory, prepare_directory
from bench.results_file import write_results
from bench.scenario import ScenarioSet
from bench.scenario_file import load_scenarios
from fusuma.exit_codes import ExitCode
from fusuma.findings import announcing
from fusuma.processes import unwound_by_signals


def run(
    *,
    scenarios: Annotated[
        str, typer.Option(help="default, quick, or a file.", metavar="NAME|FILE")
    ] = "default",
    output: Annotated[
        Path, typer.Option(help="Directory for results.json, .csv and the report.", metavar="DIR")
    ] = Path("bench-report"),
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Measure anew what is in the directory already.")
    ] = False,
) -> None:
    """Measure every scheme on a set of scenarios and write a report."""
    chosen = load_scenarios(scenarios)
    # First: it leaves nothing behind, and makes no directory.
    check_page(ResultsDirectory(output).page)
    directory = prepare_directory(output, fresh=fresh)
    begun = Begun.of(chosen, environment(dt.datetime.now(dt.UTC)))
    with unwound_by_signals(), keeping(directory.journal, begun, fresh=fresh) as journal:
        directory.forget_results()
        with _going_on(directory, chosen, journal):
            found = _carried_out(chosen, journal)
            _write(found, directory)
        directory.journal.unlink()
    _say(found, directory)


def _carried_out(scenarios: ScenarioSet, journal: Journal) -> Results:
    # Whoever only mistypes an option does not wait for the libraries of every scheme.
    from bench.running import carry_out  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="fusuma-bench-") as place:
        return carry_out(Path(place), scenarios, journal, announcing())


@contextmanager
def _going_on(
    directory: ResultsDirectory, scenarios: ScenarioSet, journal: Journal
) -> Iterator[None]:
    """Say what is done already, and what to do if it does not come to an end this time."""
    done = len(journal.finished)
    if done:
        typer.echo(f"going on in {directory.path}: {_steps(done)} measured already", err=True)
    try:
        yield
    except BaseException:
        done = len(journal.finished)
        typer.echo(
            f"{_steps(done)} of {scenarios.name} kept in {directory.journal}; the same command "
            "goes on from there, with --fresh it begins anew"
            if done
            else f"nothing of {scenarios.name} is measured yet; the same command begins again",
            err=True,
        )
        raise


def _steps(number: int) -> str:
    return f"{number} step{'' if number == 1 else 's'}"


def _write(found: Results, directory: ResultsDirectory) -> None:
    write_csv(found, directory.table)
    write_page(found, directory.page)
    # Last: a directory with results is a finished benchmark.
    write_results(found, directory.results)


def _say(found: Results, directory: ResultsDirectory) -> None:
    wrong = sum(one.mismatches for one in found.measurements)
    typer.echo(
        f"scenarios measured: {len(found.measurements)}, not measured: "
        f"{len(found.not_measured)}, in {found.seconds:,.0f} seconds; report in {directory.page}"
    )
    if wrong:
        typer.echo(f"{wrong:,} verdicts differ from the plaintext reference", err=True)
        raise typer.Exit(ExitCode.NO)
