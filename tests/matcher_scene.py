"""A federation, a real matcher on loopback, and parties that speak the protocol to it.

Everything is real: certificates, mTLS, keys, rosters, ciphertexts. The parties here do what the
agents do, one call at a time, so that a test can leave out, repeat or forge any step.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from eligibility.v1 import common_pb2, matcher_pb2, matcher_pb2_grpc
from numpy.typing import NDArray

from clients.requester.cohort import cohort_of
from clients.requester.cohort_terms import CohortTerms
from clients.requester.draft import Draft, PreparedProgramme, draft_run, prepare
from clients.requester.keys import make_key
from clients.requester.rosters import make_rosters
from clients.schemes.encryptors import encryptor
from clients.transport.channel import connect
from fusuma.pki import create_authority, issue_identity
from matcher.core.binding import Domain, column_seal_info, sha256
from matcher.core.errors import FusumaError
from matcher.core.grants import GrantTable
from matcher.core.identifiers import AgencyId, AttributeName, Digest, Role, RunId
from matcher.core.plan import Plan, Question, answer_question, encode_answers
from matcher.core.programme import Programme, Unit
from matcher.core.reference import reference_decisions
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.table import Grouping, Table, Values
from matcher.core.values import pack_values
from matcher.identity.card import verify_card
from matcher.identity.envelope import Envelope, sign, sign_chunk
from matcher.identity.identity import Identity
from matcher.identity.sealing import seal
from matcher.language.grants_file import load_grants
from matcher.language.programme_file import load_programme
from matcher.service.config import MatcherConfig
from matcher.service.server import MatcherServer
from matcher.wire.envelope import card_message, envelope_message
from matcher.wire.evidence import decode_evidence
from matcher.wire.manifest import ColumnManifest, encode_column_manifest
from matcher.wire.status import from_rpc_error
from programmes import programme_path

DAY = dt.date(2026, 6, 1)
CITY, TAX, WELFARE = AgencyId("city-benefits"), AgencyId("tax"), AgencyId("welfare")
TAX_NORTH, TAX_SOUTH = AgencyId("tax-north"), AgencyId("tax-south")
OUTSIDER, MATCHER = AgencyId("registry"), AgencyId("matcher")
PROVIDERS = {Role("tax"): TAX, Role("welfare"): WELFARE}


def federation(directory: Path) -> Mapping[AgencyId, Identity]:
    """Make an authority and all parties' identities."""
    now = int(time.time())
    authority = create_authority(directory, now)
    return {
        agency: issue_identity(
            authority, agency, now, hosts=("localhost", "127.0.0.1") if agency == MATCHER else ()
        )
        for agency in (MATCHER, CITY, TAX, TAX_NORTH, TAX_SOUTH, WELFARE, OUTSIDER)
    }


def grants() -> GrantTable:
    """The legal table of the shipped programmes, the same for the tax offices of two regions."""
    files = ("city/grants.yaml", "benchmark/grants.yaml")
    rows = [grant for file in files for grant in load_grants(programme_path(file)).grants]
    regional = [
        replace(grant, provider=agency)
        for grant in rows
        if grant.provider == TAX
        for agency in (TAX_NORTH, TAX_SOUTH)
    ]
    return GrantTable((*rows, *regional))


@contextlib.asynccontextmanager
async def serving(
    directory: Path,
    parties: Mapping[AgencyId, Identity],
    clock: Callable[[], float] = time.time,
    table: GrantTable | None = None,
    **changes: Any,
) -> AsyncIterator[MatcherServer]:
    """A matcher with its data in ``directory``, on a free port."""
    await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
    config = MatcherConfig(
        listen="127.0.0.1:0",
        identity=Path(parties[MATCHER].directory),
        data=directory,
        grants=(),
        workers=1,
    )
    server = MatcherServer(replace(config, **changes), parties[MATCHER], table or grants(), clock)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()


@contextlib.contextmanager
def raised_here() -> Iterator[None]:
    """Raise what a peer was told as this side's own error."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error) from error


class Party:
    """One agency with a connection to the matcher."""

    def __init__(self, identity: Identity, channel: grpc.aio.Channel) -> None:
        self.identity = identity
        self.agency = identity.agency
        self.directory = matcher_pb2_grpc.DirectoryStub(channel)
        self.runs = matcher_pb2_grpc.RunsStub(channel)
        self.work = matcher_pb2_grpc.WorkStub(channel)
        self.programmes = matcher_pb2_grpc.ProgrammesStub(channel)

    async def register(self) -> None:
        with raised_here():
            await self.directory.RegisterCard(
                matcher_pb2.RegisterCardRequest(card=card_message(self.identity.signed_card))
            )


@contextlib.asynccontextmanager
async def connected(
    server: MatcherServer, parties: Mapping[AgencyId, Identity]
) -> AsyncIterator[dict[AgencyId, Party]]:
    """All agencies, connected and with their cards registered."""
    async with contextlib.AsyncExitStack() as stack:
        result = {}
        for agency, identity in parties.items():
            channel = await connect(identity, f"127.0.0.1:{server.port}")
            await stack.enter_async_context(channel)
            result[agency] = Party(identity, channel)
            if agency != MATCHER:
                await result[agency].register()
        yield result


@dataclass(frozen=True)
class Scene:
    """One drafted run over random subjects, with what every provider would answer."""

    prepared: PreparedProgramme
    draft: Draft
    table: Table
    grouping: Grouping | None
    answers: Sequence[NDArray[np.int32]] = field(repr=False)

    @property
    def plan(self) -> Plan:
        return self.prepared.plan

    @property
    def run(self) -> RunId:
        return self.draft.statement.run_id

    @property
    def name(self) -> str:
        return f"runs/{self.run}"

    @property
    def expected(self) -> NDArray[np.uint8]:
        """The decisions of the subjects, from the plaintext."""
        return reference_decisions(self.plan.programme, DAY, self.table, self.grouping)

    def create_request(self, **changes: Any) -> matcher_pb2.CreateRunRequest:
        request = matcher_pb2.CreateRunRequest(
            statement=envelope_message(self.draft.envelope), bundle=self.prepared.bundle
        )
        for name, value in changes.items():
            if isinstance(value, Envelope):
                getattr(request, name).CopyFrom(envelope_message(value))
            else:
                setattr(request, name, value)
        return request

    def columns_of(self, agency: AgencyId) -> tuple[int, ...]:
        place = self.draft.statement.place_of(agency)
        return tuple(column.index for column in self.plan.columns_of(*place))

    def payload(self, column: int, chunk: int, evidence: bytes = b"") -> bytes:
        """One chunk of one column, encrypted or sealed."""
        slots = slice(chunk * self.plan.chunk_slots, (chunk + 1) * self.plan.chunk_slots)
        question = self.plan.questions[self.plan.columns[column].question]
        codes = self.answers[question.index][slots]
        statement = self.draft.statement
        if statement.scheme is Scheme.ENCLAVE:
            assert question.attribute is not None
            sender = statement.agencies_of(question.role)[question.provider]
            info = column_seal_info(self.draft.digest, sender, column, chunk, statement.result_key)
            key = decode_evidence(evidence).sealing_key
            elsewhere = question.elsewhere is not None
            return seal(key, info, pack_values(question.attribute, codes, elsewhere=elsewhere))
        assert self.plan.parameters is not None
        assert self.draft.key.public_key is not None
        key = encryptor(self.plan.parameters, statement.nonce, self.draft.key.public_key)
        return key.encrypt(encode_answers(self.plan, question, codes)[column])


def terms_of(
    plan: Plan, agencies: Mapping[Role, tuple[AgencyId, ...]] | None = None
) -> CohortTerms:
    """What a run of ``plan`` asks of a cohort, between the usual agencies and ``agencies``."""
    usual = {role: (PROVIDERS.get(role, AgencyId(role)),) for role in plan.agencies}
    return CohortTerms.of(plan.programme, usual | dict(agencies or {}))


def draw(
    identity: Identity,
    *,
    programme: str | Programme = "city/support.yaml",
    subjects: int = 40,
    scheme: Scheme = Scheme.BGV,
    kind: ColumnKind = ColumnKind.DECISION,
    agencies: Mapping[Role, tuple[AgencyId, ...]] | None = None,
    seed: int = 1,
    **changes: Any,
) -> Scene:
    """Draft a run of a programme, shipped or not, for random subjects, some unknown to an agency.

    Where several ``agencies`` answer for a role, everybody is assigned to one at random.
    """
    rng = np.random.default_rng(seed)
    counts = {role: len(several) for role, several in (agencies or {}).items()}
    if isinstance(programme, str):
        programme = load_programme(programme_path(programme))
    prepared = prepare(programme, scheme, kind, DAY, agencies=counts)
    plan = prepared.plan
    terms = terms_of(plan, agencies)
    people = _People.drawn(plan, subjects, rng)
    cohort = cohort_of(
        [f"{'household' if terms.households else 'resident'}-{one}" for one in people.group_of],
        terms,
        members=[f"resident-{number}" for number in range(len(people.group_of))]
        if terms.households
        else None,
        agencies={
            role: [several[place] for place in people.place_of[role]]
            for role, several in terms.agencies.items()
            if len(several) > 1
        },
    )
    run, nonce = RunId(secrets.token_hex(16)), secrets.token_bytes(32)
    rosters = make_rosters(plan, cohort, run, secrets.token_bytes)
    now = int(time.time())
    times: dict[str, Any] = {"issued_at": now, "expires_at": now + 3600, **changes}
    draft = draft_run(
        prepared,
        identity,
        make_key(plan, nonce),
        rosters,
        **{"run": run, "nonce": nonce, **times},
    )
    seating = rosters.seating
    answers = []
    for question in plan.questions:
        codes = np.empty(len(seating.chunks) * plan.chunk_slots, dtype=np.int32)
        codes[seating.slot_of] = people.answers(plan, question)
        for chunk, controls in enumerate(seating.chunks):
            slots = chunk * plan.chunk_slots + controls.slots.astype(np.int64)
            codes[slots] = controls.answers[question.index]
        answers.append(codes)
    return Scene(prepared, draft, people.table, people.grouping, answers)


@dataclass(frozen=True)
class _People:
    """Random people: the subjects themselves, or the members of households.

    Attributes:
        table: what is known of everybody.
        subjects: how many.
        households: whether subjects are households.
        group_of: whose member everybody is, ascending.
        seat_of: the place of everybody in the household.
        place_of: by role, the number of the agency that everybody is assigned to.
    """

    table: Table
    subjects: int
    households: bool
    group_of: NDArray[np.int32]
    seat_of: NDArray[np.int64]
    place_of: Mapping[Role, NDArray[np.int64]]

    @classmethod
    def drawn(cls, plan: Plan, subjects: int, rng: np.random.Generator) -> _People:
        sizes = rng.integers(1, plan.seats + 1, subjects)
        group_of = np.repeat(np.arange(subjects, dtype=np.int32), sizes)
        count = len(group_of)
        table = {
            AttributeName(name): Values(
                rng.integers(attribute.low, attribute.high + 1, count, dtype=np.int32),
                rng.random(count) < 0.9,
            )
            for name, attribute in plan.attributes.items()
        }
        return cls(
            table=table,
            subjects=subjects,
            households=plan.programme.unit is Unit.HOUSEHOLD,
            group_of=group_of,
            seat_of=np.arange(count) - np.repeat(np.cumsum(sizes) - sizes, sizes),
            place_of={
                role: rng.integers(0, several, count) for role, several in plan.agencies.items()
            },
        )

    @property
    def grouping(self) -> Grouping | None:
        return Grouping(self.subjects, self.group_of) if self.households else None

    def answers(self, plan: Plan, question: Question) -> NDArray[np.int32]:
        """What the question's agency answers about every subject."""
        own = self.place_of[question.role] == question.provider
        if self.households and question.kind is ColumnKind.DECISION:
            grouping = Grouping(self.subjects, self.group_of[own])
            return answer_question(question, plan.attributes, self._rows(own), grouping)
        own &= self.seat_of == question.seat
        codes = np.full(self.subjects, question.elsewhere or 0, dtype=np.int32)
        codes[self.group_of[own]] = answer_question(question, plan.attributes, self._rows(own))
        return codes

    def _rows(self, rows: NDArray[np.bool_]) -> Table:
        return {
            name: Values(values.codes[rows], values.present[rows])
            for name, values in self.table.items()
        }


# --- What a requester does ------------------------------------------------------------------------


async def create(city: Party, scene: Scene, **changes: Any) -> matcher_pb2.Run:
    with raised_here():
        return await city.runs.CreateRun(scene.create_request(**changes))


async def upload(
    city: Party,
    scene: Scene,
    kind: matcher_pb2.ObjectKind.ValueType,
    data: bytes,
    *,
    provider: str = "",
    digest: bytes | None = None,
    size: int | None = None,
) -> None:
    header = matcher_pb2.ObjectHeader(
        run=scene.name,
        kind=kind,
        provider=provider,
        size=len(data) if size is None else size,
        digest=sha256(data) if digest is None else digest,
    )
    step = 1 << 18

    async def requests() -> AsyncIterator[matcher_pb2.UploadObjectRequest]:
        yield matcher_pb2.UploadObjectRequest(header=header)
        for start in range(0, len(data), step):
            yield matcher_pb2.UploadObjectRequest(data=data[start : start + step])

    with raised_here():
        await city.runs.UploadObject(requests())


async def upload_keys(city: Party, scene: Scene) -> None:
    key = scene.draft.key
    if key.public_key is not None:
        await upload(city, scene, matcher_pb2.OBJECT_KIND_PUBLIC_KEY, key.public_key)
    if key.evaluation_key is not None:
        await upload(city, scene, matcher_pb2.OBJECT_KIND_EVALUATION_KEY, key.evaluation_key)


async def upload_rosters(city: Party, scene: Scene, parties: Mapping[AgencyId, Party]) -> None:
    for agency in (entry.agency for entry in scene.draft.statement.providers):
        identity = parties[agency].identity
        card = verify_card(identity.signed_card, identity.authority, int(time.time()))
        sealed = scene.draft.rosters.sealed(scene.draft.digest, card)
        await upload(city, scene, matcher_pb2.OBJECT_KIND_ROSTER, sealed, provider=agency)


async def start(parties: Mapping[AgencyId, Party], scene: Scene) -> matcher_pb2.Run:
    """Create a run and upload everything that belongs to it."""
    run = await create(parties[CITY], scene)
    await upload_keys(parties[CITY], scene)
    await upload_rosters(parties[CITY], scene, parties)
    return run


async def state(city: Party, scene: Scene) -> matcher_pb2.Run:
    with raised_here():
        return await city.runs.GetRun(matcher_pb2.GetRunRequest(name=scene.name))


async def ended(city: Party, scene: Scene) -> matcher_pb2.Run:
    """Watch a run to its end."""
    last = matcher_pb2.Run()
    with raised_here():
        async for run in city.runs.WatchRun(matcher_pb2.WatchRunRequest(name=scene.name)):
            last = run
    return last


async def fetch(city: Party, scene: Scene) -> list[matcher_pb2.FetchResultsResponse]:
    with raised_here():
        call = city.runs.FetchResults(matcher_pb2.FetchResultsRequest(name=scene.name))
        return [response async for response in call]


def verdicts(
    scene: Scene, responses: Sequence[matcher_pb2.FetchResultsResponse]
) -> NDArray[np.uint8]:
    """Open all outputs and return the decisions of the subjects."""
    opener = scene.draft.key.opener(scene.draft.digest)
    chunks: dict[int, dict[int, bytes]] = {}
    for response in responses:
        for output in response.outputs.chunks:
            chunks.setdefault(output.chunk, {})[output.output] = output.payload
    decided = [
        opener.decide([opener.open(chunk, chunks[chunk][key]) for key in sorted(chunks[chunk])])
        for chunk in sorted(chunks)
    ]
    return np.concatenate(decided)[scene.draft.rosters.seating.slot_of]


# --- What a provider does -------------------------------------------------------------------------


async def next_work_of(party: Party, scene: Scene, seconds: float = 10.0) -> matcher_pb2.WorkItem:
    """Watch for work until the matcher tells of ``scene``'s run."""
    call = party.work.WatchWork(matcher_pb2.WatchWorkRequest())
    try:
        async with asyncio.timeout(seconds):
            async for item in call:
                if item.run == scene.name:
                    return item
    finally:
        call.cancel()
    raise AssertionError("the stream ended")


async def fetch_object(party: Party, scene: Scene, kind: matcher_pb2.ObjectKind.ValueType) -> bytes:
    request = matcher_pb2.FetchObjectRequest(run=scene.name, kind=kind)
    with raised_here():
        return b"".join([part.data async for part in party.work.FetchObject(request)])


async def list_chunks(party: Party, scene: Scene) -> list[matcher_pb2.ReceivedChunk]:
    with raised_here():
        response = await party.work.ListChunks(matcher_pb2.ListChunksRequest(run=scene.name))
    return list(response.chunks)


async def decline(party: Party, scene: Scene, reason: str) -> None:
    with raised_here():
        await party.work.DeclineWork(matcher_pb2.DeclineWorkRequest(run=scene.name, reason=reason))


async def cancel(party: Party, scene: Scene) -> matcher_pb2.Run:
    with raised_here():
        return await party.runs.CancelRun(matcher_pb2.CancelRunRequest(name=scene.name))


async def until_outputs(city: Party, scene: Scene, count: int, seconds: float = 5.0) -> None:
    """Wait until ``count`` output chunks are evaluated."""
    async with asyncio.timeout(seconds):
        while (await state(city, scene)).outputs_done < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def until_gone(path: Path, seconds: float = 5.0) -> None:
    """Wait until a deletion that goes on in the background is done."""
    async with asyncio.timeout(seconds):
        while await asyncio.to_thread(path.exists):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def signed_chunk(  # noqa: PLR0917 - a chunk is all of this
    party: Party,
    scene: Scene,
    column: int,
    chunk: int,
    payload: bytes,
    signing: Mapping[str, Any] | None = None,
) -> common_pb2.ColumnChunk:
    """A chunk as its provider sends it; ``signing`` replaces what the signature says."""
    bound: dict[str, Any] = {"statement": scene.draft.digest, "column": column, "chunk": chunk}
    bound.update(signing or {})
    signature = sign_chunk(
        party.identity.signing_key,
        bound["statement"],
        bound.get("provider", party.agency),
        column=bound["column"],
        chunk=bound["chunk"],
        payload=sha256(payload),
    )
    return common_pb2.ColumnChunk(column=column, chunk=chunk, payload=payload, signature=signature)


def chunks_of(party: Party, scene: Scene, evidence: bytes = b"") -> list[common_pb2.ColumnChunk]:
    """Everything ``party`` has to send."""
    return [
        signed_chunk(party, scene, column, chunk, scene.payload(column, chunk, evidence))
        for chunk in range(scene.draft.statement.chunks)
        for column in scene.columns_of(party.agency)
    ]


async def send(
    party: Party, scene: Scene, chunks: Sequence[common_pb2.ColumnChunk], *, together: bool = False
) -> int:
    """Upload ``chunks``, each in a message of its own or all in one."""

    async def requests() -> AsyncIterator[matcher_pb2.UploadChunksRequest]:
        if together:
            yield matcher_pb2.UploadChunksRequest(run=scene.name, chunks=chunks)
            return
        yield matcher_pb2.UploadChunksRequest(run=scene.name)
        for chunk in chunks:
            yield matcher_pb2.UploadChunksRequest(chunks=[chunk])

    with raised_here():
        response = await party.work.UploadChunks(requests())
    return int(response.chunks_received)


def manifest_over(party: Party, scene: Scene, chunks: Sequence[common_pb2.ColumnChunk]) -> Envelope:
    digests: dict[int, dict[int, Digest]] = {}
    for chunk in chunks:
        digests.setdefault(chunk.column, {})[chunk.chunk] = sha256(chunk.payload)
    manifest = ColumnManifest(
        scene.draft.digest,
        party.agency,
        {
            column: b"".join(by_chunk[chunk] for chunk in sorted(by_chunk))
            for column, by_chunk in sorted(digests.items())
        },
    )
    payload = encode_column_manifest(manifest)
    return sign(Domain.COLUMN_MANIFEST, payload, party.identity.signing_key, party.agency)


async def submit(party: Party, scene: Scene, manifest: Envelope) -> None:
    with raised_here():
        await party.work.SubmitManifest(
            matcher_pb2.SubmitManifestRequest(run=scene.name, manifest=envelope_message(manifest))
        )


async def answer(party: Party, scene: Scene, evidence: bytes = b"") -> None:
    """Do all of a provider's part."""
    chunks = chunks_of(party, scene, evidence)
    await send(party, scene, chunks)
    await submit(party, scene, manifest_over(party, scene, chunks))


async def answer_rest(party: Party, scene: Scene, sent: Sequence[common_pb2.ColumnChunk]) -> None:
    """Make and send the chunks that are not among ``sent``, then sign for all."""
    done = {(chunk.column, chunk.chunk) for chunk in sent}
    rest = [chunk for chunk in chunks_of(party, scene) if (chunk.column, chunk.chunk) not in done]
    await send(party, scene, rest)
    await submit(party, scene, manifest_over(party, scene, [*sent, *rest]))


async def refused(kind: type[FusumaError], call: Any) -> FusumaError:
    """Await ``call`` and return the refusal it must end with."""
    with pytest.raises(FusumaError) as raised:
        await call
    assert type(raised.value) is kind, repr(raised.value)
    return raised.value
