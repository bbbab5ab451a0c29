"""Carries out the demo: every cohort under every variant, compared with the plaintext.

Rules:
 * The requester acts exactly as ``fusuma match`` does: own identity, own configuration file, mTLS.
 * A verdict that differs from the reference is counted, never repaired.
 * What a run cost an agency is what that agency logged.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import numpy as np

from clients.requester.cohort import load_cohort
from clients.requester.config import RequesterConfig
from clients.requester.draft import prepare
from clients.requester.progress import Stage
from clients.requester.run import match
from clients.requester.session import Session, open_session
from clients.requester.verdicts_file import write_verdicts
from fusuma.demo.boundaries import Crossing
from fusuma.demo.cohorts import REFERENCE_DATE, DemoCohort
from fusuma.effort import efforts
from fusuma.federation import Federation
from fusuma.findings import Announce
from matcher.core.errors import RunProblem
from matcher.core.identifiers import AgencyId
from matcher.core.programme import Unit
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.verdict import Verdict
from matcher.wire.boundary import BoundaryLog


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to decide: its key in the report, scheme and kind of column."""

    key: str
    scheme: Scheme
    column_kind: ColumnKind


VARIANTS = (
    Variant("bgv", Scheme.BGV, ColumnKind.DECISION),
    Variant("bgv-attribute", Scheme.BGV, ColumnKind.ATTRIBUTE),
    Variant("enclave", Scheme.ENCLAVE, ColumnKind.VALUE),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one cohort came to under one variant.

    Attributes:
        cohort: key of the cohort.
        variant: key of the variant.
        subjects: how many were decided.
        verdicts: subjects by verdict.
        mismatches: subjects whose verdict or outcome differs from the reference, and the difference
            from a count known from outside.
        seconds: ``encrypt`` and ``evaluate`` add up over worker processes, ``transfer`` over
            agencies and requester; these overlap in time. ``decrypt`` and ``end_to_end`` are
            times of the requester's clock.
        columns: encrypted or sealed vectors.
        bytes_per_subject_per_column: on the wire, from agencies to matcher.
    """

    cohort: str
    variant: str
    subjects: int
    verdicts: Mapping[Verdict, int]
    mismatches: int
    seconds: Mapping[str, float]
    columns: int
    bytes_per_subject_per_column: float


def variants_of(cohort: DemoCohort) -> tuple[Variant, ...]:
    """Return the ways in which ``cohort`` can be decided; classes are no way to count members."""
    if cohort.programme.unit is Unit.PERSON:
        return VARIANTS
    return tuple(one for one in VARIANTS if one.column_kind is not ColumnKind.ATTRIBUTE)


async def decide_all(
    federation: Federation,
    configs: Mapping[AgencyId, RequesterConfig],
    cohorts: Sequence[DemoCohort],
    announce: Announce,
) -> tuple[list[Outcome], Mapping[AgencyId, list[Crossing]]]:
    """Decide every cohort under every variant, each as the requester of its programme.

    Args:
        federation: running.
        configs: of every requester.
        cohorts: what to decide.
        announce: told of every step.

    Returns:
        outcomes in order, and what crossed each requester's own boundary.
    """
    boundaries = {requester: BoundaryLog() for requester in configs}
    outcomes = []
    async with AsyncExitStack() as stack:
        sessions = {
            requester: await stack.enter_async_context(open_session(config, boundaries[requester]))
            for requester, config in configs.items()
        }
        for cohort in cohorts:
            for variant in variants_of(cohort):
                announce(f"{cohort.title}: {variant.key}")
                session = sessions[cohort.programme.requester]
                outcomes.append(await _decide(federation, session, cohort, variant))
    return outcomes, {who: received(one.snapshot()) for who, one in boundaries.items()}


def received(snapshot: Mapping[str, object]) -> list[Crossing]:
    """Return what a boundary log says came in."""
    entries = snapshot["crossed"]
    if not isinstance(entries, list):
        raise RunProblem("a boundary log has no list of crossings")
    return [
        Crossing(entry["peer"], entry["kind"], entry["messages"], entry["bytes"])
        for entry in entries
        if entry["direction"] == "in"
    ]


async def _decide(
    federation: Federation, session: Session, cohort: DemoCohort, variant: Variant
) -> Outcome:
    terms = session.config.terms_of(cohort.programme)
    prepared = prepare(
        cohort.programme,
        variant.scheme,
        variant.column_kind,
        REFERENCE_DATE,
        agencies=terms.agency_counts,
    )
    people = load_cohort(cohort.cohort, terms)
    begun = time.perf_counter()
    result = await match(session, prepared, people)
    destination = cohort.cohort.with_name(f"verdicts-{variant.key}.csv")
    write_verdicts(destination, people.subjects, result.decided, replace=False)
    elapsed = time.perf_counter() - begun
    counts = result.decided.verdict_counts()
    mismatches = int(np.count_nonzero(result.decided.decisions != cohort.expected))
    if cohort.known_eligible is not None:
        mismatches += abs(counts[Verdict.ELIGIBLE] - cohort.known_eligible)
    columns = len(result.plan.columns)
    agencies = await efforts(federation, result.run, cohort.tables)
    own = result.seconds
    return Outcome(
        cohort=cohort.name,
        variant=variant.key,
        subjects=len(people),
        verdicts=counts,
        mismatches=mismatches,
        seconds={
            "encrypt": sum(effort.protect_seconds for effort in agencies),
            "transfer": sum(effort.upload_seconds for effort in agencies)
            + own.get(Stage.UPLOAD, 0.0)
            + own.get(Stage.DOWNLOAD, 0.0),
            "evaluate": result.evaluation_seconds,
            "decrypt": own.get(Stage.OPEN, 0.0),
            "end_to_end": elapsed,
        },
        columns=columns,
        bytes_per_subject_per_column=sum(effort.sent_bytes for effort in agencies)
        / (len(people) * columns),
    )
