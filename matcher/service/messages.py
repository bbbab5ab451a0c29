"""Runs and enumerations of ``matcher.proto``, to and from the service's own values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from eligibility.v1 import matcher_pb2

from matcher.core.errors import InvalidMessage
from matcher.service.store import ObjectKind, RunRecord, RunState
from matcher.wire.names import run_name

_STATES: Final[Mapping[RunState, matcher_pb2.RunState.ValueType]] = {
    RunState.COLLECTING: matcher_pb2.RUN_STATE_COLLECTING,
    RunState.EVALUATING: matcher_pb2.RUN_STATE_EVALUATING,
    RunState.SUCCEEDED: matcher_pb2.RUN_STATE_SUCCEEDED,
    RunState.FAILED: matcher_pb2.RUN_STATE_FAILED,
    RunState.CANCELLED: matcher_pb2.RUN_STATE_CANCELLED,
    RunState.EXPIRED: matcher_pb2.RUN_STATE_EXPIRED,
}
_KINDS: Final[Mapping[int, ObjectKind]] = {
    matcher_pb2.OBJECT_KIND_PUBLIC_KEY: ObjectKind.PUBLIC_KEY,
    matcher_pb2.OBJECT_KIND_EVALUATION_KEY: ObjectKind.EVALUATION_KEY,
    matcher_pb2.OBJECT_KIND_ROSTER: ObjectKind.ROSTER,
}


def object_kind(number: int) -> ObjectKind:
    """Return the kind of an object.

    Raises:
        InvalidMessage: it is none.
    """
    kind = _KINDS.get(number)
    if kind is None:
        raise InvalidMessage("the object's kind is missing or unknown")
    return kind


def run_message(record: RunRecord) -> matcher_pb2.Run:
    """Return ``record`` as its requester sees it."""
    failure = record.failure
    return matcher_pb2.Run(
        name=run_name(record.run),
        state=_STATES[record.state],
        statement_digest=record.statement_digest,
        chunks_received=record.chunks_received,
        chunks_expected=record.chunks_expected,
        outputs_done=record.outputs_done,
        outputs_expected=record.outputs * record.chunks,
        failure_reason="" if failure is None else failure.reason,
        failure_text="" if failure is None else failure.text,
        evidence=record.evidence,
        expires_at=record.expires_at,
        evaluation_seconds=record.evaluation_seconds,
        failure_party="" if failure is None or failure.party is None else failure.party,
        awaited=record.awaited,
    )
