"""``fusuma bench``: measure speed, size and memory on this machine.

Every command is a file of its own, named in the table here and imported when it is asked for: a
report is read without any library that encrypts.

Rules:
 * A module ``<name>_command`` has a function of the same name.
 * Progress goes to standard error, findings to files or standard output.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from typer._click import Command, Context

HELP = "Measure speed, size and memory on this machine."
# In the order in which they are listed.
COMMANDS = ("run", "report", "compare", "parity", "operations", "e2e", "local", "check")


class Commands(TyperGroup):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: Context) -> list[str]:  # noqa: ARG002 - the signature Typer calls
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Return the command of this name, or None."""
        if cmd_name not in COMMANDS:
            # The library looks for names that are near only among commands that are loaded.
            near = get_close_matches(cmd_name, COMMANDS, n=1)
            if near:
                ctx.fail(f"No such command {cmd_name!r}. Did you mean {near[0]!r}?")
            return None
        function = getattr(import_module(f"bench.{cmd_name}_command"), cmd_name)
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(cmd_name)(function)
        return typer.main.get_command(alone)


app = typer.Typer(cls=Commands, help=HELP, no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _bench() -> None:
    """Measure speed, size and memory on this machine."""
