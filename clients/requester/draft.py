"""Turns a programme and a cohort into everything a requester sends to start one run.

First the programme is prepared for a scheme, once; then every run is drafted with fresh keys,
salts, seats and nonce, and the statement that commits to them is signed.

Rules:
 * The plan is compiled from the very bundle that is sent: nobody compiles from anything else.
 * A scheme that this machine cannot decrypt under is refused before anything is sent.
 * A requester starts only programmes that are its own, with grants it can see itself, if it has the
   legal table at hand.
 * Every run has its own id, nonce, key and seats; nothing of a run is used again.
 * Randomness and time come from the caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from clients.requester.keys import RunKey
from clients.requester.rosters import Rosters
from matcher.core.binding import Domain, sha256
from matcher.core.errors import InvalidConfiguration, NotYours, Refused
from matcher.core.grants import GrantTable
from matcher.core.identifiers import AgencyId, Digest, Role, RunId
from matcher.core.plan import Plan, compile_plan
from matcher.core.programme import Programme
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.statement import RunStatement
from matcher.identity.envelope import Envelope, sign
from matcher.identity.identity import Identity
from matcher.language.bundle import bundle_digest, dump_bundle, load_bundle
from matcher.schemes.installed import check_installed
from matcher.wire.statement import encode_statement, statement_digest


@dataclass(frozen=True, slots=True)
class PreparedProgramme:
    """A programme compiled for one scheme, kind of column and date; serves many runs.

    Attributes:
        bundle: what everyone compiles from.
        plan: what the requester compiled from it.
    """

    bundle: bytes = field(repr=False)
    plan: Plan


def prepare(
    programme: Programme,
    scheme: Scheme,
    column_kind: ColumnKind,
    day: date,
    *,
    agencies: Mapping[Role, int] | None = None,
    parameters: str | None = None,
) -> PreparedProgramme:
    """Compile ``programme`` as of ``day``; an enclave always gets value columns.

    Args:
        programme: what is decided.
        scheme: how attributes are protected.
        column_kind: what answers turn into under a homomorphic scheme.
        day: whose parameters count.
        agencies: how many answer for a role; one for a role that is not listed.
        parameters: the name of a parameter set; else the cheapest that carries the programme.

    Raises:
        InvalidInput: the programme cannot be compiled for this scheme; says why.
        ProgrammeNotValid: ``day`` lies outside its validity.
        SchemeRefused: the scheme's library is not installed; says what to install.
    """
    check_installed(scheme)
    bundle = dump_bundle(programme)
    kind = ColumnKind.VALUE if scheme is Scheme.ENCLAVE else column_kind
    plan = compile_plan(
        load_bundle(bundle),
        bundle_digest(bundle),
        scheme,
        kind,
        day,
        agencies=agencies,
        parameters=parameters,
    )
    return PreparedProgramme(bundle, plan)


def check_permission(
    plan: Plan,
    requester: AgencyId,
    providers: Mapping[Role, tuple[AgencyId, ...]],
    grants: GrantTable | None,
    today: date,
) -> None:
    """Check before anything is sent that ``requester`` may run ``plan`` today.

    Args:
        plan: what is to be run.
        requester: who wants to run it.
        providers: the agencies of every role.
        grants: the legal table; None leaves it to the matcher.
        today: of the exchange.

    Raises:
        NotYours: the programme belongs to another agency.
        InvalidConfiguration: a role has no agency, or one agency has two parts.
        PermissionMissing: a grant is missing.
        PermissionNotApplicable: a grant is for another affair, procedure or time.
    """
    programme = plan.programme
    if programme.requester != requester:
        raise NotYours(
            f"the programme is decided by {programme.requester}, not by {requester}",
            where=programme.id,
            fix="use the identity of the agency that decides",
        )
    agencies = [requester]
    for role in plan.roles:
        if not providers.get(role):
            raise InvalidConfiguration(
                f"no agency is named for the role {role!r}",
                where=programme.id,
                fix="add it under `providers` in the configuration",
            )
        agencies += providers[role]
    if len(set(agencies)) != len(agencies):
        raise InvalidConfiguration(
            "one agency has two parts in the run",
            where=programme.id,
            fix="name different agencies for every role",
        )
    if grants is None:
        return
    items = programme.items()
    try:
        for role in plan.roles:
            for provider in providers[role]:
                grants.check(
                    requester,
                    programme.affair,
                    provider,
                    items[role],
                    today,
                    procedure=programme.procedure,
                )
    except Refused as error:
        error.locate(programme.id)
        raise


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """One run, ready to be started.

    Attributes:
        statement: what was signed.
        digest: of its payload; everything of the run is bound to it.
        envelope: the signed statement.
        rosters: who sits where.
        key: opens the results.
    """

    statement: RunStatement
    digest: Digest
    envelope: Envelope
    rosters: Rosters
    key: RunKey


def draft_run(
    prepared: PreparedProgramme,
    identity: Identity,
    key: RunKey,
    rosters: Rosters,
    *,
    run: RunId,
    nonce: bytes,
    issued_at: int,
    expires_at: int,
) -> Draft:
    """Write and sign the statement of one run.

    Args:
        prepared: what is decided, and how.
        identity: of the requester.
        key: fresh, made with ``nonce``.
        rosters: fresh, made for ``run``.
        run: random id.
        nonce: 32 random bytes.
        issued_at: Unix seconds.
        expires_at: Unix seconds.
    """
    plan = prepared.plan
    statement = RunStatement(
        run_id=run,
        nonce=nonce,
        requester=identity.agency,
        programme_digest=plan.programme_digest,
        plan_digest=plan.digest,
        scheme=plan.scheme,
        column_kind=plan.column_kind,
        parameters="" if plan.parameters is None else plan.parameters.name,
        public_key_digest=None if key.public_key is None else sha256(key.public_key),
        evaluation_key_digest=None if key.evaluation_key is None else sha256(key.evaluation_key),
        control_commitment=rosters.control_commitment,
        cohort_commitment=rosters.cohort_commitment,
        providers=rosters.assignments,
        chunks=len(rosters.seating.chunks),
        reference_date=plan.reference_date,
        result_key=key.result_key,
        issued_at=issued_at,
        expires_at=expires_at,
    )
    payload = encode_statement(statement)
    envelope = sign(Domain.RUN_STATEMENT, payload, identity.signing_key, identity.agency)
    return Draft(statement, statement_digest(payload), envelope, rosters, key)
