"""The bare kernels of the BGV library as a peer: the limit of what a run could cost.

Rules:
 * They stand for the largest scenario of a set that decides with decision columns of two agencies
   under ``bgv``: as many chunks of as many columns. Without one they stand for a million subjects.
 * Figures are processor time on one core; a run also has files, messages, signatures and processes.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

from bench.planned import chunks_of, planned
from bench.question import FEWEST_AGENCIES, spelt_out
from bench.results import NotMeasured, PeerMeasurement, PeerSkipped
from bench.scenario import Scenario, ScenarioSet
from bench.spread import Spread
from fusuma.findings import Announce
from matcher.core.bgv_parameters import BgvParameters
from matcher.core.scheme import ColumnKind, Scheme

KERNELS: Final = "seal-kernels"
_TITLE = "Bare kernels of SEAL, one core"
_SUBJECTS = 1_000_000
_REPEATS = 5
_CHUNKS = 24


def measure_kernel_peer(
    scenarios: ScenarioSet, announce: Announce, *, repeats: int = _REPEATS, chunks: int = _CHUNKS
) -> PeerMeasurement | PeerSkipped:
    """Time the operations of a run without the run.

    Args:
        scenarios: the largest of which is what the kernels stand for.
        announce: is told of progress.
        repeats: counted measurements; each warms up for itself.
        chunks: timed in each; the figures of one chunk are multiplied.
    """
    # Timing needs the library, and whoever reads a scenario file does not.
    from bench.kernels import measure_kernels, total_seconds  # noqa: PLC0415

    scenario = _largest(scenarios)
    prepared = planned(scenario)
    if isinstance(prepared, NotMeasured):
        return PeerSkipped(KERNELS, _TITLE, prepared.reason)
    plan = prepared.plan
    if not isinstance(plan.parameters, BgvParameters):
        raise TypeError("a plan for bgv has parameters of bgv")
    count, columns = chunks_of(plan, scenario.subjects), len(plan.columns)
    seconds = []
    for number in range(1, repeats + 1):
        announce(f"round {number} of {repeats}")
        kernels = measure_kernels(plan.parameters, chunks, columns)
        seconds.append(total_seconds(kernels, count, columns))
    spent = Spread.of(seconds)
    return PeerMeasurement(
        peer=KERNELS,
        title=_TITLE,
        subjects=scenario.subjects,
        seconds=spent,
        cpu_seconds=spent,
        versions={"seal-python": version("seal-python")},
        note=f"{columns} columns in {count} chunks under {plan.parameters.name}: encode, encrypt, "
        "load, add, mask, re-randomise, flood and decrypt, with SEAL's own operations, on "
        f"{chunks} chunks and multiplied. Processor time of one core, without files, messages, "
        "signatures or processes.",
    )


def _largest(scenarios: ScenarioSet) -> Scenario:
    fitting = [
        one
        for one in scenarios.scenarios
        if one.scheme is Scheme.BGV
        and one.column_kind is ColumnKind.DECISION
        and one.agencies == FEWEST_AGENCIES
        and one.predicate == spelt_out("all", FEWEST_AGENCIES)
    ]
    if fitting:
        return max(fitting, key=lambda one: one.subjects)
    predicate = spelt_out("all", FEWEST_AGENCIES)
    return Scenario(
        name=KERNELS,
        series=KERNELS,
        scheme=Scheme.BGV,
        column_kind=ColumnKind.DECISION,
        subjects=_SUBJECTS,
        agencies=FEWEST_AGENCIES,
        predicate=predicate,
        parameters=None,
        repeats=_REPEATS,
    )
