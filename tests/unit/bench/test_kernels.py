from __future__ import annotations

import pytest

from bench.kernels import measure_kernels, total_seconds
from matcher.core.bgv_parameters import BGV_SETS


def test_every_operation_of_a_run_is_timed() -> None:
    kernels = measure_kernels(BGV_SETS["bgv-8192-104"], 2, 2)
    assert set(kernels) == {
        "encode",
        "encrypt",
        "load",
        "add",
        "mask",
        "encrypt_zero",
        "flood",
        "decrypt",
    }
    assert all(0 < seconds < 1 for seconds in kernels.values())


def test_a_run_costs_its_columns_and_its_chunks() -> None:
    kernels = dict.fromkeys(("encode", "encrypt", "load"), 10.0)
    kernels |= {"add": 1.0, "mask": 0.1, "encrypt_zero": 0.1, "flood": 0.1, "decrypt": 0.1}
    assert total_seconds(kernels, chunks=2, columns=3) == pytest.approx(2 * (90 + 3 + 0.4))
