"""Every parameter row of CKKS: right verdicts, noise within its bound, masks that are fresh."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tenseal import sealapi

from matcher.core import ckks_noise as noise
from matcher.core.circuit import AtMost, Circuit, Miss, OneOf, Product, Sum, Unselected
from matcher.core.ckks_encoding import encoding
from matcher.core.ckks_parameters import CKKS_SETS
from matcher.core.errors import InvalidKey, TooDeep
from matcher.core.evaluation import evaluate
from matcher.core.modular import multiply
from matcher.core.packing import unpack
from matcher.core.plain import residues_of
from matcher.schemes import ckks as blind_side
from matcher.schemes import flooding
from matcher.schemes.ckks import CkksEvaluator
from matcher.schemes.ckks_format import encoder, unpack_column
from matcher.schemes.clear import ClearEvaluator
from matcher.schemes.randomness import draw_complex_masks
from matcher.schemes.tenseal_format import Residues, saved, words_in
from tests.bgv_phases import Integers, centred
from tests.ckks_runs import NONCE, Run, random_columns, run_of

LINEAR, WIDE, PRODUCT = CKKS_SETS


def repeated(columns: int, width: int) -> Circuit:
    """A conjunction of ``width`` misses over ``columns`` different columns."""
    return Sum(tuple(Miss(index % columns) for index in range(width)))


CASES: dict[str, tuple[str, Circuit]] = {
    "one literal": (LINEAR, Miss(0)),
    "three literals": (LINEAR, repeated(3, 3)),
    "sixty-four misses": (LINEAR, repeated(4, 64)),
    "one of two agencies": (LINEAR, Sum((OneOf((0, 1)), Miss(2)))),
    "not in a class": (LINEAR, Unselected((0,))),
    "a thousand misses": (WIDE, repeated(4, 1000)),
    "sums where there is room for products": (PRODUCT, repeated(2, 8)),
    "alternatives": (PRODUCT, Product((Miss(0), Miss(1)))),
    "alternatives of eight": (PRODUCT, Product((repeated(2, 8), Sum((Miss(2), Miss(3)) * 4)))),
    "a literal beside alternatives": (
        PRODUCT,
        Sum((Miss(0), Product((Miss(1), Unselected((2,)))))),
    ),
    "at most one of four": (PRODUCT, AtMost(1, (Miss(0), Miss(1), Miss(2), Unselected((3,))))),
}


@pytest.mark.parametrize("case", CASES)
def test_verdicts_equal_the_plaintext_reference(case: str) -> None:
    name, circuit = CASES[case]
    run = run_of(name)
    columns = random_columns(circuit, run.parameters.slots, 7, share=0.4)
    output = run.evaluator().evaluate(circuit, run.encrypt(columns))
    expected = ClearEvaluator().evaluate(circuit, columns) != 0
    assert len(output) == run.parameters.output_bytes
    assert 0 < expected.sum() < expected.size
    assert np.array_equal(run.key.decrypt(output), expected)


@pytest.mark.parametrize("filling", [0, 1], ids=["nobody misses", "everybody misses everything"])
@pytest.mark.parametrize("name", CKKS_SETS)
def test_extreme_columns_come_out_right(filling: int, name: str) -> None:
    run = run_of(name)
    most = 1 << run.parameters.value_bits
    column = np.full(run.parameters.slots, filling, dtype=np.uint8)
    output = run.evaluator().evaluate(repeated(1, most), run.encrypt({0: column}))
    assert np.array_equal(run.key.decrypt(output), column)


def masked_noise(run: Run, circuit: Circuit) -> Integers:
    """The coefficients that a masked formula has beyond mask times exactly encoded formula."""
    parameters, ring_, holder = run.parameters, run.holder.ring, run.holder
    columns = random_columns(circuit, parameters.slots, 9)
    evaluator = run.evaluator(np.random.default_rng(5).bytes)
    loaded = {
        index: unpack_column(ring_, packed, 1 << parameters.scale_bits)
        for index, packed in run.encrypt(columns).items()
    }
    arithmetic = blind_side._ScaledArithmetic(ring_, parameters, loaded, evaluator._relinearisation)
    formula = arithmetic.raised(evaluate(circuit, arithmetic).value, parameters.factors)
    phase = run.phase(evaluator._masked(formula))

    mask = mask_polynomial(run, np.random.default_rng(5).bytes)
    values = residues_of(circuit, columns)
    exact = encoding(parameters.degree, parameters.factors * parameters.scale_bits)
    ideal = np.zeros(parameters.degree, dtype=object)
    for bit in range(int(values.max()).bit_length()):
        digit = (values >> np.uint64(bit) & np.uint64(1)).astype(np.uint8)
        ideal += centred(exact.residues(digit, parameters.primes), parameters.primes) << bit
    wanted = holder.coefficients(
        np.stack(
            [
                multiply(mask[index], row, prime)
                for index, (row, prime) in enumerate(
                    zip(holder.transformed(as_residues(ideal, run)), parameters.primes, strict=True)
                )
            ]
        )
    )
    left = (phase - centred(wanted, parameters.primes)) % parameters.modulus(0)
    return np.where(left > parameters.modulus(0) // 2, left - parameters.modulus(0), left)


def mask_polynomial(run: Run, random_bytes) -> Residues:
    """The transformed polynomial of the masks that ``random_bytes`` gives first."""
    parameters = run.parameters
    masks = draw_complex_masks(random_bytes, parameters.mask_bits, parameters.slots)
    plain = sealapi.Plaintext()
    encoder(parameters).encode(masks.tolist(), float(1 << parameters.mask_scale_bits), plain)
    return words_in(saved(plain), 88, (len(parameters.primes), parameters.degree))


def as_residues(polynomial: Integers, run: Run) -> Residues:
    return np.stack([(polynomial % prime).astype(np.uint64) for prime in run.parameters.primes])


@pytest.mark.parametrize(
    "case",
    [
        "three literals",
        "sixty-four misses",
        "not in a class",
        "alternatives of eight",
        "a literal beside alternatives",
    ],
)
def test_noise_measured_with_the_secret_key_is_within_its_bound(case: str) -> None:
    name, circuit = CASES[case]
    run = run_of(name)
    measured = masked_noise(run, circuit)
    bound = noise.output_noise(run.parameters, circuit).bound
    rms = math.isqrt(int((measured**2).sum()) // measured.size)
    assert rms < bound
    # Typical and worst case are far apart, but it is this noise that is bounded.
    assert rms > bound >> 16


@pytest.mark.parametrize("name", CKKS_SETS)
def test_a_fresh_column_is_as_quiet_as_budgeted(name: str) -> None:
    run = run_of(name)
    parameters, primes = run.parameters, run.parameters.primes
    bits = random_columns(Miss(0), parameters.slots, 3)[0]
    packed = run.encryptor.encrypt(bits)
    phase = run.phase(unpack_column(run.holder.ring, packed, 1 << parameters.scale_bits))
    exact = encoding(parameters.degree, parameters.scale_bits).residues(bits, primes)
    added = abs(phase - centred(exact, primes)).max()
    assert 10 < added <= noise.encryption_bound(parameters) + 1
    assert noise.column_bound(parameters) >= noise.encryption_bound(parameters) + 1


@pytest.mark.parametrize("case", ["sixty-four misses", "a thousand misses", "alternatives"])
def test_verdicts_are_right_for_the_largest_flood_of_random_sign(case, monkeypatch) -> None:
    """Every coefficient of F at one end or the other: more than a uniform F ever is."""

    def same(_, count):
        return np.where(signs_of(count), 2**32 - 1, 0).astype(np.uint64)

    def signs_of(count):
        return np.random.default_rng(1).integers(0, 2, count)

    monkeypatch.setattr(
        flooding, "draw_below", lambda _, limit, n: np.where(signs_of(n), limit - 1, 0).astype("u8")
    )
    monkeypatch.setattr(flooding, "draw_words", same)
    name, circuit = CASES[case]
    run = run_of(name)
    columns = random_columns(circuit, run.parameters.slots, 7)
    output = run.evaluator().evaluate(circuit, run.encrypt(columns))
    expected = ClearEvaluator().evaluate(circuit, columns) != 0
    assert np.array_equal(run.key.decrypt(output), expected)
    held = run.values(output)[~expected]
    off = max(abs(held.real).max(), abs(held.imag).max()) if held.size else 0
    assert off < 0.25


def test_slots_err_by_as_little_as_the_flood_lets_expect() -> None:
    """Uniform F: a slot's deviation is 0.41·√n·W, a quarter is fourteen times that."""
    run = run_of(LINEAR)
    zeros = np.zeros(run.parameters.slots, dtype=np.uint8)
    values = run.values(run.evaluator().evaluate(Miss(0), run.encrypt({0: zeros})))
    assert 0.25 / 18 < values.real.std() < 0.25 / 11
    assert 0.25 / 18 < values.imag.std() < 0.25 / 11


def test_masks_are_fresh_for_every_output_and_slot() -> None:
    run = run_of(LINEAR)
    evaluator = run.evaluator()
    columns = run.encrypt({0: np.ones(run.parameters.slots, dtype=np.uint8)})
    seen = [run.values(evaluator.evaluate(Miss(0), columns)) for _ in range(2)]
    for masks in seen:
        assert len(set(masks.round(3))) > 0.99 * masks.size
        assert abs(masks).min() >= 1 - 0.4
        assert abs(masks).max() <= 1 << run.parameters.mask_bits
    ratio = abs(seen[0] / seen[1])
    assert abs(np.corrcoef(np.log2(abs(seen[0])), np.log2(abs(seen[1])))[0, 1]) < 0.1
    assert ratio.std() > 1


def test_an_output_is_re_randomised_beyond_mask_and_flood() -> None:
    """With the same columns, masks and floods, both polynomials are others all over."""
    run = run_of(LINEAR)
    parameters, primes = run.parameters, run.holder.ring.primes(run.parameters.output_level)
    columns = run.encrypt({0: np.ones(parameters.slots, dtype=np.uint8)})
    first, second = (
        unpack(
            run.evaluator(np.random.default_rng(8).bytes).evaluate(Miss(0), columns),
            2,
            primes,
            parameters.degree,
        )
        for _ in range(2)
    )
    assert (first != second).mean() > 0.999


@pytest.mark.parametrize("name", CKKS_SETS)
def test_masked_values_tell_misses_apart_as_well_as_it_is_said(name: str) -> None:
    """Both what can be told by the best test, and that it is no more and no less."""
    row = CKKS_SETS[name]
    draws = 1 << 18
    one, two = (
        abs(draw_complex_masks(np.random.default_rng(seed).bytes, row.mask_bits, draws))
        for seed in (1, 2)
    )
    two = two * 2
    # The best test of a shifted uniform distribution asks what is beyond its end.
    told = (two > 1 << row.mask_bits).mean() - (one > 1 << row.mask_bits).mean()
    assert told == pytest.approx(row.advantage, abs=0.003)
    bins = np.linspace(0, row.mask_bits + 1, 4 * (row.mask_bits + 1) + 1)
    counts = [np.histogram(np.log2(values), bins)[0] / draws for values in (one, two)]
    distance = abs(counts[0] - counts[1]).sum() / 2
    assert distance == pytest.approx(row.advantage, abs=0.012)


def test_random_masks_come_at_all_angles_whatever_their_size() -> None:
    masks = draw_complex_masks(np.random.default_rng(4).bytes, 28, 1 << 16)
    for half in (abs(masks) < 1 << 14, abs(masks) >= 1 << 14):
        counts = np.histogram(np.angle(masks[half]), 16, (-np.pi, np.pi))[0] / half.sum()
        assert counts.sum() == pytest.approx(1)
        assert counts == pytest.approx(1 / 16, abs=0.006)


def test_a_circuit_that_the_set_does_not_carry_is_refused() -> None:
    run = run_of(LINEAR)
    with pytest.raises(TooDeep):
        run.evaluator().evaluate(Product((Miss(0), Miss(1))), {})


def test_products_need_a_relinearisation_key() -> None:
    run = run_of(PRODUCT)
    circuit = Product((Miss(0), Miss(1)))
    evaluator = CkksEvaluator(run.parameters, NONCE, run.public_key)
    columns = run.encrypt(random_columns(circuit, run.parameters.slots, 1))
    with pytest.raises(InvalidKey, match="relinearisation"):
        evaluator.evaluate(circuit, columns)
