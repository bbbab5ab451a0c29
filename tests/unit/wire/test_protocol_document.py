"""docs/protocol.md says what the code does; these tests notice when one of them moves alone."""

import json
from pathlib import Path
from typing import Final

import pytest

from matcher.core.bgv_parameters import BGV_SETS, BgvParameters
from matcher.core.binding import Domain
from matcher.core.controls import CANARIES_PER_CHUNK
from matcher.identity.sealing import SEAL_OVERHEAD_BYTES
from matcher.wire.status import CATALOGUE, INTERNAL_TEXT, Entry

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("domain", Domain)
def test_every_domain_has_its_row(domain: Domain) -> None:
    assert f"\n| `{domain.value}` | " in PAGE


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.reason)
def test_every_reason_has_its_row(entry: Entry) -> None:
    assert f"\n| `{entry.reason}` | `{entry.code.name}` | {entry.text} |\n" in PAGE


def test_the_internal_text_is_the_one_on_the_page() -> None:
    assert INTERNAL_TEXT in PAGE


@pytest.mark.parametrize("parameters", BGV_SETS.values(), ids=lambda row: row.name)
def test_every_parameter_set_has_its_row(parameters: BgvParameters) -> None:
    primes = ", ".join(map(str, parameters.primes))
    sizes = f"{parameters.ciphertext_bytes} | {parameters.output_bytes}"
    assert f"\n| `{parameters.name}` | {primes} | {sizes} |\n" in PAGE
    assert f"The special prime is {parameters.special_prime}" in PAGE


def test_every_kind_of_vector_has_its_row() -> None:
    files = (ROOT / "tests" / "vectors" / "protocol").glob("*.json")
    for kind in {json.loads(file.read_text(encoding="utf-8"))["kind"] for file in files}:
        assert f"\n| `{kind}` | " in PAGE


def test_sizes_on_the_page_are_those_of_the_code() -> None:
    assert f"{SEAL_OVERHEAD_BYTES} bytes more" in PAGE
    # A sentence may be broken anywhere.
    assert f"at least {CANARIES_PER_CHUNK} control slots" in " ".join(PAGE.split())
