"""``fusuma programme``: what a benefit designer does before anybody is asked.

Every command is a file of its own, named in the table here and imported when it is asked for:
checking a programme needs neither a network nor anything to draw with.

Rules:
 * A module ``<name>_command`` has a function of the same name.
 * Output for people goes through rich; ``--json`` gives one JSON object.
 * What runs a programme encrypted here comes from whoever puts the parts together, as the
   context's ``obj``: a designer's own code never evaluates blindly.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from typer._click import Command, Context

HELP = "Write, check, test, explain and publish a benefit programme."
# The command's name and the module, in the order in which they are listed.
COMMANDS = {
    "new": "new_command",
    "check": "check_command",
    "test": "try_command",
    "mutate": "mutate_command",
    "simulate": "simulate_command",
    "explain": "explain_command",
    "plan": "plan_command",
    "diff": "diff_command",
    "assess": "assess_command",
    "publish": "publish_command",
}


class Commands(TyperGroup):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: Context) -> list[str]:  # noqa: ARG002 - the signature Typer calls
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Return the command of this name, or None."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            # The library looks for names that are near only among commands that are loaded.
            near = get_close_matches(cmd_name, COMMANDS, n=1)
            if near:
                ctx.fail(f"No such command {cmd_name!r}. Did you mean {near[0]!r}?")
            return None
        function = getattr(import_module(f"clients.designer.{module}"), module)
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(cmd_name)(function)
        return typer.main.get_command(alone)


app = typer.Typer(cls=Commands, help=HELP, no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _programme() -> None:
    """Write, check, test, explain and publish a benefit programme."""
