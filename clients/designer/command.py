"""``fusuma programme``: what a benefit designer does before anybody is asked.

Every command is a file of its own; here they are given their names.

Rules:
 * Output for people goes through rich; ``--json`` gives one JSON object.
 * What runs a programme encrypted here comes from whoever puts the parts together, as the
   context's ``obj``: a designer's own code never evaluates blindly.
"""

from __future__ import annotations

import typer

from clients.designer.assess_command import assess_command
from clients.designer.check_command import check_command
from clients.designer.explain_command import explain_command
from clients.designer.new_command import new_command
from clients.designer.plan_command import plan_command
from clients.designer.simulate_command import simulate_command
from clients.designer.publish_command import publish_command

app = typer.Typer(
    help="Check, explain and plan a benefit programme.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("new")(new_command)
app.command("check")(check_command)
app.command("explain")(explain_command)
app.command("plan")(plan_command)
app.command("assess")(assess_command)
app.command("publish")(publish_command)
app.command("simulate")(simulate_command)
