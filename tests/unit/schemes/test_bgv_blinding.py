from __future__ import annotations

import numpy as np
import pytest

from matcher.core.bgv_noise import output_noise
from matcher.core.bgv_parameters import BGV_SETS
from matcher.core.circuit import Circuit, Miss, Product, Sum
from matcher.core.flood import Flood
from matcher.schemes.bgv_blinding import draw_flood
from matcher.schemes.bgv_format import ring
from matcher.schemes.randomness import draw_below, draw_words

T, SLOTS = 65537, 8192
FLOODS: dict[str, tuple[str, Circuit]] = {
    "linear": ("bgv-8192-104", Sum((Miss(0), Miss(1)))),
    "wide linear": ("bgv-8192-112", Miss(0)),
    "one product": ("bgv-8192-152", Product((Miss(0), Miss(1)))),
    "one wide product": ("bgv-8192-168", Product((Miss(0), Miss(1)))),
    "two products": ("bgv-8192-192", Product((Miss(0),) * 4)),
}


@pytest.mark.parametrize("case", FLOODS)
@pytest.mark.parametrize("draws", ["random", "lowest", "highest"])
def test_the_flood_is_t_times_exactly_what_was_drawn(case: str, draws: str) -> None:
    name, circuit = FLOODS[case]
    parameters = BGV_SETS[name]
    noise = output_noise(parameters, circuit)

    def stream():
        rng = np.random.default_rng(1)
        top = noise.flood.top - 1
        if draws == "random":
            return rng.bytes
        if draws == "lowest":
            return bytes
        return lambda count: (
            b"\xff" * count if count == 4 * SLOTS else top.to_bytes(8, "little") * (count // 8)
        )

    again = stream()
    whole = np.zeros(SLOTS, dtype=object)
    for index in range(noise.flood.words):
        whole += draw_words(again, SLOTS).astype(object) << (32 * index)
    whole += draw_below(again, noise.flood.top, SLOTS).astype(object) << (32 * noise.flood.words)
    flood = T * (whole - noise.flood.offset)
    ring_ = ring(parameters)
    residues = draw_flood(ring_, noise.level, noise.flood, stream())
    for row, prime in zip(residues, ring_.primes(noise.level), strict=True):
        assert row.tolist() == (flood % prime).tolist()
    if draws != "random":
        end = (
            -noise.flood.offset if draws == "lowest" else noise.flood.size - noise.flood.offset - 1
        )
        assert set(flood.tolist()) == {T * end}


def test_a_small_flood_takes_every_value_alike() -> None:
    flood = Flood(words=0, top=5)
    ring_ = ring(BGV_SETS["bgv-8192-104"])
    random_bytes = np.random.default_rng(2).bytes
    prime = ring_.primes(0)[0]
    drawn = np.concatenate([draw_flood(ring_, 0, flood, random_bytes)[0] for _ in range(8)])
    values, counts = np.unique(drawn, return_counts=True)
    assert values.tolist() == sorted(T * step % prime for step in range(-2, 3))
    assert np.abs(counts - drawn.size / 5).max() < 5 * np.sqrt(drawn.size * 4 / 25)
