"""The server in the middle of a plaintext run: it sees everything and decides in the clear.

Rules:
 * Callers are the agencies their certificates name; an agency answers for the role of its own name.
 * One run at a time, from one requester.
 * Messages are passed on as they come: agencies look up the next subjects while the last are
   decided.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

import grpc
import numpy as np
from numpy.typing import NDArray

from bench.plaintext.messages import (
    ANSWER,
    ANSWER_BYTES,
    DECIDE,
    EVALUATE_SECONDS,
    SERVICE,
    Asked,
    decode_answers,
    decode_asked,
)
from matcher.core.errors import FusumaError, InvalidCertificate, RunFailed
from matcher.core.identifiers import AgencyId
from matcher.core.plan import Plan, evaluate_answers
from matcher.identity.certificates import authenticate_peer
from matcher.identity.identity import Identity
from matcher.process.lifetime import Stop, prepare_to_serve, run_until_stopped, say_ready
from matcher.wire.message_size import SIZE_OPTIONS

_Context: TypeAlias = "grpc.aio.ServicerContext[bytes, bytes]"


def serve_server(identity: Identity) -> None:
    """Serve as ``identity`` on a free port of loopback until a signal comes."""
    prepare_to_serve()

    async def serve(stop: Stop) -> None:
        server = grpc.aio.server(options=(*SIZE_OPTIONS, ("grpc.so_reuseport", 0)))
        server.add_generic_rpc_handlers((_Methods(identity).handler(),))
        credentials = grpc.ssl_server_credentials(
            [(identity.private_key_pem, identity.certificate_pem)],
            root_certificates=identity.authority_pem,
            require_client_auth=True,
        )
        port = server.add_secure_port("127.0.0.1:0", credentials)
        await server.start()
        say_ready(f"plaintext on 127.0.0.1:{port}")
        await stop
        await server.stop(None)

    run_until_stopped(serve)


@dataclass(slots=True)
class _Effort:
    """What a run cost so far."""

    seconds: float = 0.0
    answer_bytes: int = 0


class _Methods:
    def __init__(self, identity: Identity) -> None:
        self._authority = identity.authority
        self._agencies: dict[AgencyId, _Context] = {}
        self._run = asyncio.Lock()

    def handler(self) -> grpc.GenericRpcHandler:
        methods: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
            DECIDE.rpartition("/")[2]: grpc.stream_stream_rpc_method_handler(self._decide),
            ANSWER.rpartition("/")[2]: grpc.stream_stream_rpc_method_handler(self._answer),
        }
        return grpc.method_handlers_generic_handler(SERVICE, methods)

    async def _answer(self, _: object, context: _Context) -> None:
        agency = self._caller(context)
        self._agencies[agency] = context
        await context.send_initial_metadata(())
        try:
            # Runs read and write here; the call itself ends with the agency.
            await asyncio.Event().wait()
        finally:
            del self._agencies[agency]

    async def _decide(self, _: object, context: _Context) -> None:
        async with self._run:
            try:
                self._caller(context)
                try:
                    await self._decided(context)
                except FusumaError:
                    await _read_out(context)
                    raise
            except FusumaError as error:
                await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))

    async def _decided(self, context: _Context) -> None:
        first = await _received(context, "the requester")
        asked = decode_asked(first)
        plan = asked.plan()
        agencies = [self._agency(AgencyId(role)) for role in plan.roles]
        effort = _Effort()
        passing = asyncio.create_task(_pass_on(context, agencies, first, asked))
        try:
            for part in asked.messages():
                answers = await asyncio.gather(*map(_received, agencies, plan.roles))
                effort.answer_bytes += sum(map(len, answers))
                begun = time.perf_counter()
                decisions = _decisions(plan, answers, part.stop - part.start)
                effort.seconds += time.perf_counter() - begun
                await context.write(decisions)
            await passing
        finally:
            passing.cancel()
            # One reads at a time; what it has to say has been said by the run itself.
            await asyncio.gather(passing, return_exceptions=True)
        context.set_trailing_metadata(
            (
                (EVALUATE_SECONDS, f"{effort.seconds:.6f}"),
                (ANSWER_BYTES, str(effort.answer_bytes)),
            )
        )

    def _caller(self, context: _Context) -> AgencyId:
        certificates = tuple(context.auth_context().get("x509_pem_cert", ()))
        if len(certificates) != 1:
            raise InvalidCertificate("the caller shows no certificate")
        return authenticate_peer(certificates[0], self._authority, int(time.time()))

    def _agency(self, agency: AgencyId) -> _Context:
        if agency not in self._agencies:
            _missing(agency)
        return self._agencies[agency]


async def _pass_on(
    requester: _Context, agencies: Sequence[_Context], first: bytes, asked: Asked
) -> None:
    await asyncio.gather(*(agency.write(first) for agency in agencies))
    for _ in asked.messages():
        for agency in agencies:
            await agency.write(await _received(requester, "the requester"))


async def _read_out(context: _Context) -> None:
    """Read whatever the requester still sends: one that is writing would not see why it ended."""
    while isinstance(await context.read(), bytes):
        pass


async def _received(context: _Context, party: str) -> bytes:
    message = await context.read()
    if not isinstance(message, bytes):
        _missing(party)
    return message


def _missing(party: str) -> NoReturn:
    raise RunFailed(f"{party} is not connected")


def _decisions(plan: Plan, messages: Sequence[bytes], subjects: int) -> bytes:
    answers: dict[int, NDArray[np.int32]] = {}
    for role, message in zip(plan.roles, messages, strict=True):
        answers.update(decode_answers(plan.questions_of(role), message, subjects))
    return evaluate_answers(plan, [answers[one.index] for one in plan.questions]).tobytes()
