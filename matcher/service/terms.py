"""What a run was admitted under: fixed from its creation to its end.

Nothing here does I/O. Whoever holds terms may rely on the statement having been checked against
its signature, the programme, the grants and the cards (see ``admission``).

Rules:
 * The cards are those of the moment of admission: a key changed later does not change the run.
 * Every agency sends its own columns: those of its role with its number among the role's agencies.
 * How long a payload must be follows from the plan alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from matcher.core.binding import Domain
from matcher.core.circuit import columns_of
from matcher.core.errors import ForeignChunk, InvalidCiphertext, NotYours, StatementMismatch
from matcher.core.identifiers import AgencyId, Digest, RunId
from matcher.core.plan import Plan
from matcher.core.scheme import Scheme
from matcher.core.statement import RunStatement
from matcher.core.values import bytes_per_value
from matcher.identity.card import Card
from matcher.identity.envelope import Envelope, open_envelope
from matcher.identity.sealing import SEAL_OVERHEAD_BYTES
from matcher.service.store import ObjectKind
from matcher.wire.manifest import ColumnManifest, decode_column_manifest
from matcher.wire.roster import padded_bytes


@dataclass(frozen=True, slots=True)
class RunTerms:
    """The checked statement of a run and everything derived from it.

    Attributes:
        envelope: the statement as signed.
        bundle: the programme bundle.
        signed_cards: serialised, of the requester and every provider.
        cards: the same, verified.
        columns: the columns each provider sends, ascending.
        outputs_of: the outputs that read a column.
        columns_needed: the columns an output reads, ascending; empty for an enclave.
    """

    statement: RunStatement
    digest: Digest
    envelope: Envelope
    bundle: bytes
    plan: Plan
    signed_cards: Mapping[AgencyId, bytes]
    cards: Mapping[AgencyId, Card]
    columns: Mapping[AgencyId, tuple[int, ...]] = field(init=False)
    columns_needed: Mapping[int, tuple[int, ...]] = field(init=False)
    outputs_of: Mapping[int, tuple[int, ...]] = field(init=False)

    def __post_init__(self) -> None:
        columns = {
            agency: tuple(
                column.index for column in self.plan.columns_of(*self.statement.place_of(agency))
            )
            for agency in self.providers
        }
        needed = {
            output.index: tuple(sorted(set(columns_of(output.circuit))))
            for output in self.plan.outputs
            if output.circuit is not None
        }
        outputs_of = {
            column.index: tuple(number for number, reads in needed.items() if column.index in reads)
            for column in self.plan.columns
        }
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "columns_needed", needed)
        object.__setattr__(self, "outputs_of", outputs_of)

    @property
    def run(self) -> RunId:
        """The run's id."""
        return self.statement.run_id

    @property
    def enclave(self) -> bool:
        """Whether an enclave evaluates the run."""
        return self.statement.scheme is Scheme.ENCLAVE

    @property
    def providers(self) -> tuple[AgencyId, ...]:
        """The providers in the statement's order, which that of input manifests is."""
        return tuple(provider.agency for provider in self.statement.providers)

    @property
    def chunks_expected(self) -> int:
        """Chunk payloads of all columns together."""
        return len(self.plan.columns) * self.statement.chunks

    def largest_object(self, kind: ObjectKind) -> int:
        """Return an upper bound of an object's bytes."""
        parameters = self.plan.parameters
        if kind is ObjectKind.ROSTER:
            return padded_bytes(self.plan, self.statement.chunks) + SEAL_OVERHEAD_BYTES
        if parameters is None:
            return 0
        if kind is ObjectKind.PUBLIC_KEY:
            return parameters.public_key_bytes
        return parameters.evaluation_key_bytes

    def payload_bytes(self, column: int) -> int:
        """Return the length of a chunk of ``column``: a ciphertext, or values under a seal."""
        plan = self.plan
        if plan.parameters is not None:
            return plan.parameters.ciphertext_bytes
        attribute = plan.questions[plan.columns[column].question].attribute
        if attribute is None:
            raise StatementMismatch("a value column is of no attribute", where=f"runs/{self.run}")
        return plan.chunk_slots * bytes_per_value(attribute) + SEAL_OVERHEAD_BYTES

    def objects(self) -> Mapping[tuple[ObjectKind, AgencyId | None], Digest | None]:
        """Return the objects the run needs, with the digest the statement promises, if any."""
        needed: dict[tuple[ObjectKind, AgencyId | None], Digest | None] = {}
        if self.statement.public_key_digest is not None:
            needed[ObjectKind.PUBLIC_KEY, None] = self.statement.public_key_digest
        if self.statement.evaluation_key_digest is not None:
            needed[ObjectKind.EVALUATION_KEY, None] = self.statement.evaluation_key_digest
        for agency in self.providers:
            # The statement commits to the roster itself; the matcher sees it sealed only.
            needed[ObjectKind.ROSTER, agency] = None
        return needed

    def open_manifest(self, provider: AgencyId, envelope: Envelope) -> ColumnManifest:
        """Return the column manifest in ``envelope`` if it is ``provider``'s for this run.

        Raises:
            InvalidSignature: it is not signed under the provider's card.
            InvalidMessage, StatementMismatch: it is malformed, or of another run or provider.
        """
        payload = open_envelope(Domain.COLUMN_MANIFEST, envelope, self.cards[provider])
        manifest = decode_column_manifest(payload)
        manifest.check(self.digest, provider, self.columns[provider], self.statement.chunks)
        return manifest

    def check_position(self, provider: AgencyId, column: int, chunk: int, length: int) -> None:
        """Check that ``provider`` may send this chunk of this length.

        Raises:
            NotYours: the caller is no provider of the run.
            ForeignChunk: column or chunk number are not of this run and provider.
            InvalidCiphertext: a payload of this length is not of the run's parameters.
        """
        mine = self.columns.get(provider)
        if mine is None:
            raise NotYours("the run does not ask this agency", where=f"runs/{self.run}")
        place = f"runs/{self.run}, column {column}, chunk {chunk}"
        if column not in mine:
            raise ForeignChunk("the column is another agency's, or none of the plan's", where=place)
        if chunk >= self.statement.chunks:
            raise ForeignChunk("the run has fewer chunks", where=place)
        if length != self.payload_bytes(column):
            raise InvalidCiphertext(
                "the payload's length is not that of the run's parameters",
                where=place,
                fix="compile the plan again and use its parameters",
            )
