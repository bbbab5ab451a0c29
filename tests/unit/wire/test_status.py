import asyncio
from collections.abc import AsyncIterator, Iterator

import grpc
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from matcher.core import errors
from matcher.core.errors import FusumaError
from matcher.wire.status import (
    CATALOGUE,
    INTERNAL_TEXT,
    abort_terms,
    entry_of,
    error_of,
    from_rpc_error,
    is_reason,
    public_failure,
    to_status,
)

RUN = "ab" * 16
PLANTED = "/home/tax/residents.csv"


def every_error(base: type[FusumaError] = FusumaError) -> Iterator[type[FusumaError]]:
    yield base
    for kind in base.__subclasses__():
        yield from every_error(kind)


class Failed(grpc.aio.AioRpcError):
    """What a stub raises for a status and trailing metadata."""

    def __init__(self, code: grpc.StatusCode, text: str, *trailing: tuple[str, bytes]) -> None:
        super().__init__(code, grpc.aio.Metadata(), grpc.aio.Metadata(*trailing), text)


def sent(error: BaseException, where: str = "") -> FusumaError:
    """An error after its way over the wire."""
    return from_rpc_error(Failed(*abort_terms(error)[:2], *abort_terms(error)[2]), where)


def info_of(error: BaseException) -> ErrorInfo:
    info = ErrorInfo()
    assert to_status(error).details[0].Unpack(info)
    return info


def test_every_error_is_catalogued() -> None:
    defined = {kind for kind in every_error() if kind.__module__ == errors.__name__}
    assert defined == set(CATALOGUE)


def test_reasons_are_unique_and_upper_case() -> None:
    reasons = [entry.reason for entry in CATALOGUE.values()]
    assert len(set(reasons)) == len(reasons)
    assert all(reason.replace("_", "").isalpha() and reason.isupper() for reason in reasons)


@pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: kind.__name__)
def test_an_error_crosses_the_wire_as_its_class_with_the_public_text(
    kind: type[FusumaError],
) -> None:
    arrived = sent(kind("secret words", where=PLANTED, fix="secret advice"))
    assert type(arrived) is kind
    assert arrived.what == CATALOGUE[kind].text


@pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: kind.__name__)
def test_an_errors_own_words_stay_at_home(kind: type[FusumaError]) -> None:
    code, text, trailing = abort_terms(kind("secret words", where=PLANTED, fix="secret advice"))
    everything = text.encode() + b"".join(value for _, value in trailing)
    for words in (b"secret", b"residents", b"/home"):
        assert words not in everything
    assert code is CATALOGUE[kind].code


def test_a_subclass_elsewhere_is_told_as_the_nearest_class() -> None:
    class Special(errors.QuotaExceeded):
        pass

    assert entry_of(Special("x")).reason == "QUOTA_EXCEEDED"


def test_anything_unexpected_is_one_internal_text() -> None:
    for fault in (ValueError("secret"), KeyError("secret"), MemoryError()):
        code, text, trailing = abort_terms(fault)
        assert (code, text) == (grpc.StatusCode.INTERNAL, INTERNAL_TEXT)
        assert b"secret" not in trailing[0][1]
        assert public_failure(fault) == ("INTERNAL", INTERNAL_TEXT)
        assert type(sent(fault)) is errors.RunProblem


@pytest.mark.parametrize(
    ("place", "metadata"),
    [
        (f"runs/{RUN}", {"run": RUN}),
        (f"runs/{RUN}, column 3, chunk 12", {"run": RUN, "column": "3", "chunk": "12"}),
        ("column 3 chunk 12", {"column": "3", "chunk": "12"}),
        ("statement.providers.role", {"field": "statement.providers.role"}),
        ("tax.income_bracket", {"field": "tax.income_bracket"}),
        ("city-benefits", {"party": "city-benefits"}),
        (PLANTED, {}),
        ("Person 4711", {}),
        (f"/data/runs/{RUN}/x", {}),
        ("127.0.0.1:5000", {}),
    ],
)
def test_only_declared_places_travel(place: str, metadata: dict[str, str]) -> None:
    assert dict(info_of(errors.InvalidMessage("x", where=place)).metadata) == metadata


def test_the_place_of_a_file_never_travels() -> None:
    assert not info_of(errors.InvalidFile("x", where="programme")).metadata


def test_the_reader_says_where_in_its_own_words() -> None:
    error = errors.ForeignChunk("x", where=f"runs/{RUN}, column 3, chunk 12")
    assert sent(error, "localhost:5000").where == (
        f"localhost:5000: runs/{RUN}, column 3, chunk 12"
    )


def test_a_peer_cannot_put_words_into_a_log() -> None:
    info = AnyMessage()
    info.Pack(
        ErrorInfo(
            reason="RUN_EXPIRED",
            domain="fusuma",
            metadata={"run": "x\x1b[2J", "field": "a b", "words": "evil"},
        )
    )
    details = Status(code=9, message="evil \x1b[2J", details=[info]).SerializeToString()
    error = from_rpc_error(
        Failed(grpc.StatusCode.FAILED_PRECONDITION, "evil", ("grpc-status-details-bin", details))
    )
    assert type(error) is errors.RunExpired
    assert "evil" not in str(error)
    assert "\x1b" not in str(error)
    assert error.where == ""


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (grpc.StatusCode.UNAVAILABLE, errors.Unreachable),
        (grpc.StatusCode.DEADLINE_EXCEEDED, errors.Unreachable),
        (grpc.StatusCode.UNAUTHENTICATED, errors.InvalidCertificate),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, errors.QuotaExceeded),
        (grpc.StatusCode.UNIMPLEMENTED, errors.RunProblem),
        (grpc.StatusCode.UNKNOWN, errors.RunProblem),
        (grpc.StatusCode.INTERNAL, errors.RunProblem),
    ],
)
def test_a_bare_status_becomes_the_nearest_error(
    code: grpc.StatusCode, kind: type[FusumaError]
) -> None:
    error = from_rpc_error(Failed(code, "whatever the peer says"), "localhost:5000")
    assert type(error) is kind
    assert error.where == "localhost:5000"
    assert "whatever" not in str(error)


@pytest.mark.parametrize(
    "details",
    [
        pytest.param(b"\xff\xff", id="no protobuf"),
        pytest.param(Status(code=9).SerializeToString(), id="no details"),
        pytest.param(bytes(10_000), id="too large"),
    ],
)
def test_malformed_details_are_ignored(details: bytes) -> None:
    failed = Failed(grpc.StatusCode.UNAVAILABLE, "x", ("grpc-status-details-bin", details))
    assert type(from_rpc_error(failed)) is errors.Unreachable


def test_reasons_of_another_domain_are_not_ours() -> None:
    info = AnyMessage()
    info.Pack(ErrorInfo(reason="RUN_EXPIRED", domain="example.com"))
    details = Status(code=9, details=[info]).SerializeToString()
    failed = Failed(grpc.StatusCode.FAILED_PRECONDITION, "x", ("grpc-status-details-bin", details))
    assert type(from_rpc_error(failed)) is errors.RunProblem


def test_only_reasons_of_the_catalogue_are_reasons() -> None:
    assert is_reason("POLICY_REFUSED")
    assert is_reason("INTERNAL")
    assert not is_reason("BECAUSE")
    assert type(error_of("POLICY_REFUSED")) is errors.PolicyRefused
    assert type(error_of("BECAUSE")) is errors.RunProblem


async def _aborting(_: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> bytes:
    await context.abort(*abort_terms(errors.NotYours("secret", where=f"runs/{RUN}")))
    return b""


async def _failed_call() -> grpc.aio.AioRpcError:
    server = grpc.aio.server()
    handler = grpc.stream_unary_rpc_method_handler(_aborting)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("s", {"m": handler}),))
    port = server.add_insecure_port("localhost:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"localhost:{port}") as channel:
            with pytest.raises(grpc.aio.AioRpcError) as failed:
                await channel.stream_unary("/s/m")(iter((b"x",)))
        return failed.value
    finally:
        await server.stop(None)


def test_a_servicers_abort_reaches_the_client_as_the_error() -> None:
    error = from_rpc_error(asyncio.run(_failed_call()))
    assert type(error) is errors.NotYours
    assert error.where == f"runs/{RUN}"
