"""Decides whether a run may begin, and under which terms.

Nothing here does I/O; the clock, the cards and the grants come from outside.

Rules, in this order:
 1. The statement is signed by the caller, under the caller's card: card, connection and statement
    name one agency.
 2. Its scheme is one the server offers.
 3. It was issued just now and ends within the time a run may take.
 4. The bundle has the digest the statement names, and the programme is the caller's own.
 5. The statement's roles are the programme's, and the plan is compiled here for as many agencies as
    the statement has in each: it holds on the reference date; its digest, its parameters and the
    keys it needs are those of the statement.
 6. Every agency has a current card, and a grant lists requester, affair, procedure, provider and
    the items of its role today: what counts is the day of the exchange, not the reference date.
 7. The run is within the server's limits.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matcher.core.binding import Domain, sha256
from matcher.core.circuit import depth_of
from matcher.core.errors import (
    DigestMismatch,
    InvalidCard,
    NotYours,
    QuotaExceeded,
    SchemeRefused,
    StatementMismatch,
)
from matcher.core.grants import GrantTable
from matcher.core.identifiers import AgencyId
from matcher.core.plan import Plan, compile_plan
from matcher.core.scheme import Scheme
from matcher.core.statement import RunStatement
from matcher.identity.card import Card
from matcher.identity.envelope import Envelope, open_envelope
from matcher.language.bundle import load_bundle
from matcher.service.config import Quotas
from matcher.service.terms import RunTerms
from matcher.wire.statement import decode_statement

CardVerifier = Callable[[bytes], Card]
# A provider's list of received chunks is one message of at most 1 MiB, about 110 bytes a chunk.
MOST_CHUNKS_OF_A_PROVIDER = 8192


@dataclass(frozen=True, slots=True)
class Admission:
    """The server's side of the decision.

    Attributes:
        schemes: those the server offers.
        grants: the legal table.
        quotas: what a caller may use.
    """

    schemes: frozenset[Scheme]
    grants: GrantTable
    quotas: Quotas

    def read_statement(self, envelope: Envelope, caller: AgencyId, card: Card) -> RunStatement:
        """Return the statement in ``envelope`` (rule 1).

        Raises:
            InvalidSignature: not signed under the caller's card.
            InvalidMessage: a field is missing or out of range.
            NotYours: the statement is another agency's.
        """
        payload = open_envelope(Domain.RUN_STATEMENT, envelope, card)
        statement = decode_statement(payload)
        if not caller == card.agency == statement.requester:
            raise NotYours(
                "the run statement is another agency's",
                where=f"runs/{statement.run_id}",
                fix="start runs under your own identity",
            )
        return statement

    def admit(
        self,
        statement: RunStatement,
        envelope: Envelope,
        bundle: bytes,
        *,
        signed_cards: Mapping[AgencyId, bytes],
        verify: CardVerifier,
        now: float,
    ) -> RunTerms:
        """Check everything else (rules 2 to 7) and return the terms of the run.

        Args:
            statement: as returned by ``read_statement``.
            envelope: as received.
            bundle: the programme bundle as received.
            signed_cards: of the requester and of every provider that has registered one.
            verify: checks a card against the authority as of now.
            now: Unix seconds.

        Raises:
            SchemeRefused, QuotaExceeded, StatementMismatch, DigestMismatch, NotYours, InvalidCard,
            ProgrammeNotValid, PermissionMissing, PermissionNotApplicable, or what compiling the
            programme raises.
        """
        if statement.scheme not in self.schemes:
            offered = ", ".join(sorted(scheme.value for scheme in self.schemes))
            raise SchemeRefused(
                f"this server does not offer {statement.scheme.value}", fix=f"choose {offered}"
            )
        self._check_times(statement, now)
        plan = self._compile(statement, bundle)
        self._check_parties(statement, plan, signed_cards, now)
        self._check_size(statement, plan)
        return RunTerms(
            statement=statement,
            digest=sha256(envelope.payload),
            envelope=envelope,
            bundle=bundle,
            plan=plan,
            signed_cards=signed_cards,
            cards=_verified(signed_cards, verify),
        )

    def restore(
        self,
        envelope: Envelope,
        bundle: bytes,
        signed_cards: Mapping[AgencyId, bytes],
        verify: CardVerifier,
    ) -> RunTerms:
        """Return the terms of a run that was admitted before a restart.

        What was decided then stays decided: limits, grants and times are not checked again. What
        was signed is verified again, because it comes from a disk.

        Raises:
            InvalidCard, InvalidSignature, NotYours: the stored statement is not its requester's.
            StatementMismatch: this program compiles the programme to another plan than before.
        """
        cards = _verified(signed_cards, verify)
        signer = cards.get(envelope.signer)
        if signer is None:
            raise InvalidCard("the card of a stored statement's requester is missing")
        statement = self.read_statement(envelope, signer.agency, signer)
        return RunTerms(
            statement=statement,
            digest=sha256(envelope.payload),
            envelope=envelope,
            bundle=bundle,
            plan=self._compile(statement, bundle),
            signed_cards=signed_cards,
            cards=cards,
        )

    def _check_times(self, statement: RunStatement, now: float) -> None:
        place = f"runs/{statement.run_id}"
        if abs(now - statement.issued_at) > self.quotas.clock_skew_seconds:
            raise StatementMismatch(
                "the run statement was not issued just now",
                where=place,
                fix="check both clocks, and sign a new statement",
            )
        if statement.expires_at <= now:
            raise StatementMismatch("the run statement has expired", where=place)
        if statement.expires_at - now > self.quotas.run_seconds:
            raise QuotaExceeded(
                f"a run may take {self.quotas.run_seconds} seconds at most",
                where=place,
                fix="let the statement expire earlier",
            )

    def _compile(self, statement: RunStatement, bundle: bytes) -> Plan:
        place = f"runs/{statement.run_id}"
        if sha256(bundle) != statement.programme_digest:
            raise DigestMismatch("the programme is not the one the statement names", where=place)
        programme = load_bundle(bundle)
        if programme.requester != statement.requester:
            raise NotYours("the programme is another agency's", where=programme.id)
        agencies = statement.agency_counts
        if list(agencies) != list(programme.items()):
            raise StatementMismatch("the statement's roles are not the programme's", where=place)
        plan = compile_plan(
            programme,
            statement.programme_digest,
            statement.scheme,
            statement.column_kind,
            statement.reference_date,
            agencies=agencies,
            parameters=statement.parameters or None,
        )
        if plan.digest != statement.plan_digest:
            raise StatementMismatch(
                "the programme compiles to another plan than the statement names",
                where=place,
                fix="use the same release on both sides",
            )
        multiplies = plan.parameters is not None and any(map(depth_of, plan.circuits))
        if multiplies != (statement.evaluation_key_digest is not None):
            raise StatementMismatch(
                "relinearisation keys belong to plans that multiply, and to no others", where=place
            )
        return plan

    def _check_parties(
        self,
        statement: RunStatement,
        plan: Plan,
        signed_cards: Mapping[AgencyId, bytes],
        now: float,
    ) -> None:
        # The law asks whether the exchange is allowed when it happens; the reference date only
        # says which parameters count.
        today = dt.datetime.fromtimestamp(now, dt.UTC).date()
        items = plan.programme.items()
        for provider in statement.providers:
            if provider.agency not in signed_cards:
                raise InvalidCard(
                    "a provider has not registered its card",
                    where=provider.agency,
                    fix="start the agency's agent once",
                )
            self.grants.check(
                statement.requester,
                plan.programme.affair,
                provider.agency,
                items[provider.role],
                today,
                procedure=plan.programme.procedure,
            )

    def _check_size(self, statement: RunStatement, plan: Plan) -> None:
        place = f"runs/{statement.run_id}"
        if statement.chunks > self.quotas.chunks_per_run:
            raise QuotaExceeded(
                f"a run may have {self.quotas.chunks_per_run} chunks at most",
                where=place,
                fix="split the cohort",
            )
        if len(plan.columns) > self.quotas.columns_per_run:
            raise QuotaExceeded(
                f"a run may have {self.quotas.columns_per_run} columns at most", where=place
            )
        columns = Counter((column.role, column.provider) for column in plan.columns)
        for (role, _), count in columns.items():
            if count * statement.chunks > MOST_CHUNKS_OF_A_PROVIDER:
                raise QuotaExceeded(
                    f"a provider may send {MOST_CHUNKS_OF_A_PROVIDER} chunks at most",
                    where=f"{place}, role {role}",
                    fix="split the cohort",
                )


def _verified(
    signed_cards: Mapping[AgencyId, bytes], verify: CardVerifier
) -> Mapping[AgencyId, Card]:
    cards = {agency: verify(card) for agency, card in signed_cards.items()}
    for agency, card in cards.items():
        if card.agency != agency:
            raise InvalidCard("a card is kept under another agency's name", where=agency)
    return cards
