"""What each party saw, from what really crossed its boundary.

Every process counts the messages it receives by sender and kind. This module only says in words
what a kind lets its receiver read; the counts are the processes' own.

Rules:
 * Only received messages are shown: what a party sent it knew before.
 * A kind of message that nobody has described here is an error, so that a new message cannot pass
   unexplained.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from matcher.core.errors import RunProblem


class Receiver(StrEnum):
    """The parts a party can have."""

    MATCHER = "matcher"
    PROVIDER = "provider"
    REQUESTER = "requester"
    ENCLAVE = "enclave"


@dataclass(frozen=True, slots=True)
class Crossing:
    """One line of a process's own boundary log: messages of one kind from one peer."""

    peer: str
    kind: str
    messages: int
    size: int


@dataclass(frozen=True, slots=True)
class Sight:
    """What one party received of one sort.

    Attributes:
        party: the receiver.
        senders: the peers it came from, ascending.
        what: the sort of message.
        reads: what the receiver can read of it.
        closed: what it holds of it and cannot read.
        messages: how many.
        size: their serialised bytes.
    """

    party: str
    senders: tuple[str, ...]
    what: str
    reads: str
    closed: str
    messages: int
    size: int


@dataclass(frozen=True, slots=True)
class _Sort:
    what: str
    reads: str
    closed: str


_NOTHING = "nothing"
_CONTROL = _Sort("calls and receipts", "names of runs, states, counts", _NOTHING)
_CARDS = _Sort("agency cards", "public keys of agencies", _NOTHING)
_RUN = _Sort("run statement, programme", "who asks whom, under which programme", _NOTHING)
_MANIFESTS = _Sort("signed manifests", "digests of what was sent", _NOTHING)
_OBJECTS = _Sort("keys and rosters", "the run's public key", "rosters: who is asked about")
_COLUMNS = _Sort("columns", _NOTHING, "every answer: encrypted, or sealed to the enclave")
_OWN_OBJECTS = _Sort("key and own roster", "which of its people are asked about", _NOTHING)
_SEALED_VERDICTS = _Sort("enclave's verdicts", _NOTHING, "every verdict: sealed to the requester")
_RESULTS = _Sort("outputs", "one verdict or outcome a subject", "everything behind the verdict")
_OPENED = _Sort("sealed columns", "the attributes, in its own memory only", _NOTHING)

_SORTS: Mapping[Receiver, Mapping[str, _Sort]] = MappingProxyType(
    {
        Receiver.MATCHER: {
            "CreateRunRequest": _RUN,
            "RegisterCardRequest": _CARDS,
            "UploadObjectRequest.header": _OBJECTS,
            "UploadObjectRequest.data": _OBJECTS,
            "UploadChunksRequest": _COLUMNS,
            "SubmitManifestRequest": _MANIFESTS,
            "EvaluateResponse.manifest": _MANIFESTS,
            "EvaluateResponse.verdicts": _SEALED_VERDICTS,
            "OpenRunResponse": _CONTROL,
            "CloseRunResponse": _CONTROL,
            "FetchResultsRequest": _CONTROL,
            "GetCardRequest": _CONTROL,
            "GetRunRequest": _CONTROL,
            "WatchRunRequest": _CONTROL,
            "CancelRunRequest": _CONTROL,
            "FetchObjectRequest": _CONTROL,
            "ListChunksRequest": _CONTROL,
            "WatchWorkRequest": _CONTROL,
            "DeclineWorkRequest": _CONTROL,
        },
        Receiver.PROVIDER: {
            "WorkItem": _RUN,
            "FetchObjectResponse": _OWN_OBJECTS,
            "ListChunksResponse": _CONTROL,
            "RegisterCardResponse": _CONTROL,
            "SubmitManifestResponse": _CONTROL,
            "UploadChunksResponse": _CONTROL,
            "DeclineWorkResponse": _CONTROL,
        },
        Receiver.REQUESTER: {
            "FetchResultsResponse.manifest": _MANIFESTS,
            "FetchResultsResponse.enclave_manifest": _MANIFESTS,
            "FetchResultsResponse.column_manifest": _MANIFESTS,
            "FetchResultsResponse.outputs": _RESULTS,
            "SignedCard": _CARDS,
            "Run": _CONTROL,
            "RegisterCardResponse": _CONTROL,
            "UploadObjectResponse": _CONTROL,
        },
        Receiver.ENCLAVE: {
            "OpenRunRequest": _RUN,
            "EvaluateRequest.chunk": _OPENED,
            "EvaluateRequest.column_manifest": _MANIFESTS,
            "CloseRunRequest": _CONTROL,
        },
    }
)


def sights(party: str, receiver: Receiver, received: Iterable[Crossing]) -> tuple[Sight, ...]:
    """Return what ``party`` saw, messages of one sort added up, in the order of this module.

    Raises:
        RunProblem: a message crossed that is not described here.
    """
    sorts = _SORTS[receiver]
    crossings: dict[_Sort, list[Crossing]] = {sort: [] for sort in sorts.values()}
    for crossing in received:
        if crossing.kind not in sorts:
            raise RunProblem(
                f"{crossing.kind} reached a {receiver.value} and nobody has said what it shows",
                where=party,
            )
        crossings[sorts[crossing.kind]].append(crossing)
    return tuple(
        Sight(
            party=party,
            senders=tuple(sorted({crossing.peer for crossing in arrived})),
            what=sort.what,
            reads=sort.reads,
            closed=sort.closed,
            messages=sum(crossing.messages for crossing in arrived),
            size=sum(crossing.size for crossing in arrived),
        )
        for sort, arrived in crossings.items()
        if arrived
    )
