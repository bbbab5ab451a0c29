"""The matcher's side of the enclave's Unix socket.

The matcher carries sealed bytes to the enclave and sealed verdicts back; it can open neither. It
checks the enclave's signature before it releases, so that a broken enclave shows here and not at
the requester; what decides for the requester is its own check.

Rules:
 * Manifests go first, then chunks in order, read from the store as they are sent.
 * What comes back is one manifest and every chunk of verdicts once, each with the digest that the
   manifest lists; anything else fails the run.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import grpc
from eligibility.v1 import common_pb2, enclave_pb2, enclave_pb2_grpc

from matcher.core.binding import Domain, bound, sha256
from matcher.core.errors import InvalidSignature, ResultMismatch, Unreachable
from matcher.core.identifiers import Digest, RunId
from matcher.identity.envelope import Envelope
from matcher.identity.keys import verify_binding
from matcher.service.blobs import Area, BlobStore
from matcher.service.cells import read_cell
from matcher.service.runs import LiveRun
from matcher.service.terms import RunTerms
from matcher.wire.boundary import BoundaryLog, Direction
from matcher.wire.envelope import card_message, envelope_message, envelope_of
from matcher.wire.evidence import decode_evidence
from matcher.wire.manifest import decode_result_manifest
from matcher.wire.message_size import SIZE_OPTIONS
from matcher.wire.status import from_rpc_error

PEER = "enclave"
_OPEN_SECONDS = 30.0
_OPTIONS = (
    *SIZE_OPTIONS,
    # The name is the socket's path otherwise, which is no valid host name.
    ("grpc.default_authority", "enclave"),
)


class EnclaveLink:
    """Calls the enclave."""

    def __init__(self, socket: Path, boundary: BoundaryLog | None) -> None:
        self._socket = socket
        self._boundary = boundary
        self._channel = grpc.aio.insecure_channel(f"unix:{socket}", options=_OPTIONS)
        self._stub = enclave_pb2_grpc.EnclaveStub(self._channel)

    async def open_run(self, terms: RunTerms) -> bytes:
        """Open a run in the enclave and return its evidence.

        Raises:
            Unreachable: the enclave does not answer.
            FusumaError: the enclave refuses; the class says why.
        """
        request = enclave_pb2.OpenRunRequest(
            statement=envelope_message(terms.envelope),
            bundle=terms.bundle,
            cards=[card_message(terms.signed_cards[agency]) for agency in sorted(terms.cards)],
        )
        self._record("out", request)
        try:
            response = await self._stub.OpenRun(request, timeout=_OPEN_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise self._translated(error) from None
        self._record("in", response)
        return response.evidence

    async def evaluate(
        self, run: LiveRun, blobs: BlobStore, keep: Callable[[int, bytes], None]
    ) -> tuple[Envelope, Mapping[int, Digest]]:
        """Have a collected run evaluated; return the enclave's signed manifest, and its digests.

        Args:
            run: all chunks and manifests of which are there.
            blobs: where they are.
            keep: stores a chunk of verdicts; called in a thread.

        Raises:
            Unreachable: the enclave does not answer, or not in time.
            InvalidSignature: the manifest is not signed with the key in the evidence.
            ResultMismatch: the answer is of another run, incomplete or inconsistent.
            FusumaError: the enclave refuses; the class says why.
        """
        seconds = run.terms.statement.expires_at - run.terms.statement.issued_at
        call = self._stub.Evaluate(self._requests(run, blobs), timeout=seconds)
        manifest: Envelope | None = None
        digests: dict[int, Digest] = {}
        try:
            async for response in call:
                self._record("in", response)
                if response.WhichOneof("part") == "manifest":
                    manifest = envelope_of(response.manifest, "enclave_manifest")
                    continue
                verdicts = response.verdicts
                digest = sha256(verdicts.payload)
                await asyncio.to_thread(keep, verdicts.chunk, verdicts.payload)
                digests[verdicts.chunk] = digest
        except grpc.aio.AioRpcError as error:
            raise self._translated(error) from None
        if manifest is None:
            raise ResultMismatch("the enclave gave no manifest", where=f"runs/{run.terms.run}")
        check_enclave_result(run, manifest, digests)
        return manifest, digests

    async def close_run(self, run: RunId) -> None:
        """Have the enclave forget a run that will not be evaluated; best effort."""
        try:
            await self._stub.CloseRun(
                enclave_pb2.CloseRunRequest(run_id=run), timeout=_OPEN_SECONDS
            )
        except grpc.aio.AioRpcError:
            # It forgets by itself when the statement expires.
            return

    async def close(self) -> None:
        """Close the connection."""
        await self._channel.close()

    async def _requests(
        self, run: LiveRun, blobs: BlobStore
    ) -> AsyncIterator[enclave_pb2.EvaluateRequest]:
        terms = run.terms
        first = terms.run
        for provider in terms.providers:
            manifest = envelope_message(run.manifests[provider])
            request = enclave_pb2.EvaluateRequest(run_id=first, column_manifest=manifest)
            first = RunId("")
            self._record("out", request)
            yield request
        for chunk in range(terms.statement.chunks):
            for column in range(len(terms.plan.columns)):
                receipt = run.columns.receipt(column, chunk)
                cell = blobs.cell(terms.run, Area.INPUTS, column, chunk)
                payload = await asyncio.to_thread(read_cell, cell)
                request = enclave_pb2.EvaluateRequest(
                    chunk=common_pb2.ColumnChunk(
                        column=column, chunk=chunk, payload=payload, signature=receipt.signature
                    )
                )
                self._record("out", request)
                yield request

    def _translated(self, error: grpc.aio.AioRpcError) -> Exception:
        if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
            return Unreachable(
                "the enclave does not answer", where="enclave", fix="start it, then a new run"
            )
        return from_rpc_error(error)

    def _record(
        self,
        direction: Direction,
        message: enclave_pb2.OpenRunRequest
        | enclave_pb2.OpenRunResponse
        | enclave_pb2.EvaluateRequest
        | enclave_pb2.EvaluateResponse,
    ) -> None:
        if self._boundary is not None:
            self._boundary.record_message(direction, PEER, message)


def check_enclave_result(run: LiveRun, envelope: Envelope, verdicts: Mapping[int, Digest]) -> None:
    """Check the enclave's manifest against its evidence, the run and the verdicts received.

    Raises:
        InvalidSignature: it is not signed with the key in the run's evidence.
        ResultMismatch: it is of another run, incomplete or inconsistent.
    """
    terms = run.terms
    key = decode_evidence(run.evidence).result_signing_key
    try:
        verify_binding(key, bound(Domain.ENCLAVE_RESULT, envelope.payload), envelope.signature)
    except InvalidSignature:
        raise InvalidSignature(
            "the enclave's manifest is not signed with the key in its evidence",
            where=f"runs/{terms.run}",
        ) from None
    manifest = decode_result_manifest(envelope.payload)
    inputs = [sha256(run.manifests[provider].payload) for provider in terms.providers]
    manifest.check(terms.digest, inputs, [0], terms.statement.chunks)
    expected = [manifest.digest_of(0, chunk) for chunk in range(terms.statement.chunks)]
    if dict(enumerate(expected)) != verdicts:
        raise ResultMismatch(
            "the enclave's verdicts are not those of its manifest", where=f"runs/{terms.run}"
        )
