"""Watches a run until it has ended, and appraises its enclave as soon as it shows itself.

Rules:
 * Only a run that has succeeded is returned from; every other end is an error that says why.
 * Evidence that does not hold ends the waiting: no verdict from such an enclave would be believed.
 * A connection that breaks is opened again; the run goes on meanwhile.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from eligibility.v1 import matcher_pb2

from clients.attestation.appraisal import Appraisal, appraise
from clients.requester.conduct import Conduct
from clients.requester.draft import Draft
from clients.requester.progress import Stage
from clients.requester.session import Session
from matcher.core.errors import FusumaError, ResultMismatch, RunExpired, RunFailed, Unreachable
from matcher.core.scheme import Scheme
from matcher.wire.status import INTERNAL_REASON, error_of, is_reason


@dataclass(frozen=True, slots=True)
class Ending:
    """A run that has succeeded.

    Attributes:
        appraisal: of the enclave that evaluated; None for homomorphic schemes.
        evaluation_seconds: spent evaluating, summed over the matcher's workers.
    """

    appraisal: Appraisal | None
    evaluation_seconds: float


async def wait_for_end(session: Session, draft: Draft, conduct: Conduct) -> Ending:
    """Return when the run of ``draft`` has succeeded.

    Raises:
        RunFailed: it ended without a decision; says why.
        RunExpired: its time is over.
        EvidenceRefused: its enclave is not one this requester accepts.
        ResultMismatch: it ended without evidence, or with evidence nobody asked for.
        Unreachable: the matcher stayed away for too long.
    """
    progress = _Progress(session, draft, conduct)
    while True:
        try:
            async for state in session.watch(draft.statement.run_id):
                conduct.patience.renew()
                if progress.has_succeeded(state):
                    return progress.ending(state)
        except Unreachable as error:
            conduct.unanswered.forget()
            await conduct.patience.bear(error)
        else:
            # The stream ends only with the run, but a server may also shut down in good order.
            conduct.unanswered.forget()
            await conduct.patience.bear(
                Unreachable("the matcher stopped reporting before the run had ended")
            )


class _Progress:
    """What has been seen of one run so far."""

    def __init__(self, session: Session, draft: Draft, conduct: Conduct) -> None:
        self._policy = session.config.enclave
        self._draft = draft
        self._conduct = conduct
        self._appraisal: Appraisal | None = None
        self._stage = Stage.COLLECT
        self._since = conduct.stopwatch.now()

    def has_succeeded(self, state: matcher_pb2.Run) -> bool:
        """Take in ``state``; return whether it is the good end."""
        if state.evidence and self._appraisal is None:
            self._appraisal = self._appraised(state.evidence)
        self._refuse_bad_end(state)
        collecting = state.state == matcher_pb2.RUN_STATE_COLLECTING
        self._conduct.unanswered.hear(self._draft.statement, state.awaited if collecting else ())
        if self._stage is Stage.COLLECT and not collecting:
            self._finish_stage(Stage.EVALUATE)
        if self._stage is Stage.COLLECT:
            self._conduct.tell(self._stage, state.chunks_received, state.chunks_expected)
        else:
            self._conduct.tell(self._stage, state.outputs_done, state.outputs_expected)
        return state.state == matcher_pb2.RUN_STATE_SUCCEEDED

    def ending(self, state: matcher_pb2.Run) -> Ending:
        """Return the end that ``state`` is."""
        self._finish_stage(Stage.DOWNLOAD)
        if self._draft.statement.scheme is Scheme.ENCLAVE and self._appraisal is None:
            raise ResultMismatch("the run has ended without evidence of its enclave")
        return Ending(self._appraisal, state.evaluation_seconds)

    def _finish_stage(self, following: Stage) -> None:
        now = self._conduct.stopwatch.now()
        self._conduct.stopwatch.add(self._stage, now - self._since)
        self._stage, self._since = following, now

    def _appraised(self, evidence: bytes) -> Appraisal:
        if self._policy is None or self._draft.statement.scheme is not Scheme.ENCLAVE:
            raise ResultMismatch("the matcher shows evidence of an enclave nobody asked for")
        nonce = self._draft.statement.nonce
        return appraise(evidence, self._policy, nonce, self._draft.digest, int(time.time()))

    def _refuse_bad_end(self, state: matcher_pb2.Run) -> None:
        place = f"runs/{self._draft.statement.run_id}"
        match state.state:
            case matcher_pb2.RUN_STATE_FAILED:
                # Nothing that the matcher wrote is repeated: an unknown reason is an internal one.
                known = is_reason(state.failure_reason)
                reason = state.failure_reason if known else INTERNAL_REASON
                meant = error_of(reason, place)
                raise self._failed(reason, meant, state.failure_party) from meant
            case matcher_pb2.RUN_STATE_CANCELLED:
                raise RunFailed("the run was cancelled", where=place)
            case matcher_pb2.RUN_STATE_EXPIRED:
                what = self._conduct.unanswered.added_to("the run's time is over")
                raise RunExpired(what, where=place, fix="start a new run")

    def _failed(self, reason: str, meant: FusumaError, party: str) -> RunFailed:
        # An agency is named only where this requester's own statement asks it.
        asked = (provider.agency for provider in self._draft.statement.providers)
        declined = next((agency for agency in asked if agency == party), None)
        if declined is None:
            what, fix = f"the run failed: {meant.what} ({reason})", meant.fix
        else:
            what = f"{declined} declined: {reason}, {meant.what}"
            fix = meant.fix or "ask the agency; its log says more"
        return RunFailed(what, where=meant.where, fix=fix)
