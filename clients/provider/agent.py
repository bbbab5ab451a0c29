"""The long-lived agent of an agency: connects outward, watches for work, answers or declines.

Rules:
 * It keeps trying: a matcher that is down, restarts or refuses is tried again with growing,
   jittered waits, for ever. Only its own unusable identity ends it, since no peer can mend that.
 * A run is answered once at a time however often it is delivered, and only so many runs at once.
 * A run that is not answered is declined with a reason of the error catalogue and nothing else;
   a run that has ended meanwhile is let go. Neither ever stops the agent.
 * Log lines carry runs, requesters, programmes and reasons; never values, codes or keys.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable

import grpc
from eligibility.v1 import matcher_pb2, matcher_pb2_grpc

from clients.provider.order import Order, Request
from clients.provider.response import Responder
from clients.provider.upload import Effort
from clients.transport.calls import calling
from clients.transport.reconnect import waits
from matcher.core.errors import (
    FusumaError,
    InvalidMessage,
    RunConflict,
    RunExpired,
    RunNotFound,
)
from matcher.core.identifiers import AgencyId, RunId
from matcher.identity.identity import preflight
from matcher.wire.boundary import BoundaryLog
from matcher.wire.envelope import card_message
from matcher.wire.names import run_in, run_name
from matcher.wire.status import INTERNAL_REASON, public_failure

_CALL_SECONDS = 30.0
_MOST_RUNS = 256

log = logging.getLogger(__name__)


class Agent:
    """Serves one agency over one channel.

    Args:
        responder: answers runs.
        channel: to the matcher.
        concurrent_runs: how many runs are answered at the same time.
        boundary: what crosses the channel, if it is counted; saved after every run.
        on_ready: called when the agent watches for work for the first time.
    """

    def __init__(
        self,
        responder: Responder,
        channel: grpc.aio.Channel,
        concurrent_runs: int,
        *,
        boundary: BoundaryLog | None = None,
        on_ready: Callable[[], None] = lambda: None,
    ) -> None:
        self._responder = responder
        self._directory = matcher_pb2_grpc.DirectoryStub(channel)
        self._work = matcher_pb2_grpc.WorkStub(channel)
        self._room = asyncio.Semaphore(concurrent_runs)
        self._runs: dict[RunId, asyncio.Task[None]] = {}
        self._boundary = boundary
        self._on_ready = on_ready
        self._was_ready = False
        self._pace = waits(responder.random)

    async def serve(self) -> None:
        """Serve until cancelled; runs in hand are then given up, and resume with the next start.

        Raises:
            InvalidCertificate: this agency's certificate does not hold any more.
            InvalidCard: nor does its card.
        """
        try:
            while True:
                preflight(self._responder.identity, int(self._responder.clock().timestamp()))
                try:
                    await self._register()
                    await self._watch()
                except FusumaError as error:
                    reason, _ = public_failure(error)
                    log.warning("event=disconnected reason=%s error=%s", reason, _quoted(error))
                await asyncio.sleep(next(self._pace))
        finally:
            for task in tuple(self._runs.values()):
                task.cancel()
            await asyncio.gather(*self._runs.values(), return_exceptions=True)
            self._save_boundary()

    async def _register(self) -> None:
        card = card_message(self._responder.identity.signed_card)
        with calling(self._responder.target):
            await self._directory.RegisterCard(
                matcher_pb2.RegisterCardRequest(card=card), timeout=_CALL_SECONDS
            )

    async def _watch(self) -> None:
        with calling(self._responder.target):
            call = self._work.WatchWork(matcher_pb2.WatchWorkRequest())
            try:
                await call.wait_for_connection()
                self._connected()
                async for item in call:
                    self._take(item)
                    # A matcher that sends more than can be answered has to wait with the rest.
                    while len(self._runs) >= _MOST_RUNS:
                        await asyncio.wait(self._runs.values(), return_when=asyncio.FIRST_COMPLETED)
            finally:
                call.cancel()

    def _connected(self) -> None:
        log.info("event=watching matcher=%s", self._responder.target)
        self._pace = waits(self._responder.random)
        if not self._was_ready:
            self._was_ready = True
            self._on_ready()

    def _take(self, item: matcher_pb2.WorkItem) -> None:
        try:
            run = run_in(item.run)
        except InvalidMessage:
            log.warning("event=ignored reason=INVALID_MESSAGE")
            return
        if run not in self._runs:
            task = asyncio.ensure_future(self._handle(run, item))
            self._runs[run] = task
            task.add_done_callback(lambda _: self._runs.pop(run, None))

    async def _handle(self, run: RunId, item: matcher_pb2.WorkItem) -> None:
        async with self._room:
            request = None
            try:
                request = self._responder.authenticate(item)
                order = self._responder.read(request)
                effort = await self._responder.answer(self._work, order)
                _log_answered(order, effort)
            except (RunNotFound, RunConflict, RunExpired) as error:
                # It has ended meanwhile: there is nobody left to tell.
                log.warning("event=let_go run=%s reason=%s", run, public_failure(error)[0])
            except FusumaError as error:
                log.warning("event=refused run=%s error=%s", run, _quoted(error))
                await self._decline(run, request, public_failure(error)[0])
            except Exception as error:  # noqa: BLE001 - one run must not stop the agent
                # Its text may quote data: only its kind and place are logged.
                log.warning("event=broken run=%s kind=%s at=%s", run, *_kind_and_place(error))
                await self._decline(run, request, INTERNAL_REASON)
        self._save_boundary()

    async def _decline(self, run: RunId, request: Request | None, reason: str) -> None:
        log.warning("event=declined run=%s reason=%s", run, reason)
        # The journal is about what requesters asked, not about what a matcher made up.
        if request is not None:
            self._enter_declined(run, request.statement.requester, reason)
        try:
            with calling(self._responder.target):
                await self._work.DeclineWork(
                    matcher_pb2.DeclineWorkRequest(run=run_name(run), reason=reason),
                    timeout=_CALL_SECONDS,
                )
        except FusumaError as error:
            log.warning("event=decline_lost run=%s reason=%s", run, public_failure(error)[0])

    def _enter_declined(self, run: RunId, requester: AgencyId, reason: str) -> None:
        try:
            self._responder.journal.declined(run, requester, reason, self._responder.clock())
        except OSError as error:
            # A full disk must not keep the requester waiting for an answer.
            log.warning("event=journal_failed run=%s errno=%s", run, error.errno)

    def _save_boundary(self) -> None:
        if self._boundary is not None:
            self._boundary.save()


def _log_answered(order: Order, effort: Effort) -> None:
    log.info(
        "event=answered run=%s requester=%s programme=%s scheme=%s chunks=%d"
        " protect_seconds=%.4f upload_seconds=%.4f sent_bytes=%d",
        order.run,
        order.statement.requester,
        order.plan.programme.id,
        order.plan.scheme,
        order.statement.chunks,
        effort.protect_seconds,
        effort.upload_seconds,
        effort.sent_bytes,
    )


def _quoted(error: FusumaError) -> str:
    """Return the words of ``error`` as one value of an entry, whatever they contain."""
    return json.dumps(str(error), ensure_ascii=False)


def _kind_and_place(error: BaseException) -> tuple[str, str]:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
    return type(error).__name__, place
