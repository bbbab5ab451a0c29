"""The outermost layer of every call: who calls, what crosses, and what a peer is told of errors.

Rules:
 * A call whose certificate does not name one agency reaches no servicer.
 * An error on purpose becomes the status, reason and fixed text of the catalogue; anything else
   becomes one fixed INTERNAL text, and the log has the rest. gRPC would send its words otherwise.
 * Messages are counted as they are parsed and serialised, by their size on the wire.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple, NoReturn, TypeAlias

import grpc
from google.protobuf.message import DecodeError, Message

from matcher.core.errors import FusumaError, InvalidMessage
from matcher.core.identifiers import AgencyId
from matcher.service.callers import Callers, Context
from matcher.wire.boundary import BoundaryLog, Direction, kind_of
from matcher.wire.status import abort_terms

log = logging.getLogger(__name__)

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class Received(NamedTuple):
    """A request, None where it does not parse, and its size on the wire."""

    message: Message | None
    size: int


class Leaving(NamedTuple):
    """A response and whom it goes to."""

    message: Message
    peer: AgencyId


class Boundary:
    """Counts what crosses; keeps it where the log captures."""

    def __init__(self, log: BoundaryLog | None, *, capturing: bool) -> None:
        self._log = log
        self._capturing = capturing

    def record(self, direction: Direction, peer: AgencyId, message: Message, size: int) -> None:
        """Count one message."""
        if self._log is None:
            return
        if self._capturing:
            self._log.record_message(direction, peer, message)
        else:
            self._log.record(direction, peer, kind_of(message), size)


class OutermostInterceptor(grpc.aio.ServerInterceptor):
    """Wraps every method of every service."""

    def __init__(self, callers: Callers, boundary: Boundary) -> None:
        self._callers = callers
        self._boundary = boundary

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """Return the method's handler, wrapped."""
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        method = handler_call_details.method
        make, behaviour = self._wrapped(handler, method)
        wrapped: Handler = make(
            behaviour,
            request_deserializer=_receiving(handler.request_deserializer),
            response_serializer=self._sending(handler.response_serializer),
        )
        return wrapped

    def _wrapped(self, handler: Handler, method: str) -> tuple[Any, Any]:
        if handler.request_streaming and handler.response_streaming:
            return grpc.stream_stream_rpc_method_handler, self._streamed(
                handler.stream_stream, method, streaming_in=True
            )
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler, self._streamed(
                handler.unary_stream, method, streaming_in=False
            )
        if handler.request_streaming:
            return grpc.stream_unary_rpc_method_handler, self._single(
                handler.stream_unary, method, streaming_in=True
            )
        return grpc.unary_unary_rpc_method_handler, self._single(
            handler.unary_unary, method, streaming_in=False
        )

    def _single(self, behaviour: Any, method: str, *, streaming_in: bool) -> Any:
        async def call(request: Any, context: Context) -> Leaving:
            try:
                peer = self._callers.caller(context)
                response = await behaviour(self._seen(request, peer, streaming_in), context)
            except (asyncio.CancelledError, grpc.aio.AbortError):
                raise
            except Exception as error:  # noqa: BLE001 - nothing of it may reach the peer
                await _abort(context, error, method)
            return Leaving(response, peer)

        return call

    def _streamed(self, behaviour: Any, method: str, *, streaming_in: bool) -> Any:
        async def call(request: Any, context: Context) -> AsyncIterator[Leaving]:
            try:
                peer = self._callers.caller(context)
                responses = behaviour(self._seen(request, peer, streaming_in), context)
                if inspect.isawaitable(responses):
                    # The health service's style: it writes to the context itself.
                    await responses
                    return
                async for response in responses:
                    yield Leaving(response, peer)
            except (asyncio.CancelledError, grpc.aio.AbortError, GeneratorExit):
                raise
            except Exception as error:  # noqa: BLE001 - nothing of it may reach the peer
                await _abort(context, error, method)

        return call

    def _seen(self, request: Any, peer: AgencyId, streaming_in: bool) -> Any:  # noqa: FBT001
        if streaming_in:
            return self._all_seen(request, peer)
        return self._parsed(request, peer)

    async def _all_seen(
        self, requests: AsyncIterator[Received], peer: AgencyId
    ) -> AsyncIterator[Message]:
        async for request in requests:
            yield self._parsed(request, peer)

    def _parsed(self, request: Received, peer: AgencyId) -> Message:
        if request.message is None:
            raise InvalidMessage("a message does not parse")
        self._boundary.record("in", peer, request.message, request.size)
        return request.message

    def _sending(self, serialise: Any) -> Callable[[Leaving | Message], bytes]:
        def send(leaving: Leaving | Message) -> bytes:
            if not isinstance(leaving, Leaving):
                unseen: bytes = serialise(leaving)
                return unseen
            data: bytes = serialise(leaving.message)
            self._boundary.record("out", leaving.peer, leaving.message, len(data))
            return data

        return send


def _receiving(parse: Any) -> Callable[[bytes], Received]:
    def receive(data: bytes) -> Received:
        try:
            return Received(parse(data), len(data))
        except DecodeError:
            # Raised here, gRPC would send its words to the peer.
            return Received(None, len(data))

    return receive


async def _abort(context: Context, error: Exception, method: str) -> NoReturn:
    code, text, trailing = abort_terms(error)
    if isinstance(error, FusumaError):
        log.info("event=refused method=%s reason=%s", method, type(error).__name__)
    else:
        log.error("event=unexpected method=%s", method, exc_info=error)
    await context.abort(code, text, trailing)
    raise AssertionError(method)
