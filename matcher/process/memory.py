"""What a process that handles megabytes a run tells the C library once, when it starts.

Rules:
 * Blocks up to the largest payload and its copies are kept when they are freed, instead of being
   given back to the system: memory that is there already need not be zeroed and mapped again.
"""

from __future__ import annotations

_LARGEST_KEPT_BLOCK = 24 << 20


def keep_freed_memory() -> None:
    """Let the C library keep freed blocks instead of giving them back to the system.

    glibc does so with sizes up to the largest block that it has seen come and go (mallopt(3),
    M_MMAP_THRESHOLD). A ciphertext is serialised 25 times faster in memory that is there already
    (docs/adr).
    """
    bytearray(_LARGEST_KEPT_BLOCK)
