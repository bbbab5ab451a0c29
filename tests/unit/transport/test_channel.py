import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from eligibility.v1 import matcher_pb2, matcher_pb2_grpc

from clients.transport.calls import calling
from clients.transport.channel import connect
from matcher.core.errors import InvalidCertificate, RunNotFound, Unreachable
from matcher.identity.identity import Identity

NOBODY = "127.0.0.1:9"
OverTls = Callable[..., None]


async def get_card(target: str, channel: Any, name: str, seconds: float = 5) -> bytes:
    stub = matcher_pb2_grpc.DirectoryStub(channel)
    with calling(target):
        card = await stub.GetCard(matcher_pb2.GetCardRequest(name=name), timeout=seconds)
    return bytes(card.card)


def test_an_agency_of_the_federation_is_let_in(over_tls: OverTls) -> None:
    async def scenario(target: str, channel: Any, _: Any) -> None:
        assert await get_card(target, channel, "agencies/tax") == b"a card"

    over_tls(scenario)


def test_a_refused_handshake_names_the_address_and_what_to_check(over_tls: OverTls) -> None:
    async def scenario(target: str, channel: Any, _: Any) -> None:
        with pytest.raises(Unreachable) as caught:
            await get_card(target, channel, "agencies/tax")
        assert target in str(caught.value)
        assert "ca.crt" in str(caught.value)

    over_tls(scenario, who="stranger")


def test_a_peer_that_is_down_is_unreachable(identities: Mapping[str, Identity]) -> None:
    async def scenario() -> None:
        async with await connect(identities["tax"], NOBODY) as channel:
            with pytest.raises(Unreachable) as caught:
                await get_card(NOBODY, channel, "agencies/tax")
            assert caught.value.where == NOBODY

    asyncio.run(scenario())


def test_a_peer_that_takes_too_long_is_unreachable(over_tls: OverTls) -> None:
    async def scenario(target: str, channel: Any, _: Any) -> None:
        with pytest.raises(Unreachable, match="in time"):
            await get_card(target, channel, "agencies/slow", seconds=0.05)

    over_tls(scenario)


def test_a_reason_becomes_its_error_in_our_own_words(over_tls: OverTls) -> None:
    async def scenario(target: str, channel: Any, _: Any) -> None:
        with pytest.raises(RunNotFound) as caught:
            await get_card(target, channel, "agencies/none")
        assert "words of the peer" not in str(caught.value)
        assert "runs/" + "0" * 32 in caught.value.where

    over_tls(scenario)


def test_an_expired_certificate_is_explained_before_dialling(
    identities: Mapping[str, Identity],
) -> None:
    later = int(time.time()) + 10 * 366 * 86400
    with pytest.raises(InvalidCertificate, match="expired"):
        asyncio.run(connect(identities["tax"], NOBODY, now=later))


def test_a_certificate_of_another_authority_is_explained_before_dialling(
    identities: Mapping[str, Identity],
) -> None:
    mixed = replace(identities["stranger"], authority=identities["tax"].authority)
    with pytest.raises(InvalidCertificate, match="authority"):
        asyncio.run(connect(mixed, NOBODY))


def test_a_key_of_another_certificate_is_explained_before_dialling(
    identities: Mapping[str, Identity],
) -> None:
    mixed = replace(identities["tax"], private_key_pem=identities["matcher"].private_key_pem)
    with pytest.raises(InvalidCertificate, match="private key"):
        asyncio.run(connect(mixed, NOBODY))
