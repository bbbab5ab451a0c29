"""Uploads what a run needs besides its statement: keys, and one sealed roster a provider.

Rules:
 * Everything travels at once; the first refusal stops the rest.
 * An upload is known by its digest at the matcher, so a broken one is simply sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from eligibility.v1 import matcher_pb2

from clients.requester.conduct import Conduct
from clients.requester.draft import Draft
from clients.requester.session import Session
from matcher.core.identifiers import AgencyId
from matcher.identity.card import Card


async def upload_objects(
    session: Session, draft: Draft, cards: Mapping[AgencyId, Card], conduct: Conduct
) -> int:
    """Send keys and sealed rosters of ``draft``; return how many bytes they have.

    Args:
        session: connected to the matcher.
        draft: whose run the matcher knows.
        cards: verified cards of all providers.
        conduct: of the run.

    Raises:
        FusumaError: the matcher refused an object or stayed away for too long.
    """
    keys = {
        matcher_pb2.OBJECT_KIND_PUBLIC_KEY: draft.key.public_key,
        matcher_pb2.OBJECT_KIND_EVALUATION_KEY: draft.key.evaluation_key,
    }

    async def send(
        kind: matcher_pb2.ObjectKind.ValueType, data: bytes, provider: AgencyId | None = None
    ) -> int:
        run = draft.statement.run_id
        await conduct.patience.repeat(lambda: session.upload(run, kind, data, provider))
        return len(data)

    async def send_roster(card: Card) -> int:
        sealed = await asyncio.to_thread(draft.rosters.sealed, draft.digest, card)
        return await send(matcher_pb2.OBJECT_KIND_ROSTER, sealed, card.agency)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                *(
                    group.create_task(send(kind, data))
                    for kind, data in keys.items()
                    if data is not None
                ),
                *(
                    group.create_task(send_roster(cards[provider.agency]))
                    for provider in draft.statement.providers
                ),
            ]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return sum(task.result() for task in tasks)
