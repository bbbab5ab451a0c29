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

import numpy as np
from eligibility.v1 import matcher_pb2, matcher_pb2_grpc

from clients.provider.answering import Answering, seated
from clients.provider.encryption import EncryptionPool
from clients.provider.encryption_worker import RunKey
from clients.provider.holdings import Holdings
from clients.provider.journal import Journal
from clients.provider.materials import Materials, fetch_materials
from clients.provider.order import Order, Request, authenticate, compile_order
from clients.provider.policy import ApprovalPolicy
from clients.provider.protection import Encryption, Protection, Sealing
from clients.provider.upload import ChunkDigests, Effort, Upload, received_before
from clients.transport.calls import calling
from clients.transport.reconnect import waits
from matcher.core.binding import Domain
from matcher.core.errors import RunExpired, StatementMismatch, Unreachable
from matcher.identity.envelope import sign
from matcher.identity.identity import Identity
from matcher.wire.envelope import envelope_message
from matcher.wire.manifest import encode_column_manifest
from matcher.wire.roster import OpenedRoster, open_roster

_CALL_SECONDS = 30.0

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

    def authenticate(self, item: matcher_pb2.WorkItem) -> Request:
        """Return what the requester of ``item`` signed; step 1 of answering it.

        Raises:
            FusumaError: it is not authentic.
        """
        return authenticate(item, self.identity.authority, int(self.clock().timestamp()))

    def read(self, request: Request) -> Order:
        """Return ``request`` with its plan, if this agency wants to read its programme; step 2.

        Raises:
            PolicyRefused: the programme is not approved here.
            FusumaError: it does not compile here.
        """
        self.policy.approve_programme(request.statement.programme_digest)
        return compile_order(request)

    async def answer(self, stub: matcher_pb2_grpc.WorkAsyncStub, order: Order) -> Effort:
        """Answer a verified order and return what it cost.

        3. Policy approves requester, affair, items, programme and scheme.
        4. The attributes are held here, in the programme's terms.
        5. The enclave's evidence is accepted, or the public key is the statement's.
        6. The roster is the statement's and keeps the rules of canaries.
        7. Cohort and budget are within policy; the journal has the run.
        8. Columns are answered, protected, signed and uploaded; then the manifest.

        Raises:
            FusumaError: a step failed, or the run has ended meanwhile.
        """
        # 3. Policy approves requester, affair, items, programme and scheme.
        self.policy.approve_run(order.statement, order.plan, self.identity.agency, self.clock())
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
        # 4. The attributes are held here, in the programme's terms.
        plan = order.plan
        role, number = order.statement.place_of(self.identity.agency)
        selection = self.holdings.select(plan.programme.catalogue, role)
        answering = Answering(plan, role, number, selection)
        # 5. The enclave's evidence is accepted, or the public key is the statement's.
        sealing = None if plan.parameters is not None else self._sealing(order)
        materials = await fetch_materials(stub, order, self.target)
        # 6. The roster is the statement's and keeps the rules of canaries.
        roster = await self._open(order, materials.sealed_roster)
        # 7. Cohort and budget are within policy; the journal has the run.
        self._admit(order, roster)
        # 8. Columns are answered, protected, signed and uploaded; then the manifest.
        digests = received_before(order, self.identity, materials.received)
        protection = sealing or self._encryption(order, materials)
        try:
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
            await upload.send(stub, digests, self._seconds_left(order))
        finally:
            protection.close()
        await self._submit(stub, order, digests)

    def _sealing(self, order: Order) -> Protection:
        appraisal = self.policy.approve_enclave(
            order.evidence, order.statement, order.digest, self.clock()
        )
        agency = self.identity.agency
        return Sealing(appraisal.sealing_key, order.statement, order.digest, agency)

    def _encryption(self, order: Order, materials: Materials) -> Protection:
        if order.plan.parameters is None:
            raise StatementMismatch("the plan has no homomorphic parameters", where=order.name)
        key = RunKey(order.plan.parameters, order.statement.nonce, materials.public_key)
        return Encryption(self.pool, key)

    async def _open(self, order: Order, sealed: bytes) -> OpenedRoster:
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

    def _admit(self, order: Order, roster: OpenedRoster) -> None:
        """Check what only the roster tells, and enter the run into the journal.

        Budget and journal belong together: nothing is awaited between the two, so that runs that
        are answered at the same time cannot both use the last place of a day.
        """
        statement, plan, now = order.statement, order.plan, self.clock()
        people = self.policy.approve_cohort(int(np.count_nonzero(seated(roster.roster.codes))))
        self.policy.approve_budget(statement.requester, order.digest, self.journal, now)
        self.journal.approved(order.digest, statement, plan.programme.id, people, now)

    async def _submit(
        self, stub: matcher_pb2_grpc.WorkAsyncStub, order: Order, digests: ChunkDigests
    ) -> None:
        payload = encode_column_manifest(digests.manifest(order.digest, self.identity.agency))
        envelope = sign(
            Domain.COLUMN_MANIFEST, payload, self.identity.signing_key, self.identity.agency
        )
        request = matcher_pb2.SubmitManifestRequest(
            run=order.name, manifest=envelope_message(envelope)
        )
        with calling(self.target):
            await stub.SubmitManifest(request, timeout=_CALL_SECONDS)

    def _seconds_left(self, order: Order) -> float:
        left = order.statement.expires_at - self.clock().timestamp()
        if left <= 0:
            raise RunExpired("the run's time is over", where=order.name)
        return left
