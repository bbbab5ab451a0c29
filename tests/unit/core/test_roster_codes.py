from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from matcher.core.errors import ControlMismatch, DuplicateCode
from matcher.core.roster import check_codes

CONTROLS = np.array([1, 4], dtype=np.int64)


def _codes(seats: int = 1, slots: int = 6) -> NDArray[np.uint8]:
    codes = np.random.default_rng(1).integers(1, 256, (slots, seats, 16), dtype=np.uint8)
    codes[CONTROLS] = 0
    return codes.reshape(-1, 16)


@pytest.mark.parametrize("seats", [1, 3])
def test_codes_beside_controls_are_accepted(seats: int) -> None:
    check_codes(_codes(seats), CONTROLS, seats)
    check_codes(_codes(seats), CONTROLS, seats, alone=False)


@pytest.mark.parametrize(("seats", "place"), [(1, 4), (3, 5), (3, 14)])
def test_a_control_slot_carries_no_code_in_any_seat(seats: int, place: int) -> None:
    codes = _codes(seats)
    codes[place, 15] = 1
    with pytest.raises(ControlMismatch, match="a control slot carries a code"):
        check_codes(codes, CONTROLS, seats)


@pytest.mark.parametrize("seats", [1, 3])
def test_an_agency_alone_in_its_role_has_somebody_of_every_slot(seats: int) -> None:
    codes = _codes(seats)
    codes[5 * seats :] = 0
    with pytest.raises(ControlMismatch, match="carries no code"):
        check_codes(codes, CONTROLS, seats)
    check_codes(codes, CONTROLS, seats, alone=False)


@pytest.mark.parametrize("alone", [True, False])
def test_the_members_of_a_household_may_leave_gaps(*, alone: bool) -> None:
    codes = _codes(3)
    codes[[0, 7, 15, 17]] = 0
    check_codes(codes, CONTROLS, 3, alone=alone)


@pytest.mark.parametrize(("seats", "first", "second"), [(1, 0, 5), (3, 0, 1), (3, 2, 17)])
def test_a_code_that_is_there_twice_is_refused(seats: int, first: int, second: int) -> None:
    codes = _codes(seats)
    codes[second] = codes[first]
    with pytest.raises(DuplicateCode):
        check_codes(codes, CONTROLS, seats, alone=False)


@pytest.mark.parametrize("half", [slice(0, 8), slice(8, 16)])
def test_codes_that_share_a_half_are_different(half: slice) -> None:
    codes = _codes()
    codes[5, half] = codes[0, half]
    check_codes(codes, CONTROLS)
