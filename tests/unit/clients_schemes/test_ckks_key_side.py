from __future__ import annotations

import inspect
import typing
from collections.abc import Iterator

import numpy as np
import pytest

from clients.schemes import ckks as key_side
from clients.schemes import secret_keys
from clients.schemes.ckks import CkksEncryptor, CkksSecretKey
from matcher.core.circuit import Miss
from matcher.core.ckks_parameters import CKKS_SETS, CkksParameters
from matcher.core.ckks_slots import largest_masked
from matcher.core.errors import DecryptionRefused
from matcher.schemes import ckks, ckks_encryption, ckks_format
from matcher.schemes.ckks import CkksEvaluator
from tests.ckks_runs import NONCE, run_of

LINEAR, WIDE, PRODUCT = CKKS_SETS
REFUSAL = "a result cannot be opened"


def values_with(name: str, value: complex) -> np.ndarray:
    """Zeros, but for ``value`` in one slot."""
    values = np.zeros(CKKS_SETS[name].slots, dtype=np.complex128)
    values[17] = value
    return values


def largest(name: str) -> float:
    return float(largest_masked(CKKS_SETS[name]))


# What an honest output can have in a slot, and what it cannot, however little is wrong.
OPENED: dict[str, complex | str] = {
    "nothing": 0,
    "nothing but noise": 0.24,
    "noise of the other sign": -0.24,
    "noise across": 0.24j,
    "noise both ways": 0.24 + 0.24j,
    "the smallest mask": 1,
    "the smallest mask with noise": 0.76,
    "a negative mask": -5.5,
    "a mask across": 5.5j,
    "the smallest mask between the axes": 0.7 + 0.7j,
    "the largest mask of the most misses": "largest",
}
REFUSED: dict[str, complex | str] = {
    "a little beyond noise": 0.26,
    "a little beyond noise both ways": 0.26 - 0.26j,
    "halfway": 0.5,
    "halfway of the other sign": -0.5,
    "a little before a miss": 0.57,
    "a little before a miss between the axes": 0.4 - 0.4j,
    "beyond the largest": "beyond",
    "beyond the largest of the other sign": "-beyond",
    "beyond the largest across": "across",
}


def of_case(case: complex | str, name: str) -> complex:
    named = {
        "largest": largest(name) - 1,
        "beyond": largest(name) * 1.01,
        "-beyond": -largest(name) * 1.01,
        "across": complex(0, largest(name) * 1.01),
    }
    return named[case] if isinstance(case, str) else case


@pytest.mark.parametrize("name", CKKS_SETS)
@pytest.mark.parametrize("case", OPENED)
def test_what_an_honest_output_can_have_is_opened(case: str, name: str) -> None:
    value = of_case(OPENED[case], name)
    run = run_of(name)
    slots = run.key.decrypt(run.output_of(values_with(name, value)))
    assert slots.dtype == np.uint64
    assert slots[17] == (abs(value) > 0.5)
    assert slots.sum() == slots[17]


@pytest.mark.parametrize("name", CKKS_SETS)
@pytest.mark.parametrize("case", REFUSED)
def test_one_slot_outside_the_margin_and_nothing_is_opened(case: str, name: str) -> None:
    run = run_of(name)
    output = run.output_of(values_with(name, of_case(REFUSED[case], name)))
    with pytest.raises(DecryptionRefused) as refusal:
        run.key.decrypt(output)
    assert str(refusal.value) == REFUSAL


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, complex(0, np.nan), complex(0, np.inf)])
def test_what_is_no_number_is_not_rounded(value: complex) -> None:
    assert key_side._rounded(CKKS_SETS[LINEAR], values_with(LINEAR, value)) is None
    assert key_side._rounded(CKKS_SETS[LINEAR], values_with(LINEAR, 0)) is not None


@pytest.mark.parametrize(
    "output",
    [b"", b"\x00", b"\xff" * CKKS_SETS[LINEAR].output_bytes, "longer", "a column", "another's"],
    ids=["empty", "short", "out of range", "long", "a column", "of another parameter set"],
)
def test_everything_that_cannot_be_opened_is_refused_alike(output: bytes | str) -> None:
    run = run_of(LINEAR)
    named = {
        "longer": bytes(run.parameters.output_bytes + 1),
        "a column": run.encryptor.encrypt(np.zeros(run.parameters.slots, dtype=np.uint8)),
        "another's": bytes(CKKS_SETS[WIDE].output_bytes),
    }
    with pytest.raises(DecryptionRefused) as refusal:
        run.key.decrypt(named[output] if isinstance(output, str) else output)
    assert str(refusal.value) == REFUSAL
    # Neither message nor traceback leads to a value that was seen.
    assert refusal.value.__cause__ is None
    assert refusal.value.__context__ is None


def test_a_refusal_leads_to_no_value() -> None:
    run = run_of(LINEAR)
    with pytest.raises(DecryptionRefused) as refusal:
        run.key.decrypt(run.output_of(values_with(LINEAR, 0.5)))
    assert refusal.value.__context__ is None
    frames = inspect.getinnerframes(refusal.tb)
    held = [
        value
        for frame in frames
        if frame.filename == key_side.__file__
        for value in frame.frame.f_locals.values()
    ]
    assert held
    assert not any(isinstance(value, np.ndarray | list | float | complex) for value in held)


def test_a_key_opens_as_many_outputs_as_it_may_and_then_none() -> None:
    parameters = CKKS_SETS[LINEAR]
    key = CkksSecretKey.generate(parameters, NONCE)
    evaluator = CkksEvaluator(parameters, NONCE, key.public_key())
    zeros = np.zeros(parameters.slots, dtype=np.uint8)
    column = CkksEncryptor(parameters, NONCE, key.public_key()).encrypt(zeros)
    output = evaluator.evaluate(Miss(0), {0: column})
    # What is refused counts: whoever asks learns a little from it, too.
    for number in range(1023):
        with pytest.raises(DecryptionRefused):
            key.decrypt(number.to_bytes(2))
    assert not key.decrypt(output).any()
    another = evaluator.evaluate(Miss(0), {0: column})
    for _ in range(2):
        with pytest.raises(DecryptionRefused) as refusal:
            key.decrypt(another)
        assert str(refusal.value) == REFUSAL
    # Who fetches a result again after a connection broke learns nothing new from it.
    for _ in range(2):
        assert not key.decrypt(output).any()


def test_keys_count_each_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CkksParameters, "most_decryptions", 1)
    parameters = CKKS_SETS[LINEAR]
    first, second = (CkksSecretKey.generate(parameters, NONCE) for _ in range(2))
    for key in (first, second):
        run = run_of(LINEAR)
        with pytest.raises(DecryptionRefused):
            key.decrypt(run.output_of(values_with(LINEAR, 0)))
        assert len(key._tried) == 1


@pytest.mark.parametrize("name", CKKS_SETS)
def test_another_key_opens_nothing(name: str) -> None:
    run = run_of(name)
    column = run.encryptor.encrypt(np.zeros(run.parameters.slots, dtype=np.uint8))
    output = run.evaluator().evaluate(Miss(0), {0: column})
    other = CkksSecretKey.generate(run.parameters, NONCE)
    with pytest.raises(DecryptionRefused):
        other.decrypt(output)
    assert not run.key.decrypt(output).any()


def test_the_same_values_never_encrypt_to_the_same_bytes() -> None:
    run = run_of(LINEAR)
    zeros = np.zeros(run.parameters.slots, dtype=np.uint8)
    assert run.encryptor.encrypt(zeros) != run.encryptor.encrypt(zeros)


@pytest.mark.parametrize(
    "values",
    [np.zeros(4095, dtype=np.uint8), np.full(4096, 2, dtype=np.uint8)],
    ids=["too short", "neither 0 nor 1"],
)
def test_an_encryptor_takes_bits_for_a_whole_chunk_only(values: np.ndarray) -> None:
    with pytest.raises(ValueError, match="chunk"):
        run_of(LINEAR).encryptor.encrypt(values)


def test_an_encryptor_has_nothing_to_prepare() -> None:
    assert run_of(LINEAR).encryptor.prepare() is False


def test_a_secret_key_does_not_print_itself() -> None:
    key = run_of(LINEAR).key
    assert repr(key) == str(key) == "CkksSecretKey(...)"
    assert repr(key._keys) == "TensealKeys(...)"


def test_every_key_is_new() -> None:
    again = CkksSecretKey.generate(CKKS_SETS[LINEAR], NONCE)
    assert again.public_key() != run_of(LINEAR).public_key


@pytest.mark.parametrize("name", CKKS_SETS)
def test_keys_have_the_lengths_that_are_announced(name: str) -> None:
    run, row = run_of(name), CKKS_SETS[name]
    assert len(run.public_key) == row.public_key_bytes
    if run.evaluation_key is not None:
        assert len(run.evaluation_key) == row.evaluation_key_bytes


def returned(module: object) -> Iterator[tuple[str, object]]:
    """Yield every public function and method of a module with what it returns."""
    for name, one in vars(module).items():
        if name.startswith("_") or getattr(one, "__module__", None) != vars(module)["__name__"]:
            continue
        members = vars(one) if inspect.isclass(one) else {name: one}
        for member, function in members.items():
            plain = getattr(function, "__func__", getattr(function, "fget", function))
            if inspect.isfunction(plain) and not member.startswith("_"):
                yield f"{name}.{member}", typing.get_type_hints(plain).get("return")


def test_nothing_public_returns_real_numbers() -> None:
    """By annotation, which the type checker holds the code to."""
    found = [
        item
        for module in (key_side, secret_keys, ckks, ckks_format, ckks_encryption)
        for item in returned(module)
    ]
    assert {"CkksSecretKey.decrypt", "SecretKey.decrypt", "CkksEvaluator.evaluate"} <= {
        name for name, _ in found
    }
    for name, kind in found:
        assert kind is not None or name.endswith("__"), name
        assert not any(word in str(kind) for word in ("float", "complex", "object_")), name
