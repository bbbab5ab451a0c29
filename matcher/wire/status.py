"""Errors over gRPC: ``google.rpc.Status`` with ``ErrorInfo`` out, the error's class back in.

A peer is told the reason and the text of the catalogue, never the words of the error itself.
Readers map the reason back to the class and use their own texts, so that a peer cannot put words
into anybody's log either.

Rules:
 * Of an error's place only what matches a declared pattern travels, and nothing at all of the
   places of ``InvalidInput``, which name files.
 * What a peer sends as a place is held to the same patterns.
 * A call that fails without our details becomes the nearest error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from grpc import StatusCode

from matcher.core import errors
from matcher.core.errors import FusumaError
from matcher.wire.error_catalogue import (
    CATALOGUE,
    INTERNAL_REASON,
    INTERNAL_TEXT,
    Entry,
    entry_of,
    error_of,
    is_reason,
    public_failure,
)

__all__ = [
    "CATALOGUE",
    "DOMAIN",
    "INTERNAL_REASON",
    "INTERNAL_TEXT",
    "Entry",
    "abort_terms",
    "entry_of",
    "error_of",
    "from_rpc_error",
    "is_reason",
    "public_failure",
    "to_status",
]

DOMAIN: Final = "fusuma"
_DETAILS_KEY: Final = "grpc-status-details-bin"
_LARGEST_DETAILS: Final = 8192

# The places an error may name to a peer: key of the metadata, and how the place is written.
_PLACES: Final[Mapping[str, re.Pattern[str]]] = {
    "run": re.compile(r"(?<![\w/])runs/([0-9a-f]{32})(?!\w)"),
    "column": re.compile(r"\bcolumn ([0-9]{1,10})\b"),
    "chunk": re.compile(r"\bchunk ([0-9]{1,10})\b"),
    "output": re.compile(r"\boutput ([0-9]{1,10})\b"),
    # A protocol field or a catalogue attribute, and nothing else around it.
    "field": re.compile(r"^([a-z][a-z0-9_]{0,62}(?:\.[a-z][a-z0-9_]{0,62}){1,3})$"),
    # An agency or a role, and nothing else around it.
    "party": re.compile(r"^([a-z][a-z0-9_-]{0,62})$"),
}
_SPOKEN: Final[Mapping[str, str]] = {
    "run": "runs/{}",
    "column": "column {}",
    "chunk": "chunk {}",
    "output": "output {}",
    "field": "{}",
    "party": "{}",
}
# Statuses that gRPC itself gives, without our details.
_BARE: Final[Mapping[StatusCode, FusumaError]] = {
    StatusCode.UNAVAILABLE: errors.Unreachable(
        "the peer does not answer or has refused the connection",
        fix="check the address, that it is running, and that both sides have the same ca.crt",
    ),
    StatusCode.DEADLINE_EXCEEDED: errors.Unreachable(
        "the peer did not answer in time", fix="try again, with more time"
    ),
    StatusCode.CANCELLED: errors.RunProblem("the call was cancelled"),
    StatusCode.UNAUTHENTICATED: errors.InvalidCertificate(
        "the peer does not accept this certificate", fix="look at it with `fusuma pki show`"
    ),
    StatusCode.UNIMPLEMENTED: errors.RunProblem(
        "the peer does not know this call", fix="use the same release on both sides"
    ),
    StatusCode.RESOURCE_EXHAUSTED: errors.QuotaExceeded("a message is larger than the peer takes"),
}


def to_status(error: BaseException) -> Status:
    """Return what a peer is told of ``error``, as ``google.rpc.Status`` with ``ErrorInfo``."""
    if not isinstance(error, FusumaError):
        return _status(StatusCode.INTERNAL, INTERNAL_REASON, INTERNAL_TEXT, {})
    entry = entry_of(error)
    return _status(entry.code, entry.reason, entry.text, _places(error))


def abort_terms(
    error: BaseException,
) -> tuple[StatusCode, str, tuple[tuple[str, bytes], ...]]:
    """Return what a servicer's ``context.abort`` takes: status, text and trailing metadata."""
    status = to_status(error)
    code = next(code for code in StatusCode if code.value[0] == status.code)
    return code, status.message, ((_DETAILS_KEY, status.SerializeToString()),)


def from_rpc_error(error: grpc.RpcError, where: str = "") -> FusumaError:
    """Return the error a failed call stands for.

    Args:
        error: as a gRPC stub raised it.
        where: what was called, for instance the peer's address; the peer's own place, where it
            gave one, goes behind it.
    """
    info = _error_info(error)
    if info is not None and is_reason(info.reason):
        return error_of(info.reason, _joined(where, _place_in(info)))
    bare = _BARE.get(_code_of(error))
    if bare is None:
        return errors.RunProblem(INTERNAL_TEXT, where=where)
    return type(bare)(bare.what, where=where, fix=bare.fix)


def _status(code: StatusCode, reason: str, text: str, metadata: Mapping[str, str]) -> Status:
    info = AnyMessage()
    info.Pack(ErrorInfo(reason=reason, domain=DOMAIN, metadata=metadata))
    return Status(code=code.value[0], message=text, details=[info])


def _places(error: FusumaError) -> dict[str, str]:
    if isinstance(error, errors.InvalidInput):
        return {}
    found = {key: pattern.search(error.where) for key, pattern in _PLACES.items()}
    return {key: match[1] for key, match in found.items() if match}


def _place_in(info: ErrorInfo) -> str:
    spoken = []
    for key, form in _SPOKEN.items():
        place = form.format(info.metadata.get(key, ""))
        # What a peer sends is held to the same patterns as what is sent to peers.
        if _PLACES[key].fullmatch(place):
            spoken.append(place)
    return ", ".join(spoken)


def _joined(*places: str) -> str:
    return ": ".join(place for place in places if place)


def _code_of(error: grpc.RpcError) -> StatusCode:
    code = error.code() if isinstance(error, grpc.Call | grpc.aio.AioRpcError) else None
    return code if isinstance(code, StatusCode) else StatusCode.UNKNOWN


def _error_info(error: grpc.RpcError) -> ErrorInfo | None:
    if not isinstance(error, grpc.Call | grpc.aio.AioRpcError):
        return None
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS_KEY and isinstance(value, bytes) and len(value) <= _LARGEST_DETAILS:
            return _parsed(value)
    return None


def _parsed(details: bytes) -> ErrorInfo | None:
    status, info = Status(), ErrorInfo()
    try:
        status.ParseFromString(details)
        for detail in status.details:
            if detail.Is(ErrorInfo.DESCRIPTOR) and detail.Unpack(info) and info.domain == DOMAIN:
                return info
    except DecodeError:
        pass
    return None
