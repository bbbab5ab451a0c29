from __future__ import annotations

import math
import os

import numpy as np
import pytest

from matcher.schemes.randomness import (
    CipherStream,
    draw_below,
    draw_errors,
    draw_masks,
    draw_ternary,
    draw_words,
)


def test_two_streams_differ_and_none_repeats() -> None:
    one, other = CipherStream(), CipherStream()
    blocks = [one(32), one(32), other(32), other(32)]
    assert len(set(blocks)) == 4


def test_a_stream_is_refused_in_a_forked_process(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = CipherStream()
    here = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: here + 1)
    with pytest.raises(RuntimeError):
        stream(1)


def test_a_stream_does_not_print_its_key() -> None:
    assert repr(CipherStream()) == "CipherStream(...)"


def test_the_smallest_and_the_largest_mask() -> None:
    assert draw_masks(bytes, 3).tolist() == [1, 1, 1]
    assert draw_masks(lambda count: b"\xff" * count, 3).tolist() == [65536] * 3


def test_every_mask_occurs_and_zero_does_not() -> None:
    masks = draw_masks(np.random.default_rng(1).bytes, 2**20)
    assert set(masks.tolist()) == set(range(1, 65537))


@pytest.mark.parametrize("limit", [1, 3, 2**23, 8387711, 2**39 + 1])
def test_numbers_below_a_limit_are_spread_evenly(limit: int) -> None:
    drawn = draw_below(np.random.default_rng(2).bytes, limit, 20000)
    assert drawn.size == 20000
    assert int(drawn.max()) < limit
    tolerance = 5 * limit / np.sqrt(12 * 20000)
    assert abs(float(drawn.mean()) - (limit - 1) / 2) <= tolerance


def test_ternary_numbers_are_uniform() -> None:
    drawn = draw_ternary(np.random.default_rng(3).bytes, 30000)
    values, counts = np.unique(drawn, return_counts=True)
    assert values.tolist() == [-1, 0, 1]
    assert np.abs(counts - 10000).max() < 5 * np.sqrt(30000 * 2 / 9)


def test_errors_have_the_standard_width_and_never_exceed_their_bound() -> None:
    drawn = draw_errors(np.random.default_rng(4).bytes, 100000)
    assert abs(drawn.mean()) < 0.06
    assert abs(drawn.std() - np.sqrt(10.5)) < 0.05
    assert draw_errors(lambda count: (2**21 - 1).to_bytes(8, "little") * (count // 8), 1) == 21
    assert draw_errors(lambda _: (-(2**21)).to_bytes(8, "little", signed=True), 1) == -21


def test_masks_are_uniform() -> None:
    masks = draw_masks(np.random.default_rng(5).bytes, 2**22)
    counts = np.bincount(masks.astype(np.int64) - 1, minlength=65536)
    assert abs(deviation(counts, np.full(65536, 2**22 / 65536))) < 4


def test_errors_are_centred_binomial() -> None:
    drawn = draw_errors(np.random.default_rng(6).bytes, 2**20)
    expected = np.array([math.comb(42, k) for k in range(43)]) / 2**42 * 2**20
    counts = np.bincount(drawn + 21, minlength=43)
    often = expected > 20
    assert counts[~often].sum() < 3 * expected[~often].sum() + 20
    assert abs(deviation(counts[often], expected[often])) < 4


@pytest.mark.parametrize(
    "draw",
    [draw_masks, draw_words, draw_ternary, draw_errors, lambda r, n: draw_below(r, 3 * 2**30, n)],
    ids=["masks", "words", "ternary", "errors", "below"],
)
def test_neighbours_have_nothing_to_do_with_each_other(draw) -> None:
    drawn = draw(np.random.default_rng(7).bytes, 2**20).astype(np.float64)
    scaled = (drawn - drawn.mean()) / drawn.std()
    for distance in (1, 2, 8, 8192):
        together = float((scaled[distance:] * scaled[:-distance]).mean())
        assert abs(together) * math.sqrt(scaled.size) < 4.75


def deviation(counts: np.ndarray, expected: np.ndarray) -> float:
    """χ² in standard deviations (Wilson and Hilferty)."""
    statistic = float(((counts - expected) ** 2 / expected).sum())
    freedom = counts.size - 1
    scale = 2 / (9 * freedom)
    return ((statistic / freedom) ** (1 / 3) - (1 - scale)) / math.sqrt(scale)
