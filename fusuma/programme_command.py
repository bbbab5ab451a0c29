"""``fusuma programme``, with what a designer's own code leaves to whoever puts the parts together.

Rules:
 * What can evaluate blindly is loaded when a command asks for it, and not before.
"""

from __future__ import annotations

from importlib import import_module

import typer

from clients.designer.command import HELP, Commands
from clients.designer.in_process import InProcess

app = typer.Typer(cls=Commands, help=HELP, no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def bring_harness(context: typer.Context) -> None:
    """Let commands carry out plans on this machine."""
    context.obj = _harness


def _harness() -> InProcess:
    harness: InProcess = import_module("fusuma.harness").Harness()
    return harness
