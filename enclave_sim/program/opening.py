"""Decides whether a run may be opened, from what its requester signed.

The host is not trusted: everything that enters here is checked against the authority the enclave
was measured with, and the plan is compiled from the programme, never taken from anybody.

Rules:
 * Cards are those of the requester and the providers, each exactly once, under the authority.
 * The statement is the requester's, current, for this scheme, and within the limits.
 * The programme is the one the statement names, the requester and the roles are the programme's,
   the reference date is in its validity, and the plan, compiled for the statement's number of
   agencies in each role, has the digest the requester signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from enclave_sim.program.policy import Limits
from matcher.core.binding import Domain
from matcher.core.errors import (
    DigestMismatch,
    InvalidCard,
    QuotaExceeded,
    RunExpired,
    SchemeRefused,
    StatementMismatch,
)
from matcher.core.identifiers import AgencyId, Digest
from matcher.core.plan import Plan, compile_plan
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.statement import RunStatement
from matcher.core.values import bytes_per_value
from matcher.identity.card import Card, verify_card
from matcher.identity.certificates import Authority
from matcher.identity.envelope import Envelope, open_envelope
from matcher.language.bundle import bundle_digest, load_bundle
from matcher.wire.statement import decode_statement, statement_digest

# Clocks of agencies differ; a statement from the near future is not a forgery.
CLOCK_SKEW_SECONDS = 300


@dataclass(frozen=True, slots=True)
class CheckedRun:
    """A run whose statement, programme and parties have been checked.

    Attributes:
        statement: what the requester signed.
        digest: of the statement's payload.
        plan: compiled here.
        cards: of the providers.
        senders: which agency sends a column, in the order of the plan's columns.
    """

    statement: RunStatement
    digest: Digest
    plan: Plan
    cards: Mapping[AgencyId, Card]
    senders: tuple[AgencyId, ...]

    @property
    def providers(self) -> tuple[AgencyId, ...]:
        """The providers in the statement's order."""
        return tuple(entry.agency for entry in self.statement.providers)

    def columns_of(self, provider: AgencyId) -> tuple[int, ...]:
        """Return the numbers of the columns that ``provider`` sends, ascending."""
        return tuple(number for number, sender in enumerate(self.senders) if sender == provider)


def check_run(
    envelope: Envelope,
    bundle: bytes,
    signed_cards: Sequence[bytes],
    *,
    authority: Authority,
    limits: Limits,
    now: int,
) -> CheckedRun:
    """Check everything about a run that can be checked before any column is there.

    1. Every card is signed under the authority and current.
    2. The statement is signed by the agency it names as requester.
    3. The cards are those of the statement's parties.
    4. The statement is current, of this scheme, and within the limits.
    5. The bundle is the statement's, and the programme is the requester's.
    6. The roles are the programme's, and the plan compiled from it is the statement's.
    7. The values of one chunk fit into what incomplete chunks may take.

    Raises:
        InvalidCard, InvalidSignature, InvalidMessage, StatementMismatch, DigestMismatch: something
            is not what it claims to be.
        SchemeRefused, QuotaExceeded, ProgrammeNotValid, RunExpired: the run is not allowed here.
    """
    # 1. Every card is signed under the authority and current.
    cards: dict[AgencyId, Card] = {}
    for signed in signed_cards:
        card = verify_card(signed, authority, now)
        if cards.setdefault(card.agency, card) is not card:
            raise InvalidCard("an agency has two cards", where=card.agency)
    # 2. The statement is signed by the agency it names as requester.
    signer = cards.get(envelope.signer)
    if signer is None:
        raise InvalidCard("the card of the statement's signer is missing")
    payload = open_envelope(Domain.RUN_STATEMENT, envelope, signer)
    statement = decode_statement(payload)
    if statement.requester != signer.agency:
        raise StatementMismatch("the statement is not signed by its requester")
    # 3. The cards are those of the statement's parties.
    if set(cards) != {statement.requester, *(entry.agency for entry in statement.providers)}:
        raise StatementMismatch("the cards are not those of the statement's parties")
    # 4. The statement is current, of this scheme, and within the limits.
    _check_terms(statement, limits, now)
    # 5. The bundle is the statement's, and the programme is the requester's.
    # 6. The roles are the programme's, and the plan compiled from it is the statement's.
    plan = _plan(statement, bundle)
    # 7. The values of one chunk fit into what incomplete chunks may take.
    if chunk_bytes(plan) > limits.pending_bytes:
        raise QuotaExceeded(f"incomplete chunks may take {limits.pending_bytes} bytes")
    del cards[statement.requester]
    senders = tuple(statement.agencies_of(column.role)[column.provider] for column in plan.columns)
    return CheckedRun(statement, statement_digest(payload), plan, cards, senders)


def chunk_bytes(plan: Plan) -> int:
    """Return how many bytes the values of all columns of one chunk take."""
    attributes = (question.attribute for question in plan.questions)
    return plan.chunk_slots * sum(bytes_per_value(one) for one in attributes if one is not None)


def _plan(statement: RunStatement, bundle: bytes) -> Plan:
    digest = bundle_digest(bundle)
    if digest != statement.programme_digest:
        raise DigestMismatch("the programme is not the one the statement names")
    programme = load_bundle(bundle)
    if programme.requester != statement.requester:
        raise StatementMismatch("the programme belongs to another requester")
    agencies = statement.agency_counts
    if list(agencies) != list(programme.items()):
        raise StatementMismatch("the statement's roles are not those of the programme")
    plan = compile_plan(
        programme,
        digest,
        Scheme.ENCLAVE,
        ColumnKind.VALUE,
        statement.reference_date,
        agencies=agencies,
    )
    if plan.digest != statement.plan_digest:
        raise StatementMismatch(
            "the plan compiled here is not the one the requester signed",
            fix="requester and enclave need the same release",
        )
    return plan


def _check_terms(statement: RunStatement, limits: Limits, now: int) -> None:
    if statement.scheme is not Scheme.ENCLAVE or statement.column_kind is not ColumnKind.VALUE:
        raise SchemeRefused("an enclave evaluates sealed values and nothing else")
    if statement.issued_at > now + CLOCK_SKEW_SECONDS:
        raise StatementMismatch("the statement is from the future", fix="check both clocks")
    if statement.expires_at <= now:
        raise RunExpired("the statement has expired")
    if statement.expires_at - statement.issued_at > limits.run_seconds:
        raise QuotaExceeded(f"a run may last {limits.run_seconds} seconds", where="expires_at")
    if statement.chunks > limits.chunks:
        raise QuotaExceeded(f"a run may have {limits.chunks} chunks", where="chunks")
