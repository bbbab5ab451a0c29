"""Manifests: what a provider says it uploaded, and what a result was made from.

A manifest lists digests; comparing them with what was received or evaluated is left to whoever
received or evaluated it.

Rules:
 * Digests of one column or output are 32 bytes a chunk, in the order of chunks.
 * Columns and outputs ascend, each once; all have the same number of chunks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from eligibility.v1 import common_pb2

from matcher.core.errors import InvalidMessage, StatementMismatch
from matcher.core.identifiers import DIGEST_BYTES, AgencyId, Digest
from matcher.wire.parsing import (
    agency_in,
    ascending,
    digest_in,
    parse_canonical,
    serialise,
    within,
)

# 64 digests a chunk and role for a hundred million subjects; a manifest is one gRPC message.
MOST_MANIFEST_BYTES: Final = 1024 * 1024
MOST_ENTRIES: Final = 4096
MOST_PROOF_BYTES: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class ColumnManifest:
    """Everything a provider uploaded for one run.

    Attributes:
        statement_digest: of the run.
        provider: who uploaded.
        columns: by column number, ascending: SHA-256 of every payload, 32 bytes a chunk.
    """

    statement_digest: Digest
    provider: AgencyId
    columns: Mapping[int, bytes]

    def digest_of(self, column: int, chunk: int) -> Digest:
        """Return the digest of one chunk's payload."""
        return _digest_at(self.columns[column], chunk)

    def check(
        self, statement: Digest, provider: AgencyId, columns: Sequence[int], chunks: int
    ) -> None:
        """Check that this is ``provider``'s manifest of a run, complete and nothing else.

        Raises:
            StatementMismatch: another run or provider, other columns, or a wrong number of chunks.
        """
        if self.statement_digest != statement:
            raise StatementMismatch("a column manifest is of another run", where=provider)
        if self.provider != provider:
            raise StatementMismatch("a column manifest is of another provider", where=provider)
        if list(self.columns) != sorted(columns):
            raise StatementMismatch(
                "a column manifest lists other columns than the plan", where=provider
            )
        _check_chunks(self.columns, chunks, "a column manifest")


@dataclass(frozen=True, slots=True)
class ResultManifest:
    """What was released for one run, and from which inputs.

    Attributes:
        statement_digest: of the run.
        input_manifest_digests: SHA-256 of every column manifest's payload, in the order of the
            statement's providers.
        outputs: by output number, ascending: SHA-256 of every payload, 32 bytes a chunk.
        released_at: Unix seconds.
        inclusion_proof: of the run in the ledger; empty where there is none.
    """

    statement_digest: Digest
    input_manifest_digests: tuple[Digest, ...]
    outputs: Mapping[int, bytes]
    released_at: int
    inclusion_proof: bytes = b""

    def digest_of(self, output: int, chunk: int) -> Digest:
        """Return the digest of one chunk of one output."""
        return _digest_at(self.outputs[output], chunk)

    def check(
        self, statement: Digest, inputs: Sequence[Digest], outputs: Sequence[int], chunks: int
    ) -> None:
        """Check that this is the result of a run from exactly these inputs, and complete.

        Args:
            statement: digest of the run's statement.
            inputs: digests of the column manifests' payloads, in the order of the statement's
                providers.
            outputs: the plan's outputs.
            chunks: of the run.

        Raises:
            StatementMismatch: another run, other inputs or outputs, or a wrong number of chunks.
        """
        if self.statement_digest != statement:
            raise StatementMismatch("a result manifest is of another run")
        if self.input_manifest_digests != tuple(inputs):
            raise StatementMismatch("a result was made from other inputs than those signed")
        if list(self.outputs) != sorted(outputs):
            raise StatementMismatch("a result manifest lists other outputs than the plan")
        _check_chunks(self.outputs, chunks, "a result manifest")


def encode_column_manifest(manifest: ColumnManifest) -> bytes:
    """Return the payload of ``manifest``, to be signed under ``column-manifest``."""
    return serialise(
        common_pb2.ColumnManifest(
            statement_digest=manifest.statement_digest,
            provider=manifest.provider,
            columns=[
                common_pb2.ColumnDigests(column=column, digests=digests)
                for column, digests in sorted(manifest.columns.items())
            ],
        )
    )


def decode_column_manifest(payload: bytes) -> ColumnManifest:
    """Read the payload of a column manifest whose signature has been checked.

    Raises:
        InvalidMessage: it is malformed; names the field.
    """
    where = "column_manifest"
    message = parse_canonical(
        common_pb2.ColumnManifest, payload, where, most_bytes=MOST_MANIFEST_BYTES
    )
    columns = [(entry.column, entry.digests) for entry in message.columns]
    return ColumnManifest(
        statement_digest=digest_in(message.statement_digest, f"{where}.statement_digest"),
        provider=agency_in(message.provider, f"{where}.provider"),
        columns=_entries(columns, f"{where}.columns"),
    )


def encode_result_manifest(manifest: ResultManifest) -> bytes:
    """Return the payload of ``manifest``, to be signed under its author's domain.

    The matcher signs under ``result-manifest``, an enclave under ``enclave-result``.
    """
    return serialise(
        common_pb2.ResultManifest(
            statement_digest=manifest.statement_digest,
            input_manifest_digests=manifest.input_manifest_digests,
            outputs=[
                common_pb2.OutputDigests(output=output, digests=digests)
                for output, digests in sorted(manifest.outputs.items())
            ],
            released_at=manifest.released_at,
            inclusion_proof=manifest.inclusion_proof,
        )
    )


def decode_result_manifest(payload: bytes) -> ResultManifest:
    """Read the payload of a result manifest whose signature has been checked.

    Raises:
        InvalidMessage: it is malformed; names the field.
    """
    where = "result_manifest"
    message = parse_canonical(
        common_pb2.ResultManifest, payload, where, most_bytes=MOST_MANIFEST_BYTES
    )
    within(len(message.input_manifest_digests), 1, MOST_ENTRIES, f"{where}.input_manifest_digests")
    within(len(message.inclusion_proof), 0, MOST_PROOF_BYTES, f"{where}.inclusion_proof")
    outputs = [(entry.output, entry.digests) for entry in message.outputs]
    return ResultManifest(
        statement_digest=digest_in(message.statement_digest, f"{where}.statement_digest"),
        input_manifest_digests=tuple(
            digest_in(entry, f"{where}.input_manifest_digests")
            for entry in message.input_manifest_digests
        ),
        outputs=_entries(outputs, f"{where}.outputs"),
        released_at=within(message.released_at, 1, 2**40, f"{where}.released_at"),
        inclusion_proof=message.inclusion_proof,
    )


def _entries(entries: Sequence[tuple[int, bytes]], where: str) -> Mapping[int, bytes]:
    within(len(entries), 1, MOST_ENTRIES, where)
    ascending([number for number, _ in entries], where)
    lengths = {len(digests) for _, digests in entries}
    if len(lengths) != 1 or 0 in lengths or any(length % DIGEST_BYTES for length in lengths):
        raise InvalidMessage("not the same whole number of digests everywhere", where=where)
    return dict(entries)


def _check_chunks(entries: Mapping[int, bytes], chunks: int, what: str) -> None:
    if any(len(digests) != DIGEST_BYTES * chunks for digests in entries.values()):
        raise StatementMismatch(f"{what} lists another number of chunks than the statement")


def _digest_at(digests: bytes, chunk: int) -> Digest:
    return Digest(digests[DIGEST_BYTES * chunk : DIGEST_BYTES * (chunk + 1)])
