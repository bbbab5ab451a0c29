from dataclasses import replace

import pytest
from eligibility.v1 import common_pb2

from matcher.core.binding import sha256
from matcher.core.errors import InvalidMessage, StatementMismatch
from matcher.core.identifiers import AgencyId
from matcher.wire.manifest import (
    ColumnManifest,
    ResultManifest,
    decode_column_manifest,
    decode_result_manifest,
    encode_column_manifest,
    encode_result_manifest,
)

RUN, TAX = sha256(b"statement"), AgencyId("tax")
CHUNKS = 3


def digests(seed: bytes, chunks: int = CHUNKS) -> bytes:
    return b"".join(sha256(seed + bytes([chunk])) for chunk in range(chunks))


COLUMNS = ColumnManifest(RUN, TAX, {1: digests(b"1"), 4: digests(b"4")})
RESULT = ResultManifest(
    RUN, (sha256(b"tax"), sha256(b"welfare")), {0: digests(b"p"), 1: digests(b"o")}, 1_780_315_200
)


def test_manifests_come_back_as_they_were() -> None:
    assert decode_column_manifest(encode_column_manifest(COLUMNS)) == COLUMNS
    assert decode_result_manifest(encode_result_manifest(RESULT)) == RESULT
    assert COLUMNS.digest_of(4, 2) == sha256(b"4\x02")
    assert RESULT.digest_of(1, 0) == sha256(b"o\x00")


def test_a_complete_manifest_of_the_run_passes() -> None:
    COLUMNS.check(RUN, TAX, [1, 4], CHUNKS)
    RESULT.check(RUN, [sha256(b"tax"), sha256(b"welfare")], [0, 1], CHUNKS)


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        pytest.param(replace(COLUMNS, statement_digest=sha256(b"x")), "another run", id="run"),
        pytest.param(replace(COLUMNS, provider=AgencyId("x")), "another provider", id="provider"),
        pytest.param(replace(COLUMNS, columns={1: digests(b"1")}), "other columns", id="missing"),
        pytest.param(
            replace(COLUMNS, columns={**COLUMNS.columns, 9: digests(b"9")}),
            "other columns",
            id="one too many",
        ),
        pytest.param(
            replace(COLUMNS, columns={1: digests(b"1", 2), 4: digests(b"4", 2)}),
            "number of chunks",
            id="a chunk is missing",
        ),
        pytest.param(
            replace(COLUMNS, columns={1: digests(b"1", 4), 4: digests(b"4", 4)}),
            "number of chunks",
            id="a chunk too many",
        ),
    ],
)
def test_a_column_manifest_must_be_exactly_the_providers(
    manifest: ColumnManifest, words: str
) -> None:
    with pytest.raises(StatementMismatch, match=words):
        manifest.check(RUN, TAX, [1, 4], CHUNKS)


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        pytest.param(replace(RESULT, statement_digest=sha256(b"x")), "another run", id="run"),
        pytest.param(
            replace(RESULT, input_manifest_digests=RESULT.input_manifest_digests[::-1]),
            "other inputs",
            id="inputs in another order",
        ),
        pytest.param(
            replace(RESULT, input_manifest_digests=RESULT.input_manifest_digests[:1]),
            "other inputs",
            id="an input is missing",
        ),
        pytest.param(replace(RESULT, outputs={0: digests(b"p")}), "other outputs", id="outputs"),
        pytest.param(
            replace(RESULT, outputs={0: digests(b"p", 1), 1: digests(b"o", 1)}),
            "number of chunks",
            id="chunks",
        ),
    ],
)
def test_a_result_manifest_must_be_exactly_the_runs(manifest: ResultManifest, words: str) -> None:
    with pytest.raises(StatementMismatch, match=words):
        manifest.check(RUN, [sha256(b"tax"), sha256(b"welfare")], [0, 1], CHUNKS)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        pytest.param([], "column_manifest.columns", id="no column"),
        pytest.param([(4, digests(b"4")), (1, digests(b"1"))], "ascending", id="out of order"),
        pytest.param([(1, digests(b"1")), (1, digests(b"1"))], "ascending", id="one twice"),
        pytest.param([(1, digests(b"1")[:-1])], "whole number", id="half a digest"),
        pytest.param([(1, b"")], "whole number", id="no digest"),
        pytest.param([(1, digests(b"1")), (2, digests(b"2", 2))], "whole number", id="uneven"),
    ],
)
def test_a_malformed_column_manifest_is_refused(
    columns: list[tuple[int, bytes]], words: str
) -> None:
    message = common_pb2.ColumnManifest(
        statement_digest=RUN,
        provider=TAX,
        columns=[common_pb2.ColumnDigests(column=n, digests=d) for n, d in columns],
    )
    with pytest.raises(InvalidMessage) as refused:
        decode_column_manifest(message.SerializeToString(deterministic=True))
    assert words in str(refused.value)


def test_a_result_without_inputs_or_time_is_refused() -> None:
    for manifest in (replace(RESULT, input_manifest_digests=()), replace(RESULT, released_at=0)):
        with pytest.raises(InvalidMessage):
            decode_result_manifest(encode_result_manifest(manifest))


def test_a_manifest_has_one_byte_string() -> None:
    for encoded in (encode_column_manifest(COLUMNS), encode_result_manifest(RESULT)):
        for data in (encoded + b"\xf2\x07\x01x", encoded[:-1], b""):
            for decode in (decode_column_manifest, decode_result_manifest):
                with pytest.raises(InvalidMessage):
                    decode(data)
