"""A federation, an enclave run and everything its parties send, for tests of the enclave.

Every key and certificate is real; only the agencies' data are drawn at random.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fusuma.pki import create_authority, issue_identity
from matcher.core.binding import Domain, column_seal_info, sha256, verdict_seal_info
from matcher.core.identifiers import AgencyId, AttributeName, Digest, RunId
from matcher.core.plan import CHUNK_SLOTS, Plan, compile_plan
from matcher.core.programme import Programme
from matcher.core.reference import reference_verdicts
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.statement import ProviderAssignment, RunStatement
from matcher.core.table import Values
from matcher.core.values import pack_values
from matcher.identity.certificates import Authority
from matcher.identity.envelope import Envelope, sign, sign_chunk
from matcher.identity.identity import Identity
from matcher.identity.keys import SealingKey
from matcher.identity.sealing import seal, unseal
from matcher.language.bundle import bundle_digest, dump_bundle
from matcher.language.programme_file import load_programme
from matcher.wire.manifest import ColumnManifest, encode_column_manifest
from matcher.wire.statement import encode_statement, statement_digest
from programmes import programme_path

NOW = 1_780_315_200
DAY = dt.date(2026, 6, 1)
CITY, TAX, WELFARE = AgencyId("city-benefits"), AgencyId("tax"), AgencyId("welfare")
OUTSIDER = AgencyId("registry")


@dataclass(frozen=True)
class Federation:
    """An authority and the agencies under it."""

    authority: Authority
    parties: Mapping[AgencyId, Identity]

    def cards(self, *agencies: AgencyId) -> list[bytes]:
        return [self.parties[agency].signed_card for agency in agencies]


@dataclass(frozen=True)
class SentChunk:
    """One sealed chunk as a provider uploads it."""

    column: int
    chunk: int
    payload: bytes
    signature: bytes


@dataclass(frozen=True)
class Scene:
    """One enclave run, from the requester's and the providers' side."""

    federation: Federation
    answers: Mapping[AttributeName, NDArray[np.int32]]
    statement: RunStatement
    bundle: bytes
    programme: Programme
    plan: Plan
    result_key: SealingKey = field(repr=False)

    @cached_property
    def payload(self) -> bytes:
        return encode_statement(self.statement)

    @property
    def digest(self) -> Digest:
        return statement_digest(self.payload)

    @property
    def envelope(self) -> Envelope:
        return self.signed_by(self.statement.requester)

    def signed_by(self, agency: AgencyId) -> Envelope:
        key = self.federation.parties[agency].signing_key
        return sign(Domain.RUN_STATEMENT, self.payload, key, agency)

    @property
    def cards(self) -> list[bytes]:
        providers = [entry.agency for entry in self.statement.providers]
        return self.federation.cards(self.statement.requester, *providers)

    def changed(self, **changes: object) -> Scene:
        """The same run with other fields in its statement."""
        return replace(self, statement=replace(self.statement, **changes))  # type: ignore[arg-type]

    def sealed(self, sealing_key: bytes) -> list[SentChunk]:
        """What the providers upload, sealed to ``sealing_key``, chunk after chunk."""
        return [
            self.sealed_chunk(sealing_key, column.index, chunk)
            for chunk in range(self.statement.chunks)
            for column in self.plan.columns
        ]

    def sealed_chunk(
        self,
        sealing_key: bytes,
        column: int,
        chunk: int,
        *,
        values: bytes | None = None,
        result_key: bytes | None = None,
    ) -> SentChunk:
        """One chunk; ``values`` and ``result_key`` stand in for what belongs there."""
        provider = self.provider_of(column)
        attribute = self.plan.questions[column].attribute
        assert attribute is not None
        slots = slice(chunk * self.plan.chunk_slots, (chunk + 1) * self.plan.chunk_slots)
        packed = pack_values(attribute, self.answers[attribute.name][slots])
        info = column_seal_info(
            self.digest, provider, column, chunk, result_key or self.statement.result_key
        )
        payload = seal(sealing_key, info, packed if values is None else values)
        return self.sent(column, chunk, payload)

    def sent(
        self, column: int, chunk: int, payload: bytes, signer: AgencyId | None = None
    ) -> SentChunk:
        """A payload signed for a place by the place's provider, or by ``signer``."""
        provider = signer or self.provider_of(column)
        key = self.federation.parties[provider].signing_key
        signature = sign_chunk(
            key, self.digest, provider, column=column, chunk=chunk, payload=sha256(payload)
        )
        return SentChunk(column, chunk, payload, signature)

    def provider_of(self, column: int) -> AgencyId:
        role = self.plan.columns[column].role
        return next(entry.agency for entry in self.statement.providers if entry.role == role)

    def manifest(
        self, provider: AgencyId, chunks: Sequence[SentChunk], signer: AgencyId | None = None
    ) -> Envelope:
        """A provider's signed manifest over those of ``chunks`` that are its own."""
        columns: dict[int, bytes] = {}
        for sent in sorted(chunks, key=lambda sent: (sent.column, sent.chunk)):
            if self.provider_of(sent.column) == provider:
                columns[sent.column] = columns.get(sent.column, b"") + sha256(sent.payload)
        signer = signer or provider
        return sign(
            Domain.COLUMN_MANIFEST,
            encode_column_manifest(ColumnManifest(self.digest, provider, columns)),
            self.federation.parties[signer].signing_key,
            signer,
        )

    def manifests(self, chunks: Sequence[SentChunk]) -> list[Envelope]:
        return [self.manifest(entry.agency, chunks) for entry in self.statement.providers]

    def unsealed(self, verdicts: Sequence[bytes]) -> NDArray[np.uint8]:
        """The verdicts of all slots, opened with the requester's result key."""
        opened = [
            unseal(self.result_key, verdict_seal_info(self.digest, chunk), sealed)
            for chunk, sealed in enumerate(verdicts)
        ]
        return np.frombuffer(b"".join(opened), dtype=np.uint8)

    def reference(self) -> NDArray[np.uint8]:
        table = {
            name: Values(codes, codes != self.programme.catalogue.attributes[name].absent_code)
            for name, codes in self.answers.items()
        }
        return reference_verdicts(self.programme, self.statement.reference_date, table)


def new_scene(federation: Federation, *, chunks: int = 2, run: str = "ab" * 16) -> Scene:
    """A run of the city's programme whose agencies hold random values, absences among them."""
    chance = np.random.default_rng(20260601)
    programme = load_programme(programme_path("city/support"))
    answers = {
        name: chance.integers(
            attribute.low, attribute.absent_code + 1, chunks * CHUNK_SLOTS
        ).astype(np.int32)
        for name, attribute in programme.catalogue.attributes.items()
    }
    return scene_of(federation, programme, answers, DAY, run=run)


def scene_of(
    federation: Federation,
    programme: Programme,
    answers: Mapping[AttributeName, NDArray[np.int32]],
    day: dt.date,
    *,
    run: str = "ab" * 16,
) -> Scene:
    """A run of ``programme`` whose agencies answer with these codes, whole chunks of them.

    Every role is held by the agency of its name.
    """
    bundle = dump_bundle(programme)
    digest = bundle_digest(bundle)
    plan = compile_plan(programme, digest, Scheme.ENCLAVE, ColumnKind.VALUE, day)
    result_key = SealingKey.generate()
    statement = RunStatement(
        run_id=RunId(run),
        nonce=sha256(run.encode()),
        requester=programme.requester,
        programme_digest=digest,
        plan_digest=plan.digest,
        scheme=Scheme.ENCLAVE,
        column_kind=ColumnKind.VALUE,
        parameters="",
        public_key_digest=None,
        evaluation_key_digest=None,
        control_commitment=sha256(b"controls"),
        cohort_commitment=sha256(b"cohort"),
        providers=tuple(
            ProviderAssignment(role, AgencyId(role), sha256(role.encode())) for role in plan.roles
        ),
        chunks=len(next(iter(answers.values()))) // plan.chunk_slots,
        reference_date=day,
        result_key=result_key.public_bytes,
        issued_at=NOW - 10,
        expires_at=NOW + 3600,
    )
    return Scene(federation, answers, statement, bundle, programme, plan, result_key)


def new_federation(
    directory: Path,
    now: int = NOW,
    agencies: Sequence[AgencyId] = (CITY, TAX, WELFARE, OUTSIDER),
) -> Federation:
    """An authority with the city's agencies, and one that has no part in the run."""
    authority = create_authority(directory, now)
    return Federation(
        authority.authority,
        {agency: issue_identity(authority, agency, now, days=30) for agency in agencies},
    )
