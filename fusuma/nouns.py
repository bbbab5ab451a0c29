"""The tree of commands, of which only the branch that is asked for gets imported.

Every part of the system owns its noun as a Typer application called ``app``. This module knows
where they are and what ``fusuma --help`` says about them, nothing else.

Rules:
 * The matcher's commands never load the agencies' code, and the other way round.
 * A noun's line of help stands here, so that listing the nouns imports none of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, cast

import typer

from fusuma import __version__
from fusuma.exit_codes import MEANINGS

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Noun:
    """One word after ``fusuma``; ``single`` has no second word behind it."""

    name: str
    module: str
    line: str
    single: bool = False

    def load(self) -> typer.Typer:
        """Import the part that owns this noun and return its Typer application."""
        return cast("typer.Typer", import_module(self.module).app)


NOUNS = (
    Noun("demo", "fusuma.demo.command", "Run the whole system here and check it.", single=True),
    Noun("programme", "fusuma.programme_command", "Write, check and test a benefit programme."),
    Noun("match", "clients.requester.command", "Decide a programme for a cohort.", single=True),
    Noun("agency", "clients.provider.command", "Answer for an agency, approve what it answers."),
    Noun("matcher", "matcher.service.command", "Serve the blind matcher in the middle."),
    Noun("enclave", "enclave_sim.command", "Serve and measure the simulated enclave."),
    Noun("pki", "fusuma.pki_command", "Create a certificate authority and agency identities."),
    Noun("bench", "bench.command", "Measure speed, size and memory on this machine."),
)

# The mark at the start keeps the lines as they are.
_EPILOG = "\b\nExit status:\n" + "\n".join(f"{code:5d}  {text}" for code, text in MEANINGS.items())


def command_tree(arguments: Sequence[str]) -> typer.Typer:
    """Return the application for ``arguments``, with only the noun they name imported."""
    asked = next((word for word in arguments if not word.startswith("-")), None)
    tree = typer.Typer(
        help="Decide eligibility across agencies without anyone in between reading an attribute.",
        epilog=_EPILOG,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
    )
    tree.callback()(_root)
    for noun in NOUNS:
        if noun.name != asked:
            tree.command(noun.name, help=noun.line)(_unloaded)
        elif noun.single:
            tree.add_typer(noun.load())
        else:
            tree.add_typer(noun.load(), name=noun.name, help=noun.line)
    return tree


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - the signature Typer calls
    if wanted:
        typer.echo(f"fusuma {__version__}")
        raise typer.Exit


def _root(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", callback=_show_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Take the options that stand before the noun."""


def _unloaded() -> None:
    """Stand for a noun that was not asked for."""
