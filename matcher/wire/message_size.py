"""How large a gRPC message may be, the same at both ends of every connection.

Rules:
 * A message of this protocol stays under 1 MiB; whatever is larger is streamed in parts. What gRPC
   accepts is a quarter more, so that nothing rides on the last byte.
"""

from __future__ import annotations

from typing import Final

LARGEST_MESSAGE_BYTES: Final = 1280 * 1024
PART_BYTES: Final = 960 * 1024
"""How much of a larger object one message carries: every message costs time of its own."""

SIZE_OPTIONS: Final[tuple[tuple[str, int], ...]] = (
    ("grpc.max_receive_message_length", LARGEST_MESSAGE_BYTES),
    ("grpc.max_send_message_length", LARGEST_MESSAGE_BYTES),
)
