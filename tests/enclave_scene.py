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
from matcher.core.identifiers import AgencyId, Digest, Role, RunId
from matcher.core.plan import Plan, compile_plan
from matcher.core.programme import Programme, Unit
from matcher.core.reference import reference_decisions
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.statement import ProviderAssignment, RunStatement
from matcher.core.table import Grouping, Values
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
TAX_NORTH, TAX_SOUTH = AgencyId("tax-north"), AgencyId("tax-south")
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
    """One enclave run, from the requester's and the providers' side.

    Attributes:
        answers: to every question of the plan, whole chunks of them.
        truth: the decisions that follow from everybody's values.
    """

    federation: Federation
    answers: Sequence[NDArray[np.int32]]
    truth: NDArray[np.uint8]
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
        slots = slice(chunk * self.plan.chunk_slots, (chunk + 1) * self.plan.chunk_slots)
        question = self.plan.questions[column]
        assert question.attribute is not None
        packed = pack_values(
            question.attribute,
            self.answers[column][slots],
            elsewhere=question.elsewhere is not None,
        )
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
        sent = self.plan.columns[column]
        return self.statement.agencies_of(sent.role)[sent.provider]

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
        """The decisions of all slots, opened with the requester's result key."""
        opened = [
            unseal(self.result_key, verdict_seal_info(self.digest, chunk), sealed)
            for chunk, sealed in enumerate(verdicts)
        ]
        return np.frombuffer(b"".join(opened), dtype=np.uint8)


def new_scene(federation: Federation, *, chunks: int = 2, run: str = "ab" * 16) -> Scene:
    """A run of the city's programme whose agencies hold random values, absences among them."""
    return scene_of(
        federation, load_programme(programme_path("city/support")), chunks=chunks, run=run
    )


def scene_of(
    federation: Federation,
    programme: Programme,
    agencies: Mapping[Role, Sequence[AgencyId]] | None = None,
    *,
    chunks: int = 1,
    run: str = "ab" * 16,
) -> Scene:
    """A run of ``programme`` about random people, absences among them.

    Args:
        federation: with all agencies of the run.
        programme: of persons or households.
        agencies: by role, ascending; the agency of its name for a role that is missing. Everybody
            is assigned to one of them at random.
        chunks: how many; there are no control slots, which an enclave cannot tell apart.
        run: its id.
    """
    named = {role: (AgencyId(role),) for role in programme.items()} | {
        role: tuple(several) for role, several in (agencies or {}).items()
    }
    counts = {role: len(several) for role, several in named.items()}
    bundle = dump_bundle(programme)
    digest = bundle_digest(bundle)
    plan = compile_plan(programme, digest, Scheme.ENCLAVE, ColumnKind.VALUE, DAY, agencies=counts)
    answers, truth = _drawn(plan, chunks * plan.chunk_slots)
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
            ProviderAssignment(role, agency, sha256(agency.encode()))
            for role, several in sorted(named.items())
            for agency in several
        ),
        chunks=chunks,
        reference_date=DAY,
        result_key=result_key.public_bytes,
        issued_at=NOW - 10,
        expires_at=NOW + 3600,
    )
    return Scene(federation, answers, truth, statement, bundle, programme, plan, result_key)


def _drawn(plan: Plan, slots: int) -> tuple[list[NDArray[np.int32]], NDArray[np.uint8]]:
    """Random people in ``slots`` slots: the answers about them, and what they deserve."""
    chance = np.random.default_rng(20260601)
    sizes = chance.integers(1, plan.seats + 1, slots)
    slot_of = np.repeat(np.arange(slots, dtype=np.int32), sizes)
    seat_of = np.arange(len(slot_of)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    place_of = {
        role: chance.integers(0, count, len(slot_of)) for role, count in plan.agencies.items()
    }
    codes = {
        name: chance.integers(
            attribute.low, attribute.high + (1 if attribute.closed_world else 2), len(slot_of)
        ).astype(np.int32)
        for name, attribute in plan.attributes.items()
    }
    answers = []
    for question in plan.questions:
        assert question.attribute is not None
        answered = np.full(slots, question.elsewhere or 0, dtype=np.int32)
        own = (place_of[question.role] == question.provider) & (seat_of == question.seat)
        answered[slot_of[own]] = codes[question.attribute.name][own]
        answers.append(answered)
    table = {
        name: Values(values, values != plan.attributes[name].absent_code)
        for name, values in codes.items()
    }
    household = plan.programme.unit is Unit.HOUSEHOLD
    grouping = Grouping(slots, slot_of) if household else None
    return answers, reference_decisions(plan.programme, plan.reference_date, table, grouping)


def new_federation(
    directory: Path,
    now: int = NOW,
    agencies: Sequence[AgencyId] = (CITY, TAX, WELFARE, TAX_NORTH, TAX_SOUTH, OUTSIDER),
) -> Federation:
    """An authority with the city's agencies, and one that has no part in the run."""
    authority = create_authority(directory, now)
    return Federation(
        authority.authority,
        {agency: issue_identity(authority, agency, now, days=30) for agency in agencies},
    )
