"""A channel that counts every message that crosses it.

Rules:
 * Counting happens where messages become bytes, so that every kind of call is counted the same way
   and nothing can be sent around it.
 * Everything else is left to the channel inside.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeAlias

import grpc
from google.protobuf.message import Message

from matcher.wire.boundary import BoundaryLog

# gRPC leaves the types of messages to the generated stubs.
Serializer: TypeAlias = Callable[[Any], bytes] | None
Deserializer: TypeAlias = Callable[[bytes], Any] | None


class AccountedChannel(grpc.aio.Channel):
    """Passes calls to ``channel`` and records their messages in ``boundary``.

    Args:
        channel: does the work.
        boundary: where messages are counted.
        peer: what the other side is called there.
    """

    def __init__(self, channel: grpc.aio.Channel, boundary: BoundaryLog, peer: str) -> None:
        self._channel = channel
        self._boundary = boundary
        self._peer = peer

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self, grace: float | None = None) -> None:
        """Close the channel inside."""
        await self._channel.close(grace)

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:  # noqa: FBT001, FBT002 - gRPC's signature
        """Return the state of the channel inside."""
        return self._channel.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Wait until the channel inside changes its state."""
        await self._channel.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Wait until the channel inside is ready."""
        await self._channel.channel_ready()

    def unary_unary(
        self,
        method: str,
        request_serializer: Serializer = None,
        response_deserializer: Deserializer = None,
        **options: Any,
    ) -> grpc.aio.UnaryUnaryMultiCallable[Any, Any]:
        """Return a counted call."""
        serializers = self._out(request_serializer), self._in(response_deserializer)
        return self._channel.unary_unary(method, *serializers, **options)

    def unary_stream(
        self,
        method: str,
        request_serializer: Serializer = None,
        response_deserializer: Deserializer = None,
        **options: Any,
    ) -> grpc.aio.UnaryStreamMultiCallable[Any, Any]:
        """Return a counted call."""
        serializers = self._out(request_serializer), self._in(response_deserializer)
        return self._channel.unary_stream(method, *serializers, **options)

    def stream_unary(
        self,
        method: str,
        request_serializer: Serializer = None,
        response_deserializer: Deserializer = None,
        **options: Any,
    ) -> grpc.aio.StreamUnaryMultiCallable[Any, Any]:
        """Return a counted call."""
        serializers = self._out(request_serializer), self._in(response_deserializer)
        return self._channel.stream_unary(method, *serializers, **options)

    def stream_stream(
        self,
        method: str,
        request_serializer: Serializer = None,
        response_deserializer: Deserializer = None,
        **options: Any,
    ) -> grpc.aio.StreamStreamMultiCallable[Any, Any]:
        """Return a counted call."""
        serializers = self._out(request_serializer), self._in(response_deserializer)
        return self._channel.stream_stream(method, *serializers, **options)

    def _out(self, serialize: Serializer) -> Serializer:
        if serialize is None:
            return None

        def counted(message: Message) -> bytes:
            self._boundary.record_message("out", self._peer, message)
            return serialize(message)

        return counted

    def _in(self, deserialize: Deserializer) -> Deserializer:
        if deserialize is None:
            return None

        def counted(data: bytes) -> Message:
            message: Message = deserialize(data)
            self._boundary.record_message("in", self._peer, message)
            return message

        return counted
