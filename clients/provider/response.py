"""Answers one run, from work item to signed manifest.

Rules:
 * Every check of order, policy, evidence and roster passes before the first column is answered.
 * Whatever can be repeated is: an attempt that loses the matcher is followed by another, which
   sends only what has not arrived.
 * Nothing of the run outlives it: key, roster and columns are dropped at its end.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass

from eligibility.v1 import matcher_pb2, matcher_pb2_grpc

from clients.provider.answering import Answering
from clients.provider.encryption import EncryptionPool
from clients.provider.encryption_worker import RunKey
from clients.provider.holdings import Holdings
from clients.provider.journal import Journal
from clients.provider.order import Order, verify_order
from clients.provider.policy import ApprovalPolicy
from clients.provider.protection import Encryption, Protection, Sealing
from clients.provider.upload import Effort, Upload, received_before
from clients.transport.calls import calling
from clients.transport.objects import fetch_object
from clients.transport.reconnect import waits
from matcher.core.binding import Domain
from matcher.core.errors import RunExpired, StatementMismatch, Unreachable
from matcher.core.plan import Plan
from matcher.identity.envelope import sign
from matcher.identity.identity import Identity
from matcher.wire.envelope import envelope_message
from matcher.wire.manifest import encode_column_manifest
from matcher.wire.roster import OpenedRoster, open_roster

_CALL_SECONDS = 30.0
_CODE_BYTES = 16
_CONTROL_BYTES = 2
_ANSWER_BYTES = 4
_ROSTER_HEADER_BYTES = 64 * 1024

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Responder:
    """An agency ready to answer.

    Attributes:
        identity: of this agency.
        holdings: its tables.
        policy: what it approves.
        journal: what it has approved.
        pool: encrypts.
        window: columns of one run in work at once.
        target: address of the matcher, for messages.
        clock: the time, in UTC.
        random: uniform in [0, 1), for pacing new attempts.
    """

    identity: Identity
    holdings: Holdings
    policy: ApprovalPolicy
    journal: Journal
    pool: EncryptionPool
    window: int
    target: str
    clock: Callable[[], dt.datetime]
    random: Callable[[], float]

    def verify(self, item: matcher_pb2.WorkItem) -> Order:
        """Return ``item`` verified; step 1 of answering it.

        Raises:
            FusumaError: it is not authentic, or does not compile here.
        """
        return verify_order(item, self.identity.authority, int(self.clock().timestamp()))

    async def answer(self, stub: matcher_pb2_grpc.WorkAsyncStub, order: Order) -> Effort:
        """Answer a verified order and return what it cost.

        2. Policy approves requester, affair, items, programme, scheme and budget.
        3. The attributes are held here, in the programme's terms.
        4. The enclave's evidence is accepted, or the public key is the statement's.
        5. The roster is the statement's and keeps the rules of canaries.
        6. The cohort is large enough; the journal has the run.
        7. Columns are answered, protected, signed and uploaded; then the manifest.

        Raises:
            FusumaError: a step failed, or the run has ended meanwhile.
        """
        # 2. Policy approves requester, affair, items, programme, scheme and budget.
        self.policy.approve_run(
            order.statement, order.plan, self.identity.agency, self.journal, self.clock()
        )
        pace = waits(self.random)
        effort = Effort()
        while True:
            try:
                await self._attempt(stub, order, effort)
            except Unreachable:
                log.warning("event=interrupted run=%s action=resume", order.run)
                await asyncio.sleep(min(next(pace), self._seconds_left(order)))
            else:
                return effort

    async def _attempt(
        self, stub: matcher_pb2_grpc.WorkAsyncStub, order: Order, effort: Effort
    ) -> None:
        # 3. The attributes are held here, in the programme's terms.
        statement, plan = order.statement, order.plan
        role = next(one.role for one in statement.providers if one.agency == self.identity.agency)
        answering = Answering(plan, role, self.holdings.select(plan.programme.catalogue, role))
        # 4. The enclave's evidence is accepted, or the public key is the statement's.
        protection = await self._protection(stub, order)
        try:
            # 5. The roster is the statement's and keeps the rules of canaries.
            roster = await self._roster(stub, order)
            # 6. The cohort is large enough; the journal has the run.
            people = self.policy.approve_cohort(plan.chunk_slots, roster.controls)
            self.journal.approved(
                order.run, statement.requester, plan.programme.id, people, self.clock()
            )
            # 7. Columns are answered, protected, signed and uploaded; then the manifest.
            upload = Upload(
                order,
                self.identity,
                roster,
                answering,
                protection,
                self.window,
                self.target,
                effort,
            )
            await self._send(stub, upload)
        finally:
            protection.close()

    async def _send(self, stub: matcher_pb2_grpc.WorkAsyncStub, upload: Upload) -> None:
        order = upload.order
        with calling(self.target):
            listed = await stub.ListChunks(
                matcher_pb2.ListChunksRequest(run=order.name), timeout=_CALL_SECONDS
            )
        digests = received_before(order, self.identity, listed.chunks)
        await upload.send(stub, digests, self._seconds_left(order))
        payload = encode_column_manifest(digests.manifest(order.digest, self.identity.agency))
        envelope = sign(
            Domain.COLUMN_MANIFEST, payload, self.identity.signing_key, self.identity.agency
        )
        with calling(self.target):
            await stub.SubmitManifest(
                matcher_pb2.SubmitManifestRequest(
                    run=order.name, manifest=envelope_message(envelope)
                ),
                timeout=_CALL_SECONDS,
            )

    async def _protection(self, stub: matcher_pb2_grpc.WorkAsyncStub, order: Order) -> Protection:
        statement, parameters = order.statement, order.plan.parameters
        if parameters is None:
            appraisal = self.policy.approve_enclave(
                order.evidence, statement, order.digest, self.clock()
            )
            return Sealing(appraisal.sealing_key, statement, order.digest, self.identity.agency)
        if statement.public_key_digest is None:
            raise StatementMismatch("the run statement names no public key", where=order.name)
        key = await fetch_object(
            stub,
            matcher_pb2.FetchObjectRequest(run=order.name, kind=matcher_pb2.OBJECT_KIND_PUBLIC_KEY),
            parameters.public_key_bytes,
            digest=statement.public_key_digest,
            target=self.target,
        )
        return Encryption(self.pool, RunKey(parameters, statement.nonce, key))

    async def _roster(self, stub: matcher_pb2_grpc.WorkAsyncStub, order: Order) -> OpenedRoster:
        sealed = await fetch_object(
            stub,
            matcher_pb2.FetchObjectRequest(run=order.name, kind=matcher_pb2.OBJECT_KIND_ROSTER),
            _largest_roster(order.plan, order.statement.chunks),
            target=self.target,
        )
        # In a thread: sorting a million codes would keep other runs waiting.
        return await asyncio.to_thread(
            open_roster,
            self.identity.sealing_key,
            sealed,
            order.statement,
            order.digest,
            provider=self.identity.agency,
            plan=order.plan,
        )

    def _seconds_left(self, order: Order) -> float:
        left = order.statement.expires_at - self.clock().timestamp()
        if left <= 0:
            raise RunExpired("the run's time is over", where=order.name)
        return left


def _largest_roster(plan: Plan, chunks: int) -> int:
    """Return the most bytes a sealed roster may have: every slot a person or a control."""
    slot = _CODE_BYTES + _CONTROL_BYTES + _ANSWER_BYTES * len(plan.questions)
    return chunks * plan.chunk_slots * slot + _ROSTER_HEADER_BYTES
