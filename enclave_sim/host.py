"""Carries messages between the enclave's socket and the measured program.

A host sees what the network sees (sealed chunks, sealed verdicts, sizes and times) and decides
nothing; in this simulation it shares a process with the program, which no hardware enclave would
allow.

Rules:
 * An error on purpose becomes the status, reason and fixed text of the catalogue; anything else
   becomes one fixed text, and the log has the rest.
 * A caller that goes away ends the evaluation it began, and the run with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import grpc
from eligibility.v1 import enclave_pb2, enclave_pb2_grpc
from google.protobuf.message import Message

from enclave_sim.counts import Counts
from enclave_sim.program.enclave import Enclave
from enclave_sim.program.evaluation import Evaluation, Result
from matcher.core.errors import FusumaError, InvalidMessage
from matcher.core.identifiers import RunId, run_id
from matcher.wire.envelope import card_bytes, envelope_message, envelope_of
from matcher.wire.status import abort_terms

log = logging.getLogger(__name__)

Context: TypeAlias = "grpc.aio.ServicerContext[Message, Message]"


class EnclaveServicer(enclave_pb2_grpc.EnclaveServicer):
    """The service of ``enclave.proto``."""

    def __init__(self, enclave: Enclave, counts: Counts) -> None:
        self._enclave = enclave
        self._counts = counts

    async def OpenRun(  # noqa: N802 - the name in the protocol
        self, request: enclave_pb2.OpenRunRequest, context: Context
    ) -> enclave_pb2.OpenRunResponse:
        """Check a run and answer with evidence for it."""
        async with _answering(context, "OpenRun"):
            self._counts.record("in", request)
            evidence = await asyncio.to_thread(
                self._enclave.open_run,
                envelope_of(request.statement, "statement"),
                request.bundle,
                [card_bytes(card) for card in request.cards],
            )
            response = enclave_pb2.OpenRunResponse(evidence=evidence)
            self._counts.record("out", response)
            return response

    async def Evaluate(  # noqa: N802 - the name in the protocol
        self, request_iterator: AsyncIterator[enclave_pb2.EvaluateRequest], context: Context
    ) -> AsyncIterator[enclave_pb2.EvaluateResponse]:
        """Take all manifests and chunks of one run and answer with its sealed verdicts."""
        async with _answering(context, "Evaluate"):
            run, result = await self._evaluate(request_iterator)
            manifest = envelope_message(result.manifest)
            yield self._sent(enclave_pb2.EvaluateResponse(manifest=manifest))
            for chunk, payload in enumerate(result.verdicts):
                verdicts = enclave_pb2.SealedVerdicts(chunk=chunk, payload=payload)
                yield self._sent(enclave_pb2.EvaluateResponse(verdicts=verdicts))
            log.info("event=evaluated run=%s chunks=%d", run, len(result.verdicts))
            self._counts.write()

    async def CloseRun(  # noqa: N802 - the name in the protocol
        self, request: enclave_pb2.CloseRunRequest, context: Context
    ) -> enclave_pb2.CloseRunResponse:
        """Forget a run."""
        async with _answering(context, "CloseRun"):
            self._counts.record("in", request)
            self._enclave.close_run(run_id(request.run_id))
            return enclave_pb2.CloseRunResponse()

    async def _evaluate(
        self, requests: AsyncIterator[enclave_pb2.EvaluateRequest]
    ) -> tuple[RunId, Result]:
        first = await anext(aiter(requests), None)
        if first is None:
            raise InvalidMessage("the stream ends before it names a run")
        run = run_id(first.run_id)
        with self._enclave.evaluation(run) as evaluation:
            await self._take(evaluation, first)
            async for request in requests:
                if request.run_id:
                    raise InvalidMessage("only the first message names the run")
                await self._take(evaluation, request)
            return run, await asyncio.to_thread(evaluation.finish)

    async def _take(self, evaluation: Evaluation, request: enclave_pb2.EvaluateRequest) -> None:
        self._counts.record("in", request)
        match request.WhichOneof("part"):
            case "column_manifest":
                evaluation.add_manifest(envelope_of(request.column_manifest, "column_manifest"))
            case "chunk":
                sent = request.chunk
                # Opening and evaluating a chunk takes a millisecond that others need not wait.
                await asyncio.to_thread(
                    evaluation.add_chunk, sent.column, sent.chunk, sent.payload, sent.signature
                )
            case None if not request.run_id:
                raise InvalidMessage("a message carries neither a manifest nor a chunk")

    def _sent(self, response: enclave_pb2.EvaluateResponse) -> enclave_pb2.EvaluateResponse:
        self._counts.record("out", response)
        return response


@asynccontextmanager
async def _answering(context: Context, method: str) -> AsyncIterator[None]:
    """End the call with what a peer may be told of an error."""
    try:
        yield
    except FusumaError as error:
        log.warning("event=refused method=%s error=%s", method, type(error).__name__)
        await context.abort(*abort_terms(error))
    except grpc.aio.AbortError:
        raise
    except Exception as error:
        log.exception("event=failed method=%s", method)
        await context.abort(*abort_terms(error))
