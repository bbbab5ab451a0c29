"""docs/protocol.md says what the code does; these tests notice when one of them moves alone."""

import json
from pathlib import Path
from typing import Final

import pytest
from eligibility.v1 import common_pb2

from matcher.core.bfv_parameters import BFV_SETS, BfvParameters
from matcher.core.bgv_parameters import BGV_SETS, BgvParameters
from matcher.core.binding import Domain
from matcher.core.ckks_parameters import CKKS_SETS, CkksParameters
from matcher.core.controls import CANARIES_PER_CHUNK
from matcher.core.paillier_parameters import PAILLIER_SETS, PaillierParameters
from matcher.core.scheme import OfferedScheme
from matcher.identity.sealing import SEAL_OVERHEAD_BYTES
from matcher.wire.status import CATALOGUE, INTERNAL_TEXT, Entry

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
# A sentence may be broken anywhere.
PROSE: Final = " ".join(PAGE.split())


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


@pytest.mark.parametrize("parameters", BFV_SETS.values(), ids=lambda row: row.name)
def test_every_parameter_set_of_bfv_has_its_row(parameters: BfvParameters) -> None:
    primes = ", ".join(map(str, parameters.primes))
    assert f"\n| `{parameters.name}` | {primes} | {_sizes(parameters)} |\n" in PAGE


@pytest.mark.parametrize("parameters", CKKS_SETS.values(), ids=lambda row: row.name)
def test_every_parameter_set_of_ckks_has_its_row(parameters: CkksParameters) -> None:
    primes = ", ".join(map(str, parameters.primes))
    scales = (parameters.scale_bits, parameters.factors, parameters.mask_scale_bits)
    bits = ", ".join(map(str, (*scales, parameters.mask_bits, parameters.value_bits)))
    row = f"{parameters.degree} | {primes} | {bits} | {_sizes(parameters)}"
    assert f"\n| `{parameters.name}` | {row} |\n" in PAGE
    assert f"the special prime is {parameters.special_prime}." in PROSE
    assert f"a key opens {parameters.most_decryptions} outputs" in PROSE


@pytest.mark.parametrize("parameters", PAILLIER_SETS.values(), ids=lambda row: row.name)
def test_every_parameter_set_of_paillier_has_its_row(parameters: PaillierParameters) -> None:
    sizes = f"{parameters.public_key_bytes} | {parameters.ciphertext_bytes}"
    row = f"{parameters.modulus_bits} | {parameters.slots} | {sizes}"
    assert f"\n| `{parameters.name}` | {row} |\n" in PAGE
    size = parameters.modulus_bytes
    assert f"modulo n in {size} bytes, those modulo n² in {2 * size}." in PROSE


@pytest.mark.parametrize("scheme", OfferedScheme)
def test_every_scheme_has_its_number(scheme: OfferedScheme) -> None:
    number = common_pb2.Scheme.Value(f"SCHEME_{scheme.name}")
    assert f"`{scheme.name}` ({number})" in PROSE


def _sizes(parameters: BfvParameters | CkksParameters) -> str:
    column, output = parameters.ciphertext_bytes, parameters.output_bytes
    return f"{parameters.public_key_bytes} | {column} | {output}"


def test_every_kind_of_vector_has_its_row() -> None:
    files = (ROOT / "tests" / "vectors" / "protocol").glob("*.json")
    for kind in {json.loads(file.read_text(encoding="utf-8"))["kind"] for file in files}:
        assert f"\n| `{kind}` | " in PAGE


def test_sizes_on_the_page_are_those_of_the_code() -> None:
    assert f"{SEAL_OVERHEAD_BYTES} bytes more" in PAGE
    assert f"at least {CANARIES_PER_CHUNK} control slots" in PROSE
