"""What a scenario compiles to, or why it cannot be measured here.

Rules:
 * A scheme that cannot run a predicate, or is not installed, is a finding, not a failure.
 * Nothing is started and nothing encrypted to find out.
"""

from __future__ import annotations

from bench.question import DAY, programme_for
from bench.results import NotMeasured
from bench.scenario import Scenario
from clients.requester.draft import PreparedProgramme, prepare
from matcher.core.controls import CANARIES_PER_CHUNK
from matcher.core.errors import InvalidInput, Refused
from matcher.core.plan import Plan
from matcher.schemes.installed import check_installed


def planned(scenario: Scenario) -> PreparedProgramme | NotMeasured:
    """Compile ``scenario``, or say why it cannot be measured."""
    try:
        check_installed(scenario.scheme)
        prepared = prepare(
            programme_for(scenario.predicate),
            scenario.scheme,
            scenario.column_kind,
            DAY,
            parameters=scenario.parameters,
        )
    except (InvalidInput, Refused) as error:
        return NotMeasured(scenario, error.what)
    plan = prepared.plan
    decryptions = chunks_of(plan, scenario.subjects) * len(plan.outputs)
    if plan.parameters is not None and plan.parameters.most_decryptions is not None:
        most = plan.parameters.most_decryptions
        if decryptions > most:
            return NotMeasured(
                scenario,
                f"a key of {plan.parameters.name} opens at most {most} outputs, and the run has "
                f"{decryptions}",
            )
    return prepared


def chunks_of(plan: Plan, subjects: int) -> int:
    """Return how many chunks a cohort of so many subjects fills, control slots included."""
    return -(-subjects // (plan.chunk_slots - CANARIES_PER_CHUNK))
