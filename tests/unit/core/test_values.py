import numpy as np
import pytest

from matcher.core.catalogue import LARGEST_CODE, Attribute, AttributeType
from matcher.core.errors import InvalidMessage
from matcher.core.identifiers import AttributeName
from matcher.core.values import bytes_per_value, pack_values, unpack_values


def attribute(low: int, high: int) -> Attribute:
    return Attribute(AttributeName("tax.amount"), AttributeType.INTEGER, low, high)


@pytest.mark.parametrize(
    ("low", "high", "width"),
    [
        (0, 1, 1),
        (0, 253, 1),
        (0, 254, 2),
        (-3, 250, 1),
        (0, 65533, 2),
        (0, 65534, 4),
        (-LARGEST_CODE, LARGEST_CODE, 4),
    ],
)
def test_width_is_the_smallest_that_holds_domain_absence_and_nobody(
    low: int, high: int, width: int
) -> None:
    one = attribute(low, high)
    codes = np.array([low, high, one.absent_code, one.absent_code + 1], dtype=np.int32)
    data = pack_values(one, codes, elsewhere=True)
    assert bytes_per_value(one) == width
    assert len(data) == 4 * width
    assert unpack_values(one, data, 4, elsewhere=True).tolist() == codes.tolist()


def test_values_are_little_endian_and_counted_from_the_low_end() -> None:
    one = attribute(-2, 997)
    data = pack_values(one, np.array([-2, 300, 998], dtype=np.int32))
    assert data == bytes([0, 0, 302 % 256, 1, 1000 % 256, 3])


@pytest.mark.parametrize("code", [-1, 5])
def test_a_code_outside_the_domain_is_not_packed(code: int) -> None:
    with pytest.raises(InvalidMessage):
        pack_values(attribute(0, 3), np.array([0, code], dtype=np.int32))


def test_nobody_is_refused_where_an_agency_has_everybody() -> None:
    one = attribute(0, 3)
    codes = np.array([0, one.absent_code + 1], dtype=np.int32)
    with pytest.raises(InvalidMessage, match="outside its domain"):
        pack_values(one, codes)
    data = pack_values(one, codes, elsewhere=True)
    with pytest.raises(InvalidMessage, match="outside its domain"):
        unpack_values(one, data, 2)


def test_a_number_beyond_nobody_is_refused() -> None:
    with pytest.raises(InvalidMessage, match="outside its domain"):
        unpack_values(attribute(0, 3), bytes([0, 4, 5, 6]), 4, elsewhere=True)


def test_a_number_beyond_absence_is_refused() -> None:
    with pytest.raises(InvalidMessage, match="outside its domain"):
        unpack_values(attribute(0, 3), bytes([0, 4, 5]), 3)


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00\x00\x00"])
def test_a_column_of_another_length_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidMessage, match="2 values of 1 byte"):
        unpack_values(attribute(0, 3), data, 2)
