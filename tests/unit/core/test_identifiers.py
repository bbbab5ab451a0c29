from __future__ import annotations

import pytest

from matcher.core.errors import InvalidConfiguration, InvalidMessage
from matcher.core.identifiers import agency_id, digest, run_id


@pytest.mark.parametrize("text", ["a", "tax-2", "a" * 63])
def test_what_is_an_agency_id(text: str) -> None:
    assert agency_id(text) == text


@pytest.mark.parametrize(
    "text", ["", "a" * 64, "Tax", "2tax", "-tax", "tax_office", "tax.city", "tax ", "tax\n", "税"]
)
def test_what_is_no_agency_id(text: str) -> None:
    with pytest.raises(InvalidConfiguration, match="is not an agency id"):
        agency_id(text)


@pytest.mark.parametrize("text", ["0" * 31, "0" * 33, "A" * 32, "g" * 32, "0" * 32 + "\n", ""])
def test_what_is_no_run_id(text: str) -> None:
    assert run_id("0123456789abcdef" * 2)
    with pytest.raises(InvalidMessage, match="32 lower-case hexadecimal"):
        run_id(text)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_digest_has_32_bytes(length: int) -> None:
    assert digest(bytes(32)) == bytes(32)
    with pytest.raises(InvalidMessage, match="32 bytes"):
        digest(bytes(length))
