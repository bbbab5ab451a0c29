"""Carries out one run, from fresh keys to verified verdicts.

Rules:
 * Whatever goes wrong before the run has ended, Ctrl-C included, cancels it at the matcher, so that
   nothing of it stays there.
 * Verdicts are returned only when everything has been verified.
 * The run's key is held by this call alone and is gone when it returns.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from clients.requester.cohort import Cohort
from clients.requester.conduct import Conduct
from clients.requester.decided import Decided
from clients.requester.draft import Draft, PreparedProgramme, check_permission, draft_run
from clients.requester.fetching import fetch_decisions
from clients.requester.keys import make_key
from clients.requester.progress import Stage, Watcher
from clients.requester.record import RunRecord
from clients.requester.results import Expectation
from clients.requester.rosters import check_size, check_terms, make_rosters
from clients.requester.session import Session
from clients.requester.uploading import upload_objects
from clients.requester.waiting import Ending, wait_for_end
from matcher.core.errors import FusumaError, InvalidConfiguration, RunExpired, Unauthentic
from matcher.core.identifiers import AgencyId, RunId
from matcher.core.plan import Plan
from matcher.core.scheme import Scheme
from matcher.identity.card import Card

LONGEST_RUN_SECONDS = 3600.0


@dataclass(frozen=True, slots=True, eq=False)
class MatchResult:
    """What one run came to.

    Attributes:
        run: its id.
        plan: what was evaluated.
        decided: verdicts and outcomes in the order of the cohort.
        seconds: by stage.
        total_seconds: from the first key to the last verdict.
        evaluation_seconds: spent evaluating, summed over the matcher's workers.
        sent_bytes: keys and sealed rosters.
        received_bytes: outputs.
        record: what opens the statement's commitments to the overseer.
    """

    run: RunId
    plan: Plan
    decided: Decided
    seconds: Mapping[Stage, float]
    total_seconds: float
    evaluation_seconds: float
    sent_bytes: int
    received_bytes: int
    record: RunRecord = field(repr=False)

    @property
    def verdicts(self) -> NDArray[np.uint8]:
        """Codes of ``Verdict`` in the order of the cohort, shape (n,)."""
        return self.decided.verdicts


async def match(
    session: Session,
    prepared: PreparedProgramme,
    cohort: Cohort,
    *,
    watcher: Watcher | None = None,
    timeout: float = LONGEST_RUN_SECONDS,  # noqa: ASYNC109 - it goes into the signed statement
) -> MatchResult:
    """Decide ``prepared`` for ``cohort``.

    Args:
        session: connected to the matcher.
        prepared: the programme, compiled.
        cohort: loaded for the programme and the agencies it was compiled for.
        watcher: is told of progress.
        timeout: seconds after which the run is given up and, at the matcher, deleted.

    Raises:
        InvalidCohort: the cohort was loaded for another programme or other agencies, or is larger
            than a key of the scheme may decide.
        InvalidConfiguration: a role has no agency, or no enclave is trusted.
        Refused: law, policy or evidence does not allow the run.
        Unauthentic: a card, a manifest or a result is not what it claims to be.
        RunFailed: the run ended without a decision; says why.
        RunExpired: it did not end in time.
        Unreachable: the matcher does not answer.
    """
    run = RunId(secrets.token_hex(16))
    task = _Task(session, prepared, cohort, run, timeout, Conduct(watcher))
    try:
        async with asyncio.timeout(timeout):
            return await _carry_out(task)
    except TimeoutError:
        raise RunExpired(
            task.conduct.unanswered.added_to(f"the run did not end within {timeout:g} seconds"),
            where=f"runs/{run}",
            fix="check that every agency's agent is running, or allow more time",
        ) from None


@dataclass(frozen=True, slots=True)
class _Task:
    """What one run is given to begin with."""

    session: Session
    prepared: PreparedProgramme
    cohort: Cohort
    run: RunId
    seconds: float
    conduct: Conduct


async def _carry_out(task: _Task) -> MatchResult:
    """Carry out the run.

    1. The run is permitted as far as this side can tell.
    2. Key, seats and rosters are made, cards verified, and the statement signed.
    3. The run is announced; then keys and sealed rosters are uploaded.
    4. The run is watched until it has succeeded.
    5. The result is fetched, verified and opened, piece by piece.
    """
    session, prepared, conduct = task.session, task.prepared, task.conduct
    watch = conduct.stopwatch
    begun = watch.now()
    # 1. The run is permitted as far as this side can tell.
    agencies = _permitted(task)
    # 2. Key, seats and rosters are made, cards verified, and the statement signed.
    cards = asyncio.gather(*map(session.card_of, (session.config.matcher, *agencies)))
    try:
        draft = await _drafted(task)
        with watch.measuring(Stage.CREATE):
            verified = {card.agency: card for card in await cards}
    except BaseException:
        cards.cancel()
        # Collected, or asyncio complains on standard error about calls that were given up.
        await asyncio.gather(cards, return_exceptions=True)
        raise
    # From here on the matcher may know the run: it is cancelled whatever happens.
    try:
        # 3. The run is announced; then keys and sealed rosters are uploaded.
        conduct.tell(Stage.CREATE)
        with watch.measuring(Stage.CREATE):
            await session.create(draft.envelope, prepared.bundle)
        conduct.tell(Stage.UPLOAD)
        with watch.measuring(Stage.UPLOAD):
            sent = await upload_objects(session, draft, verified, conduct)
        # 4. The run is watched until it has succeeded.
        ending = await wait_for_end(session, draft, conduct)
    except BaseException:
        await _cancel(session, task.run)
        raise
    # 5. The result is fetched, verified and opened, piece by piece.
    expectation = _expectation(session, prepared.plan, draft, verified, ending)
    try:
        fetched = await fetch_decisions(session, expectation, draft.key, conduct)
    except Unauthentic as error:
        error.where = ", ".join(filter(None, (f"runs/{task.run}", error.where)))
        error.fix = error.fix or "believe nothing of it, and tell the matcher's operator"
        raise
    seated = fetched.decisions[draft.rosters.seating.slot_of]
    decided = Decided.of(prepared.plan, seated)
    return MatchResult(
        run=task.run,
        plan=prepared.plan,
        decided=decided,
        seconds=watch.seconds,
        total_seconds=watch.now() - begun,
        evaluation_seconds=ending.evaluation_seconds,
        sent_bytes=sent,
        received_bytes=fetched.received_bytes,
        record=RunRecord.of(draft, decided),
    )


def _permitted(task: _Task) -> tuple[AgencyId, ...]:
    """Return all agencies the run asks, if it may."""
    config, plan, cohort = task.session.config, task.prepared.plan, task.cohort
    check_terms(plan, cohort)
    check_size(plan, cohort)
    providers = cohort.terms.agencies
    today = dt.datetime.now(dt.UTC).date()
    check_permission(plan, config.identity.agency, providers, config.grants, today)
    if plan.scheme is Scheme.ENCLAVE and config.enclave is None:
        raise InvalidConfiguration(
            "no enclave is trusted", fix="describe one under `enclave` in the configuration"
        )
    return tuple(agency for agencies in providers.values() for agency in agencies)


async def _drafted(task: _Task) -> Draft:
    conduct, plan = task.conduct, task.prepared.plan
    nonce = secrets.token_bytes(32)
    conduct.tell(Stage.KEYS)
    with conduct.stopwatch.measuring(Stage.KEYS):
        key = await asyncio.to_thread(make_key, plan, nonce)
    conduct.tell(Stage.ROSTERS)
    with conduct.stopwatch.measuring(Stage.ROSTERS):
        rosters = await asyncio.to_thread(
            make_rosters, plan, task.cohort, task.run, secrets.token_bytes
        )
    issued_at = int(time.time())
    return draft_run(
        task.prepared,
        task.session.config.identity,
        key,
        rosters,
        run=task.run,
        nonce=nonce,
        issued_at=issued_at,
        expires_at=issued_at + int(task.seconds) + 1,
    )


def _expectation(
    session: Session,
    plan: Plan,
    draft: Draft,
    cards: Mapping[AgencyId, Card],
    ending: Ending,
) -> Expectation:
    return Expectation(
        plan=plan,
        statement=draft.statement,
        statement_digest=draft.digest,
        controls=draft.rosters.seating.chunks,
        matcher=cards[session.config.matcher],
        providers=cards,
        appraisal=ending.appraisal,
    )


async def _cancel(session: Session, run: RunId) -> None:
    # The run may not exist, or be over, or the matcher is gone: then it expires by itself.
    with contextlib.suppress(FusumaError):
        await session.cancel(run)
