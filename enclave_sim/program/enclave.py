"""The runs an enclave has open, from the statement to the verdicts.

Rules:
 * A run id opens once. Repeating the same statement gives the same evidence, so that a host that
   lost an answer can ask again; another statement under the id is refused, and so is any
   statement under an id that has been evaluated or closed.
 * A run is evaluated once, whatever comes of it; its keys are forgotten then, on closing, and on
   expiry.
 * Keys and plaintext are in memory only. After a restart no earlier run can be evaluated.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from enclave_sim.program.evaluation import Evaluation, RunKeys
from enclave_sim.program.opening import CheckedRun, check_run
from enclave_sim.program.policy import EvaluationPolicy
from matcher.core.binding import report_data
from matcher.core.errors import QuotaExceeded, RunConflict, RunNotFound
from matcher.core.identifiers import RunId
from matcher.identity.certificates import Authority
from matcher.identity.envelope import Envelope
from matcher.identity.keys import SealingKey, SigningKey
from matcher.wire.evidence import Evidence, SignedQuote, encode_evidence


class AttestingEnvironment(Protocol):
    """What the platform gives to a program it has launched."""

    def quote(self, report_data: bytes) -> SignedQuote:
        """Return the platform's signed quote of the program over ``report_data``, 64 bytes."""
        ...


@dataclass(frozen=True, slots=True)
class _OpenRun:
    run: CheckedRun
    keys: RunKeys
    evidence: bytes


class Enclave:
    """Opens, evaluates and forgets runs; safe to call from several threads.

    Args:
        policy: what was measured.
        authority: the authority whose SHA-256 the policy holds.
        platform: quotes the program.
        clock: Unix seconds; the host's, so that it bounds honest mistakes and not a lying host.
    """

    def __init__(
        self,
        policy: EvaluationPolicy,
        authority: Authority,
        platform: AttestingEnvironment,
        clock: Callable[[], int],
    ) -> None:
        self._policy = policy
        self._authority = authority
        self._platform = platform
        self._clock = clock
        self._lock = threading.Lock()
        self._open: dict[RunId, _OpenRun] = {}
        # Every run id ever opened, until its statement has expired and cannot be opened again.
        self._opened: dict[RunId, int] = {}

    def open_run(self, statement: Envelope, bundle: bytes, cards: Sequence[bytes]) -> bytes:
        """Check a run, make keys for it, and return the evidence that binds them to it.

        Args:
            statement: the requester's signed run statement.
            bundle: the programme bundle.
            cards: signed cards of the requester and of every provider.

        Raises:
            FusumaError: as ``check_run``.
            RunConflict: the run id has been used for another statement, or its run is over.
            QuotaExceeded: too many runs are open.
        """
        now = self._clock()
        run = check_run(
            statement,
            bundle,
            cards,
            authority=self._authority,
            limits=self._policy.limits,
            now=now,
        )
        with self._lock:
            self._forget_expired(now)
            return self._admit(run)

    @contextmanager
    def evaluation(self, run_id: RunId) -> Iterator[Evaluation]:
        """Give the one evaluation of an open run; its keys are forgotten afterwards.

        Raises:
            RunNotFound: no such run is open, or it has been evaluated.
        """
        with self._lock:
            self._forget_expired(self._clock())
            opened = self._open.pop(run_id, None)
        if opened is None:
            raise RunNotFound(
                "no such run is open here; a run is evaluated once", where=f"runs/{run_id}"
            )
        yield Evaluation(opened.run, opened.keys, self._clock, self._policy.limits.pending_bytes)

    def close_run(self, run_id: RunId) -> None:
        """Forget a run's keys; a run that is not open is none to forget."""
        with self._lock:
            self._open.pop(run_id, None)

    def forget_expired(self) -> None:
        """Forget the keys of runs whose statement has expired."""
        with self._lock:
            self._forget_expired(self._clock())

    def _admit(self, run: CheckedRun) -> bytes:
        run_id = run.statement.run_id
        opened = self._open.get(run_id)
        if opened is not None and opened.run.digest == run.digest:
            return opened.evidence
        if run_id in self._opened:
            raise RunConflict(
                "the run id has been used here for another statement, or its run is over",
                where=f"runs/{run_id}",
            )
        if len(self._open) >= self._policy.limits.open_runs:
            raise QuotaExceeded(f"{len(self._open)} runs are open", fix="wait for one to end")
        keys = RunKeys(SealingKey.generate(), SigningKey.generate())
        evidence = self._evidence(run, keys)
        self._open[run_id] = _OpenRun(run, keys, evidence)
        self._opened[run_id] = run.statement.expires_at
        return evidence

    def _evidence(self, run: CheckedRun, keys: RunKeys) -> bytes:
        sealing_key = keys.sealing.public_bytes
        signing_key = keys.result_signing.public_bytes
        data = report_data(
            run.statement.nonce, sealing_key, signing_key, self._policy.digest, run.digest
        )
        return encode_evidence(
            Evidence(sealing_key, signing_key, self._policy.to_bytes(), self._platform.quote(data))
        )

    def _forget_expired(self, now: int) -> None:
        for run_id, expires_at in list(self._opened.items()):
            if expires_at <= now:
                self._opened.pop(run_id)
                self._open.pop(run_id, None)
