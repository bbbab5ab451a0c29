from __future__ import annotations

import numpy as np
import pytest
import rfc8785

from matcher.core.canonical import canonical_json
from matcher.core.errors import InvalidMessage


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -(2**53 - 1),
        "",
        "障害等級",
        'quotes " and \\ backslash',
        "\b\t\n\f\r\u0000\u001f\u007f",
        "𠮷 and é",
        [],
        {},
        {"b": [1, {"z": None, "a": False}], "a": "x", "B": "y", "é"[:0] + "_": 1},
        (1, 2, (3,)),
    ],
)
def test_bytes_are_those_of_an_independent_implementation(value: object) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


def test_keys_are_sorted_and_nothing_is_spaced() -> None:
    assert canonical_json({"b": 1, "a": [1, 2]}) == b'{"a":[1,2],"b":1}'


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        2**53,
        -(2**53),
        {"é": 1},
        {1: 2},
        b"bytes",
        {"a": b"bytes"},
        "lone \ud800 surrogate",
        {1, 2},
        np.float64(1.0),
        object(),
    ],
)
def test_what_has_no_exact_form_is_refused(value: object) -> None:
    with pytest.raises(InvalidMessage):
        canonical_json(value)  # type: ignore[arg-type]
