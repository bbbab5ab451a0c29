"""The leakage statement: who learns what from a run of one plan.

A regulator reads it before a programme is approved; a cryptographer can check every finding against
the plan. It states what the parties learn when they keep to the protocol, and what any two of them
learn together. It does not repeat what no plan changes: docs/threat-model.md does.

Rules:
 * Every finding follows from the plan: nothing is left to interpretation. Its words are others'.
 * What is not prevented is a finding as much as what is.
"""

from __future__ import annotations

from collections.abc import Iterator

from matcher.core.certainty import can_be_unknown
from matcher.core.identifiers import Role
from matcher.core.leakage_findings import (
    AbsenceSettled,
    AnswerOverruled,
    ClearProtectsNothing,
    EmptyPlacesAnswered,
    EnclaveHolds,
    Finding,
    HouseholdsSeen,
    MatcherLearns,
    MatcherWithAgency,
    MatcherWithRequester,
    MissesHidden,
    OutcomeLearned,
    PossibilityLearned,
    ProviderLearns,
    RestLearned,
    RoleShared,
    Sent,
    UndeterminedTells,
    VerdictLearned,
    WrongAnswerUnnoticed,
)
from matcher.core.margins import least_margin
from matcher.core.plan import Plan
from matcher.core.predicate import Constant
from matcher.core.programme import Unit
from matcher.core.render import render
from matcher.core.residue import residue
from matcher.core.scheme import Scheme
from matcher.core.verdict import Verdict


def findings_of(plan: Plan) -> tuple[Finding, ...]:
    """Return the leakage statement of ``plan``, party by party."""
    return (*_providers(plan), *_requester(plan), *_middle(plan), *_together(plan))


def _providers(plan: Plan) -> Iterator[Finding]:
    unit = plan.programme.unit
    for role in plan.roles:
        yield ProviderLearns(role, plan.scheme, _sent(plan, role))
        if plan.agencies[role] > 1:
            yield RoleShared(role, plan.agencies[role], unit)
    if unit is Unit.HOUSEHOLD:
        yield HouseholdsSeen(plan.seats)


def _sent(plan: Plan, role: Role) -> tuple[Sent, ...]:
    """Return what one agency of ``role`` sends; all of them are asked the same."""
    household = plan.programme.unit is Unit.HOUSEHOLD
    sent: dict[Sent, None] = {}
    for question in plan.questions_of(role):
        attribute = question.attribute
        one = Sent(
            kind=plan.column_kind,
            text=question.text,
            classes=0 if attribute is None else attribute.class_count,
            every_member=attribute is not None and household,
            may_be_absent=attribute is not None and not attribute.closed_world,
        )
        sent.setdefault(one)
    return tuple(sent)


def _requester(plan: Plan) -> Iterator[Finding]:
    programme, tiers = plan.programme, plan.tiers
    parts = (plan.predicate, *tiers)
    undetermined = any(can_be_unknown(part, plan.attributes) for part in parts)
    yield VerdictLearned(programme.requester, programme.unit, undetermined)
    if len(tiers) > 1:
        yield OutcomeLearned(
            programme.unit,
            tuple(
                (outcome.name, render(tier, plan.attributes))
                for outcome, tier in zip(programme.outcomes, tiers, strict=True)
            ),
        )
    if undetermined:
        yield UndeterminedTells()
        if plan.parameters is not None and len(tiers) > 1:
            yield PossibilityLearned(programme.unit)
    for name, rule in sorted(programme.absences.items()):
        if rule.verdict is not Verdict.UNDETERMINED:
            yield AbsenceSettled(name, met=rule.verdict is Verdict.ELIGIBLE)
    if plan.parameters is not None:
        yield MissesHidden(
            programme.unit,
            parameters=plan.parameters,
            bits=least_margin(plan.parameters, plan.circuits).hiding_bits,
            slots=plan.chunk_slots,
            outputs=len(plan.outputs),
        )


def _middle(plan: Plan) -> Iterator[Finding]:
    if plan.scheme is Scheme.CLEAR:
        yield ClearProtectsNothing()
        return
    if plan.scheme is Scheme.ENCLAVE:
        yield EnclaveHolds()
    yield MatcherLearns(plan.chunk_slots, max(plan.agencies.values()) > 1, plan.parameters)


def _together(plan: Plan) -> Iterator[Finding]:
    requester, several = plan.programme.requester, len(plan.roles) > 1
    if plan.parameters is not None:
        yield MatcherWithRequester(requester, plan.column_kind)
    for role in plan.roles if several else ():
        yield RestLearned(
            role,
            requester,
            satisfied=_rest(plan, role, value=True),
            missed=_rest(plan, role, value=False),
        )
    if plan.parameters is not None and several:
        yield AnswerOverruled()
    if plan.parameters is not None and max(plan.agencies.values()) > 1:
        yield EmptyPlacesAnswered()
    # Only where something is encrypted are there control slots.
    yield WrongAnswerUnnoticed() if plan.parameters is None else MatcherWithAgency()


def _rest(plan: Plan, role: Role, *, value: bool) -> str:
    """Return what the verdict tells where all that ``role`` answers is ``value``."""
    rest = residue(plan.predicate, plan.attributes, role, value=value)
    return "" if isinstance(rest, Constant) else render(rest, plan.attributes)
