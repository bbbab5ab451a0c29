"""Names of things, as types that cannot be mixed up.

Rules:
 * An agency id is 1–63 characters of ``a-z 0-9 -`` and starts with a letter, so that it fits a
   URN and a DNS label.
 * A run id is 32 lower-case hexadecimal characters, chosen at random by the requester.
 * A digest is 32 bytes of SHA-256.
"""

from __future__ import annotations

import re
from typing import NewType

from matcher.core.errors import InvalidConfiguration, InvalidMessage

AgencyId = NewType("AgencyId", str)
AttributeName = NewType("AttributeName", str)
Role = NewType("Role", str)
RunId = NewType("RunId", str)
Digest = NewType("Digest", bytes)

_AGENCY_ID = re.compile(r"[a-z][a-z0-9-]{0,62}")
_RUN_ID = re.compile(r"[0-9a-f]{32}")
DIGEST_BYTES = 32


def agency_id(text: str) -> AgencyId:
    """Return ``text`` as an agency id.

    Raises:
        InvalidConfiguration: it is not one.
    """
    if not _AGENCY_ID.fullmatch(text):
        raise InvalidConfiguration(
            f"{text[:80]!r} is not an agency id",
            fix="use 1 to 63 of a-z, 0-9 and '-', starting with a letter",
        )
    return AgencyId(text)


def run_id(text: str) -> RunId:
    """Return ``text`` as a run id.

    Raises:
        InvalidMessage: it is not one.
    """
    if not _RUN_ID.fullmatch(text):
        raise InvalidMessage("a run id is 32 lower-case hexadecimal characters")
    return RunId(text)


def digest(data: bytes) -> Digest:
    """Return ``data`` as a SHA-256 digest.

    Raises:
        InvalidMessage: it is not 32 bytes long.
    """
    if len(data) != DIGEST_BYTES:
        raise InvalidMessage("a digest is 32 bytes of SHA-256")
    return Digest(data)
