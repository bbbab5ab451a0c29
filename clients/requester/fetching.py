"""Fetches the result of a run that has succeeded, and verifies every piece as it arrives.

Rules:
 * A connection that breaks starts the fetching anew, and the verification with it.
 * Opening happens between messages: the library that decrypts holds the interpreter anyway, and
   the next message travels meanwhile.
"""

from __future__ import annotations

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
class FetchedVerdicts:
    """A verified result.

    Attributes:
        verdicts: codes of ``Verdict`` for every slot, shape (chunks * chunk_slots,).
        received_bytes: payloads of outputs.
    """

    verdicts: NDArray[np.uint8]
    received_bytes: int


async def fetch_verdicts(
    session: Session, expectation: Expectation, key: RunKey, conduct: Conduct
) -> FetchedVerdicts:
    """Return the verdicts of the run that ``expectation`` describes.

    Raises:
        Unauthentic: a piece is not what it claims to be, is missing, or cannot be opened.
        Unreachable: the matcher stayed away for too long.
    """
    watch = conduct.stopwatch
    conduct.patience.renew()
    begun, opened = watch.now(), watch.spent(Stage.OPEN)
    fetched = await conduct.patience.repeat(lambda: _fetch(session, expectation, key, conduct))
    opening = watch.spent(Stage.OPEN) - opened
    watch.add(Stage.DOWNLOAD, watch.now() - begun - opening)
    return fetched


async def _fetch(
    session: Session, expectation: Expectation, key: RunKey, conduct: Conduct
) -> FetchedVerdicts:
    verification = ResultVerification(expectation, key.opener(expectation.statement_digest))
    total = expectation.statement.chunks * len(expectation.plan.outputs)
    opened = received = 0
    async for piece in session.fetch(expectation.statement.run_id):
        if piece.WhichOneof("part") == "output":
            with conduct.stopwatch.measuring(Stage.OPEN):
                verification.take_output(
                    piece.output.output, piece.output.chunk, piece.output.payload
                )
            opened += 1
            received += len(piece.output.payload)
            conduct.tell(Stage.OPEN, opened, total)
        else:
            _take_manifest(verification, piece)
    return FetchedVerdicts(verification.finish(), received)


def _take_manifest(
    verification: ResultVerification, piece: matcher_pb2.FetchResultsResponse
) -> None:
    match piece.WhichOneof("part"):
        case "manifest":
            verification.take_manifest(envelope_of(piece.manifest, "manifest"))
        case "enclave_manifest":
            envelope = envelope_of(piece.enclave_manifest, "enclave_manifest")
            verification.take_enclave_manifest(envelope)
        case "column_manifest":
            envelope = envelope_of(piece.column_manifest, "column_manifest")
            verification.take_column_manifest(envelope)
        case _:
            raise ResultMismatch("the result has a piece that this version does not know")
