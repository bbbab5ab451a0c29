"""The runs the server knows, and who may see which.

Rules:
 * Creating is idempotent on run id and statement: the same again gives the run as it stands, under
   another statement it is refused.
 * Whoever is no party of a run is told that there is no such run. A provider that calls as if it
   were the requester, or the other way round, is told that the run is not its own.
 * A run stays in memory while it lives and for a while after; older ones come from the store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from matcher.core.binding import sha256
from matcher.core.errors import NotYours, QuotaExceeded, RunConflict, RunNotFound
from matcher.core.identifiers import AgencyId, RunId
from matcher.core.statement import RunStatement
from matcher.identity.envelope import Envelope
from matcher.service.admission import Admission
from matcher.service.cards import Cards
from matcher.service.journal import Journal
from matcher.service.library import Library
from matcher.service.runs import LiveRun
from matcher.service.store import RunRecord
from matcher.wire.statement import decode_statement


@dataclass(frozen=True, slots=True)
class Created:
    """The outcome of ``RunBook.create``.

    Attributes:
        record: the run as it stands.
        begun: the live run, where this call began it; None for a repetition or a validation.
    """

    record: RunRecord
    begun: LiveRun | None


class RunBook:
    """All runs, by id."""

    def __init__(
        self,
        admission: Admission,
        cards: Cards,
        library: Library,
        journal: Journal,
        clock: Callable[[], float],
    ) -> None:
        self._admission = admission
        self._cards = cards
        self._library = library
        self._journal = journal
        self._clock = clock
        self._runs: dict[RunId, LiveRun] = {}
        self._creating = asyncio.Lock()

    def __iter__(self) -> Iterator[LiveRun]:
        return iter(tuple(self._runs.values()))

    # --- Creating -------------------------------------------------------------------------------

    async def create(
        self, caller: AgencyId, envelope: Envelope, bundle: bytes, *, validate_only: bool
    ) -> Created:
        """Admit a run, or check whether it would be admitted.

        Raises:
            RunConflict: the run id or the nonce has been used for another statement.
            QuotaExceeded: the caller has too many runs that have not ended.
            ProgrammePublished, ProgrammeNotPublished: see ``Library.check_run``.
            others: see ``Admission``.
        """
        card = self._cards.verify(await self._cards.of(caller))
        statement = self._admission.read_statement(envelope, caller, card)
        async with self._creating:
            known = await self._known(statement, envelope)
            if known is not None:
                return Created(known, None)
            agencies = (caller, *(provider.agency for provider in statement.providers))
            cards = await self._cards.registered(agencies)
            terms = await asyncio.to_thread(
                self._admission.admit,
                statement,
                envelope,
                bundle,
                signed_cards=cards,
                verify=self._cards.verify,
                now=self._clock(),
            )
            await self._library.check_run(terms.plan.programme, terms.plan.programme_digest)
            self._check_quota(caller)
            run = LiveRun(terms, int(self._clock()))
            if validate_only:
                return Created(record_of(run), None)
            await self._journal.call(self._journal.store.create_run, record_of(run), cards)
            self._runs[terms.run] = run
            return Created(record_of(run), run)

    def keep(self, run: LiveRun) -> None:
        """Take a run from before a restart into the book."""
        self._runs[run.terms.run] = run

    def drop(self, run: LiveRun) -> None:
        """Take a run that ended some time ago out of memory."""
        self._runs.pop(run.terms.run, None)

    # --- Finding --------------------------------------------------------------------------------

    def of_provider(self, run: RunId, caller: AgencyId) -> LiveRun:
        """Return a run that asks ``caller``.

        Raises:
            RunNotFound: no such run for this caller.
            NotYours: the caller is the run's requester.
        """
        found = self._runs.get(run)
        if found is None:
            raise _not_found(run)
        _require_party(found.terms.statement, caller, as_requester=False)
        return found

    def of_requester(self, run: RunId, caller: AgencyId) -> LiveRun | None:
        """Return a run of ``caller`` if it is in memory; the store may have it otherwise.

        Raises:
            RunNotFound, NotYours: see ``of_provider``, the other way round.
        """
        found = self._runs.get(run)
        if found is not None:
            _require_party(found.terms.statement, caller, as_requester=True)
        return found

    async def record(self, run: RunId, caller: AgencyId) -> RunRecord:
        """Return a run of ``caller`` as it stands, live or ended.

        Raises:
            RunNotFound, NotYours: see ``of_requester``.
        """
        live = self.of_requester(run, caller)
        if live is not None:
            return record_of(live)
        record = await self._journal.call(self._journal.store.find_run, run)
        if record is None:
            raise _not_found(run)
        _require_party(decode_statement(record.statement.payload), caller, as_requester=True)
        return record

    async def _known(self, statement: RunStatement, envelope: Envelope) -> RunRecord | None:
        live = self._runs.get(statement.run_id)
        record = (
            record_of(live)
            if live is not None
            else await self._journal.call(self._journal.store.find_run, statement.run_id)
        )
        if record is not None and record.statement_digest != sha256(envelope.payload):
            raise RunConflict(
                "the run id was used for another statement",
                where=f"runs/{statement.run_id}",
                fix="choose a new run id",
            )
        return record

    def _check_quota(self, caller: AgencyId) -> None:
        limit = self._admission.quotas.runs_per_requester
        mine = sum(
            not run.state.final and run.terms.statement.requester == caller
            for run in self._runs.values()
        )
        if mine >= limit:
            raise QuotaExceeded(
                f"{limit} runs of this requester have not ended",
                fix="wait for one to end, or cancel one",
            )


def record_of(run: LiveRun) -> RunRecord:
    """Return ``run`` as a record."""
    terms = run.terms
    return RunRecord(
        run=terms.run,
        nonce=terms.statement.nonce,
        requester=terms.statement.requester,
        statement=terms.envelope,
        statement_digest=terms.digest,
        bundle=terms.bundle,
        state=run.state,
        chunks=terms.statement.chunks,
        outputs=len(terms.plan.outputs),
        chunks_expected=terms.chunks_expected,
        chunks_received=run.columns.count,
        outputs_done=run.outputs.count,
        evaluation_seconds=run.evaluation_seconds,
        created_at=run.created_at,
        expires_at=terms.statement.expires_at,
        ended_at=run.ended_at,
        failure=run.failure,
        evidence=run.evidence,
        result=run.result,
        enclave_result=run.enclave_result,
        fetched_at=run.fetched_at,
        outputs_deleted_at=run.outputs_deleted_at,
        awaited=run.awaited,
    )


def _require_party(statement: RunStatement, caller: AgencyId, *, as_requester: bool) -> None:
    requester = caller == statement.requester
    provider = any(caller == provider.agency for provider in statement.providers)
    if not (requester or provider):
        raise _not_found(statement.run_id)
    if requester != as_requester:
        raise NotYours(
            "the run belongs to another agency"
            if as_requester
            else "the run is your own; providers answer it",
            where=f"runs/{statement.run_id}",
        )


def _not_found(run: RunId) -> RunNotFound:
    return RunNotFound("there is no such run for this caller", where=f"runs/{run}")
