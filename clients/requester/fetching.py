"""Fetches the result of a run that has succeeded, and verifies every piece as it arrives.

Rules:
 * A connection that breaks starts the fetching anew, and the verification with it.
 * The matcher names its result once. If it could name another after every break, it would learn
   from each whether that one was opened without complaint, and in the end the key.
 * Opening happens between messages: the library that decrypts holds the interpreter anyway, and
   the next message travels meanwhile.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import numpy as np
from eligibility.v1 import matcher_pb2
from numpy.typing import NDArray

from clients.requester.conduct import Conduct
from clients.requester.keys import RunKey
from clients.requester.progress import Stage
from clients.requester.results import Expectation, ResultVerification
from clients.requester.session import Session
from matcher.core.errors import ResultMismatch
from matcher.wire.envelope import envelope_of


@dataclass(frozen=True, slots=True, eq=False)
class FetchedDecisions:
    """A verified result.

    Attributes:
        decisions: codes as in ``matcher.core.verdict``, shape (chunks * chunk_slots,).
        received_bytes: payloads of outputs.
    """

    decisions: NDArray[np.uint8]
    received_bytes: int


async def fetch_decisions(
    session: Session, expectation: Expectation, key: RunKey, conduct: Conduct
) -> FetchedDecisions:
    """Return the decisions of the run that ``expectation`` describes.

    Raises:
        Unauthentic: a piece is not what it claims to be, is missing, or cannot be opened.
        Unreachable: the matcher stayed away for too long.
    """
    watch = conduct.stopwatch
    fetching = _Fetching(session, expectation, key, conduct)
    conduct.patience.renew()
    begun, opened = watch.now(), watch.spent(Stage.OPEN)
    fetched = await conduct.patience.repeat(fetching.attempt)
    opening = watch.spent(Stage.OPEN) - opened
    watch.add(Stage.DOWNLOAD, watch.now() - begun - opening)
    return fetched


class _Fetching:
    """All attempts to fetch one run's result."""

    def __init__(
        self, session: Session, expectation: Expectation, key: RunKey, conduct: Conduct
    ) -> None:
        self._session = session
        self._expectation = expectation
        self._key = key
        self._conduct = conduct
        self._named: bytes | None = None

    async def attempt(self) -> FetchedDecisions:
        expected, conduct = self._expectation, self._conduct
        verification = ResultVerification(expected, self._key.opener(expected.statement_digest))
        total = expected.statement.chunks * len(expected.plan.outputs)
        opened = received = 0
        async for piece in self._session.fetch(expected.statement.run_id):
            if piece.WhichOneof("part") != "outputs":
                self._take_manifest(verification, piece)
                continue
            for output in piece.outputs.chunks:
                # Taken out once: every look at the field copies it.
                payload = output.payload
                with conduct.stopwatch.measuring(Stage.OPEN):
                    verification.take_output(output.output, output.chunk, payload)
                opened += 1
                received += len(payload)
                conduct.tell(Stage.OPEN, opened, total)
                # Whoever waits for this process hears of it between two chunks.
                await asyncio.sleep(0)
        return FetchedDecisions(verification.finish(), received)

    def _take_manifest(
        self, verification: ResultVerification, piece: matcher_pb2.FetchResultsResponse
    ) -> None:
        match piece.WhichOneof("part"):
            case "manifest":
                envelope = envelope_of(piece.manifest, "manifest")
                verification.take_manifest(envelope)
                if self._named not in (None, envelope.payload):
                    raise ResultMismatch("the matcher names two different results of one run")
                self._named = envelope.payload
            case "enclave_manifest":
                envelope = envelope_of(piece.enclave_manifest, "enclave_manifest")
                verification.take_enclave_manifest(envelope)
            case "column_manifest":
                envelope = envelope_of(piece.column_manifest, "column_manifest")
                verification.take_column_manifest(envelope)
            case _:
                raise ResultMismatch("the result has a piece that this version does not know")
