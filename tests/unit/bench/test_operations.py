"""The operations of every scheme are timed on the code that runs; no time is judged."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest
from typer.testing import CliRunner

from bench import operations as timing
from bench.command import app
from bench.library_operations import PublicSide, library_operations
from bench.operations import measure_operations
from bench.results import Operation
from clients.schemes.encryptors import encryptor
from clients.schemes.secret_keys import generate_secret_key
from matcher.core.errors import InvalidConfiguration
from matcher.core.parameters import PARAMETER_SETS
from matcher.core.scheme import Scheme
from matcher.schemes import installed

ADDS = ("keys", "encrypt", "add", "evaluate", "decrypt")
MULTIPLIES = ("keys", "evaluation_key", "encrypt", "add", "multiply", "evaluate", "decrypt")
OPERATIONS = {
    "bgv-8192-104": ADDS,
    "bgv-8192-152": MULTIPLIES,
    "bfv-8192-104": ADDS,
    "bfv-8192-152": MULTIPLIES,
    "ckks-8192-152": ADDS,
    "ckks-16384-240": MULTIPLIES,
    "paillier-3072": ("keys", "randomness", *ADDS[1:]),
}


@cache
def _timed(name: str) -> tuple[tuple[Operation, ...], tuple[str, ...]]:
    """Return the operations of a set, and what was said meanwhile."""
    said: list[str] = []
    return measure_operations(said.append, 2, [PARAMETER_SETS[name]]), tuple(said)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_of_a_set_is_timed(name: str) -> None:
    found, said = _timed(name)
    assert tuple(one.operation for one in found) == OPERATIONS[name]
    scheme = PARAMETER_SETS[name].scheme.value
    assert {(one.scheme, one.parameters) for one in found} == {(scheme, name)}
    assert all(len(one.cpu_seconds.values) == 2 and one.cpu_seconds.low > 0 for one in found)
    assert said == (f"operations under {name}",)


def test_a_call_treats_a_chunk_and_randomness_is_of_one_slot() -> None:
    slots = {one.operation: one.slots for one in _timed("paillier-3072")[0]}
    assert slots.pop("randomness") == 1
    assert set(slots.values()) == {timing._PAILLIER_SLOTS}
    assert {one.slots for one in _timed("ckks-8192-152")[0]} == {4096}


def test_what_is_computed_ahead_is_not_part_of_encrypting() -> None:
    times = {one.operation: one.cpu_seconds.low for one in _timed("paillier-3072")[0]}
    assert times["encrypt"] < times["randomness"]


def test_a_scheme_that_is_not_installed_is_said_to_be_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timing, "installed", lambda: (Scheme.BGV,))
    said: list[str] = []
    assert measure_operations(said.append, 1, [PARAMETER_SETS["paillier-3072"]]) == ()
    assert said == ["paillier-3072: not installed"]


@pytest.mark.parametrize("name", ["bgv-8192-104", "bfv-8192-104", "ckks-8192-152"])
def test_a_set_that_carries_no_product_is_not_made_to_multiply(name: str) -> None:
    assert set(library_operations(_public(name, multiplies=False))) == {"add"}


@pytest.mark.parametrize("name", ["bgv-8192-152", "bfv-8192-152", "ckks-16384-240"])
def test_a_multiplication_can_be_repeated_on_the_same_columns(name: str) -> None:
    calls = library_operations(_public(name, multiplies=True))
    for call in (*calls.values(), *calls.values()):
        call()
    assert set(calls) == {"add", "multiply"}


def _public(name: str, *, multiplies: bool) -> PublicSide:
    parameters, nonce = PARAMETER_SETS[name], bytes(32)
    key = generate_secret_key(parameters, nonce)
    column = encryptor(parameters, nonce, key.public_key()).encrypt(
        np.ones(parameters.slots, dtype=np.uint8)
    )
    evaluation_key = key.evaluation_key() if multiplies else None
    return PublicSide(parameters, nonce, key.public_key(), evaluation_key, (column, column))


def test_the_command_prints_a_table_or_json() -> None:
    small = ["operations", "--schemes", "bgv", "--repeats", "1"]
    shown = CliRunner().invoke(app, small)
    assert shown.exit_code == 0, shown.output
    assert "evaluation key" in shown.stdout
    written = json.loads(CliRunner().invoke(app, [*small, "--json"]).stdout)
    assert {one["parameters"] for one in written["operations"]} == {
        name for name in PARAMETER_SETS if name.startswith("bgv")
    }
    assert written["environment"]["versions"]["seal-python"]


def test_a_scheme_that_encrypts_nothing_is_refused() -> None:
    ended = CliRunner().invoke(app, ["operations", "--schemes", "enclave"])
    assert isinstance(ended.exception, InvalidConfiguration)
    assert "choose among bgv, bfv, ckks, paillier" in str(ended.exception)


def test_a_scheme_that_is_asked_for_has_to_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "find_spec", lambda _: None)
    ended = CliRunner().invoke(app, ["operations", "--schemes", "paillier"])
    assert "pip install '.[paillier]'" in str(ended.exception)
