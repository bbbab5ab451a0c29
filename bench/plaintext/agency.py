"""An agency of a plaintext run: it answers in the clear whatever the server asks.

Looking people up and answering are those of a federation's agencies; policy, signatures, control
slots and encryption are not there.

Rules:
 * The agency dials the server, as in a federation, and answers run after run on one call.
 * Its table is read before it says that it is ready.
"""

from __future__ import annotations

import asyncio

import grpc
import numpy as np

from bench.plaintext.messages import ANSWER, Asked, decode_asked, encode_answers
from clients.provider.holdings import Holdings
from clients.transport.channel import connect
from matcher.core.identifiers import Role
from matcher.core.plan import answer_question
from matcher.core.roster import CODE_BYTES
from matcher.identity.identity import Identity
from matcher.process.lifetime import Stop, prepare_to_serve, run_until_stopped, say_ready


def serve_agency(identity: Identity, server: str, holdings: Holdings) -> None:
    """Answer for the role of ``identity``'s name until a signal comes or the server is gone."""
    prepare_to_serve()

    async def serve(stop: Stop) -> None:
        channel = await connect(identity, server)
        async with channel:
            method: grpc.aio.StreamStreamMultiCallable[bytes, bytes]
            method = channel.stream_stream(ANSWER)
            call = method()
            await call.initial_metadata()
            say_ready(identity.agency)
            answering = asyncio.create_task(_answer_runs(call, holdings, Role(identity.agency)))
            await asyncio.wait((answering, stop), return_when=asyncio.FIRST_COMPLETED)
            answering.cancel()

    run_until_stopped(serve)


async def _answer_runs(
    call: grpc.aio.StreamStreamCall[bytes, bytes], holdings: Holdings, role: Role
) -> None:
    while isinstance(first := await call.read(), bytes):
        await _answer_run(call, holdings, role, decode_asked(first))


async def _answer_run(
    call: grpc.aio.StreamStreamCall[bytes, bytes], holdings: Holdings, role: Role, asked: Asked
) -> None:
    plan = asked.plan()
    questions = plan.questions_of(role)
    selection = holdings.select(plan.programme.catalogue, role)
    for _ in asked.messages():
        message = await call.read()
        if not isinstance(message, bytes):
            return
        table = selection.look_up(np.frombuffer(message, np.uint8).reshape(-1, CODE_BYTES))
        answers = [answer_question(question, plan.attributes, table) for question in questions]
        await call.write(encode_answers(questions, answers))
