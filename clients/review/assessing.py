"""The impact assessment of a programme: what has to be public before anything is exchanged.

Everything in it is derived, from the programme, the legal table and the plan that would be run;
nothing is written by hand. What none of these knows (which office is responsible, how to reach it)
is left out, not made up.

Rules:
 * An item without a row of the legal table is part of the assessment, as missing.
 * It is about one scheme and one day; the digests say of what.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from clients.review.leakage_phrases import leakage_sentences
from clients.review.legal import Coverage, Providers, coverage_of, providers_of
from clients.review.phrases import Language
from matcher.core.canonical import JsonObject
from matcher.core.grants import Grant, GrantTable
from matcher.core.plan import Plan, compile_plan
from matcher.core.programme import Programme
from matcher.core.retention import FETCHED_OUTPUT_SECONDS, LONGEST_RUN_SECONDS
from matcher.core.scheme import ColumnKind, Scheme
from matcher.language import bundle_digest, dump_bundle


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is to be said about a programme, in no language yet.

    Attributes:
        plan: what would be run, and of what.
        providers: the agencies of every role; none where they are left to the run.
        coverage: every item asked of every agency, with the row that allows it.
        amounts: what each outcome pays on the day; None where it pays nothing.
    """

    plan: Plan
    providers: Providers
    coverage: tuple[Coverage, ...]
    amounts: tuple[int | None, ...]

    @property
    def programme(self) -> Programme:
        """What is assessed."""
        return self.plan.programme

    @property
    def day(self) -> date:
        """Whose parameters and legal rows count."""
        return self.plan.reference_date

    @property
    def covered(self) -> bool:
        """Whether the legal table allows every item."""
        return all(one.grant is not None for one in self.coverage)

    def to_json(self) -> JsonObject:
        """Return the assessment for machines."""
        programme, plan, payment = self.programme, self.plan, self.programme.payment
        return {
            "programme": programme.id,
            "version": programme.version,
            "title": dict(programme.title),
            "date": self.day.isoformat(),
            "programme_digest": plan.programme_digest.hex(),
            "plan_digest": plan.digest.hex(),
            "scheme": plan.scheme.value,
            "columns": plan.column_kind.value,
            "parameters": None if plan.parameters is None else plan.parameters.name,
            "requester": programme.requester,
            "affair": programme.affair,
            "procedure": programme.procedure,
            "legal_basis": programme.legal_basis,
            "unit": programme.unit.value,
            "valid": {
                "from": programme.valid_from.isoformat(),
                "to": None if programme.valid_to is None else programme.valid_to.isoformat(),
            },
            "covered": self.covered,
            "items": [_coverage_json(one) for one in self.coverage],
            "outcomes": [
                {"name": outcome.name, "title": dict(outcome.title), "amount": amount}
                for outcome, amount in zip(programme.outcomes, self.amounts, strict=False)
            ],
            "payment": None if payment is None else [payment.currency, payment.every.value],
            "leakage": list(leakage_sentences(plan, Language.EN)),
            "retention": {
                "run_seconds": LONGEST_RUN_SECONDS,
                "fetched_output_seconds": FETCHED_OUTPUT_SECONDS,
            },
        }


def assess(
    programme: Programme,
    day: date,
    *,
    scheme: Scheme,
    kind: ColumnKind,
    grants: GrantTable,
    named: Providers,
) -> Assessment:
    """Return the assessment of ``programme`` as run on ``day``.

    Args:
        programme: what to assess.
        day: whose parameters and legal rows count.
        scheme: how attributes are protected.
        kind: what an agency sends.
        grants: the legal table; may be empty.
        named: the agencies of roles that are not called like an agency; none where a role's
            agencies are left to the run.

    Raises:
        InvalidConfiguration: ``named`` has a role that is not asked, or a role is no agency's name.
        InvalidInput: the programme does not compile for the scheme; says why.
        ProgrammeNotValid: ``day`` lies outside its validity.
    """
    providers = providers_of(programme, named)
    plan = compile_plan(
        programme,
        bundle_digest(dump_bundle(programme)),
        scheme,
        kind,
        day,
        agencies={role: max(1, len(agencies)) for role, agencies in providers.items()},
    )
    return Assessment(
        plan,
        providers,
        coverage_of(programme, providers, grants, day),
        programme.amounts_on(day),
    )


def _coverage_json(one: Coverage) -> JsonObject:
    return {
        "role": one.role,
        "provider": one.provider,
        "item": one.item,
        "grant": None if one.grant is None else _grant_json(one.grant),
        "reason": one.reason,
    }


def _grant_json(grant: Grant) -> JsonObject:
    return {
        "kind": grant.kind.value,
        "basis": grant.basis,
        "procedure": grant.procedure,
        "valid": {
            "from": grant.valid_from.isoformat(),
            "to": None if grant.valid_to is None else grant.valid_to.isoformat(),
        },
    }
