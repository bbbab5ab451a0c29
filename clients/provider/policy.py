"""The agency's own decision whether to answer a run.

The matcher checks grants too, but an agency answers for its data itself: everything here rests on
the agency's own files, clock and journal, and on bytes the requester signed.

Rules:
 * The grant table must list every item on the day of the exchange, not only on the programme's
   reference date: an expired basis cannot be revived by dating a run back.
 * Where programmes are approved one by one, the digest decides; a title or version proves nothing.
   It decides before anybody reads the programme, and as the list stands at that moment.
 * An enclave is accepted by evidence alone. Without an enclave policy no value column is sealed.
 * What is not allowed is refused as a whole; nothing is answered in part.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container
from dataclasses import dataclass

from clients.attestation.appraisal import Appraisal, appraise
from clients.attestation.policy import AppraisalPolicy
from clients.provider.approvals import ApprovalsFile
from clients.provider.journal import Journal
from matcher.core.errors import (
    EvidenceRefused,
    InvalidConfiguration,
    PolicyRefused,
    ProgrammeNotApproved,
    RunExpired,
    StatementMismatch,
)
from matcher.core.grants import Grant, GrantTable
from matcher.core.identifiers import AgencyId, Digest, Role
from matcher.core.plan import Plan
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.statement import RunStatement

# Clocks of agencies differ a little; a statement from further ahead is a mistake or a trick.
_CLOCK_SKEW = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ApprovalPolicy:
    """What an agency answers.

    Attributes:
        grants: the agency's own copy of the legal table.
        programmes: digests of approved bundles, a fixed set or those in a file that grows; None
            approves whatever a grant covers.
        runs_per_day: how many runs a requester may start here a day.
        smallest_cohort: how many people a run must ask this agency about at least; members of
            households count one by one.
        schemes: how answers may be protected.
        column_kinds: what answers may be turned into.
        enclave: which evidence is accepted; None accepts none.
    """

    grants: GrantTable
    programmes: Container[Digest] | None
    runs_per_day: int
    smallest_cohort: int
    schemes: frozenset[Scheme]
    column_kinds: frozenset[ColumnKind]
    enclave: AppraisalPolicy | None

    def approve_programme(self, digest: Digest) -> None:
        """Refuse a programme that is not approved here, before it is read.

        Raises:
            ProgrammeNotApproved: its digest is not among those that are.
            PolicyRefused: the list of those that are cannot be read; says where.
        """
        if self.programmes is None:
            return
        try:
            approved = digest in self.programmes
        except InvalidConfiguration as error:
            raise PolicyRefused(error.what, where=error.where, fix=error.fix) from error
        if not approved:
            grows = isinstance(self.programmes, ApprovalsFile)
            advice = (
                f"review it with `fusuma agency approve {digest.hex()} --config …`"
                if grows
                else f"review it and add {digest.hex()} under `approve` in the configuration"
            )
            raise ProgrammeNotApproved("this agency has not approved the programme", fix=advice)

    def approve_run(
        self,
        statement: RunStatement,
        plan: Plan,
        provider: AgencyId,
        now: dt.datetime,
    ) -> tuple[Grant, ...]:
        """Return the grants under which ``provider`` answers, or refuse.

        Args:
            statement: its signature has been verified.
            plan: compiled here, from the bundle the statement names.
            provider: this agency.
            now: with time zone.

        Raises:
            RunExpired: the run's time is over.
            PolicyRefused: the run's date, programme or scheme is not approved here.
            PermissionMissing: no grant lists an item.
            PermissionNotApplicable: a grant exists for another affair, procedure or time.
            StatementMismatch: programme, plan and statement do not belong together.
        """
        _check_time(statement, now)
        role = _check_plan(statement, plan, provider)
        self._check_programme(plan)
        return self.grants.check(
            statement.requester,
            plan.programme.affair,
            provider,
            plan.programme.items()[role],
            now.date(),
            procedure=plan.programme.procedure,
        )

    def approve_cohort(self, people: int) -> int:
        """Return ``people``, how many a run asks this agency about, or refuse.

        An agency that shares its role with others may be asked about nobody: it says nothing then.

        Raises:
            PolicyRefused: fewer than the policy allows.
        """
        if 0 < people < self.smallest_cohort:
            raise PolicyRefused(
                "the cohort is smaller than this agency's policy allows",
                fix=f"ask about at least {self.smallest_cohort} people at a time",
            )
        return people

    def approve_budget(
        self, requester: AgencyId, statement: Digest, journal: Journal, now: dt.datetime
    ) -> None:
        """Refuse a run beyond its requester's number of the day; one in the journal is counted.

        Args:
            requester: who signed the run statement.
            statement: its digest.
            journal: of this agency.
            now: with time zone.

        Raises:
            PolicyRefused: the budget is used up.
        """
        answered = journal.answered_on(now.date(), requester)
        if statement not in answered and len(answered) >= self.runs_per_day:
            raise PolicyRefused(
                f"{requester} has used up its {self.runs_per_day} runs of the day here",
                fix="wait until tomorrow (UTC), or agree on more",
            )

    def approve_enclave(
        self, evidence: bytes, statement: RunStatement, digest: Digest, now: dt.datetime
    ) -> Appraisal:
        """Return the keys of the enclave that ``evidence`` vouches for, or refuse.

        Raises:
            EvidenceRefused: no enclave is accepted, or not this one, or not for this run.
        """
        if self.enclave is None:
            raise EvidenceRefused(
                "this agency accepts no enclave", fix="add an enclave policy to its configuration"
            )
        return appraise(evidence, self.enclave, statement.nonce, digest, int(now.timestamp()))

    def _check_programme(self, plan: Plan) -> None:
        self.approve_programme(plan.programme_digest)
        if plan.scheme not in self.schemes or plan.column_kind not in self.column_kinds:
            raise PolicyRefused(
                f"this agency does not answer {plan.scheme} runs with {plan.column_kind} columns",
                where=f"{plan.programme.id} {plan.programme.version}",
                fix="choose another scheme or kind of column",
            )


def _check_time(statement: RunStatement, now: dt.datetime) -> None:
    if statement.expires_at <= now.timestamp():
        raise RunExpired("the run's time is over", where=f"runs/{statement.run_id}")
    if statement.issued_at > (now + _CLOCK_SKEW).timestamp():
        raise PolicyRefused(
            "the run statement is dated ahead of this agency's clock",
            where=f"runs/{statement.run_id}",
            fix="check the clocks of requester and provider",
        )


def _check_plan(statement: RunStatement, plan: Plan, provider: AgencyId) -> Role:
    """Return the role of ``provider`` if statement and plan agree on everything."""
    parameters = "" if plan.parameters is None else plan.parameters.name
    roles = [one.role for one in statement.providers if one.agency == provider]
    agreement = {
        "programme": statement.programme_digest == plan.programme_digest,
        "plan": statement.plan_digest == plan.digest,
        "parameters": statement.parameters == parameters,
        "requester": statement.requester == plan.programme.requester,
        "roles": statement.agency_counts == plan.agencies,
        "provider": len(roles) == 1,
    }
    for what, agrees in agreement.items():
        if not agrees:
            raise StatementMismatch(
                f"the run statement does not match the {what} of the plan compiled here",
                where=f"runs/{statement.run_id}",
                fix="use the same version of the software and the programme's current files",
            )
    return roles[0]
