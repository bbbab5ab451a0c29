"""Verifies a work item: who asks, for what, and whether everything in it belongs together.

A work item is relayed by the matcher, which is not trusted. What comes out of here rests on the
requester's signature and on what this agency compiled itself; whether it is allowed is the
policy's question.

Rules:
 * Authenticate, then parse: nothing inside an envelope is read before its signature holds, and a
   programme only when the agency wants to see it at all.
 * The plan is compiled here from the bundle; a plan from anybody else is never used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from eligibility.v1 import matcher_pb2

from matcher.core.binding import Domain, sha256
from matcher.core.errors import DigestMismatch, StatementMismatch
from matcher.core.identifiers import Digest, Role, RunId
from matcher.core.plan import Plan, compile_plan
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.statement import RunStatement
from matcher.identity.card import verify_card
from matcher.identity.certificates import Authority
from matcher.identity.envelope import open_envelope
from matcher.language.bundle import load_bundle
from matcher.wire.envelope import card_bytes, envelope_of
from matcher.wire.names import run_name
from matcher.wire.statement import decode_statement, statement_digest


@dataclass(frozen=True, slots=True)
class Request:
    """A work item whose signature holds; its programme has not been read.

    Attributes:
        statement: signed by its requester.
        digest: of the statement's payload as received.
        bundle: the programme the statement names.
        evidence: of the enclave, not appraised yet; empty for homomorphic schemes.
    """

    statement: RunStatement
    digest: Digest
    bundle: bytes
    evidence: bytes


@dataclass(frozen=True, slots=True)
class Order:
    """A verified work item.

    Attributes:
        statement: signed by its requester.
        digest: of the statement's payload as received.
        plan: compiled here.
        evidence: of the enclave, not appraised yet; empty for homomorphic schemes.
    """

    statement: RunStatement
    digest: Digest
    plan: Plan
    evidence: bytes

    @property
    def run(self) -> RunId:
        """The run's id."""
        return self.statement.run_id

    @property
    def name(self) -> str:
        """The run's resource name."""
        return run_name(self.statement.run_id)


def authenticate(item: matcher_pb2.WorkItem, authority: Authority, now: int) -> Request:
    """Return what the requester of ``item`` signed.

    1. The requester's card holds under our authority.
    2. The statement is signed under that card, and by the requester it names.
    3. It is the statement of the run it was delivered for.
    4. The bundle is the one it names.

    Args:
        item: as the matcher sent it.
        authority: the federation's.
        now: Unix seconds.

    Raises:
        InvalidCard, InvalidSignature, InvalidMessage, DigestMismatch, StatementMismatch: a step
            failed; says which.
    """
    # 1. The requester's card holds under our authority.
    card = verify_card(card_bytes(item.requester_card), authority, now)
    # 2. The statement is signed under that card, and by the requester it names.
    envelope = envelope_of(item.statement, "statement")
    payload = open_envelope(Domain.RUN_STATEMENT, envelope, card)
    statement = decode_statement(payload)
    if statement.requester != card.agency:
        raise StatementMismatch("the run statement names another requester than its signer")
    # 3. It is the statement of the run it was delivered for.
    if item.run != run_name(statement.run_id):
        raise StatementMismatch("the run statement is of another run than the work item")
    # 4. The bundle is the one it names.
    if sha256(item.bundle) != statement.programme_digest:
        raise DigestMismatch("the programme is not the one the run statement names", where=item.run)
    return Request(statement, statement_digest(payload), item.bundle, item.evidence)


def compile_order(request: Request) -> Order:
    """Return ``request`` with the plan its programme compiles to here.

    Raises:
        StatementMismatch: that is another plan than the statement names.
        InvalidMessage, InvalidInput: the programme does not compile here.
    """
    statement = request.statement
    plan = _compile(
        request.bundle,
        statement.scheme,
        statement.column_kind,
        statement.reference_date,
        tuple(statement.agency_counts.items()),
        parameters=statement.parameters or None,
    )
    if plan.digest != statement.plan_digest:
        raise StatementMismatch(
            "the programme compiles to another plan here than the run statement names",
            where=run_name(statement.run_id),
            fix="use the same release everywhere",
        )
    return Order(statement, request.digest, plan, request.evidence)


@lru_cache(maxsize=32)
def _compile(
    bundle: bytes,
    scheme: Scheme,
    kind: ColumnKind,
    day: date,
    agencies: tuple[tuple[Role, int], ...],
    *,
    parameters: str | None,
) -> Plan:
    # A programme runs many times a day, and compiling takes longer than answering one person.
    return compile_plan(
        load_bundle(bundle),
        sha256(bundle),
        scheme,
        kind,
        day,
        agencies=dict(agencies),
        parameters=parameters,
    )
