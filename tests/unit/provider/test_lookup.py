import numpy as np
import pytest

from clients.provider.lookup import CodeIndex
from clients.tabular.identifiers import hash_identifiers
from matcher.core.binding import link_code


def identifiers(count: int) -> list[str]:
    return [f"resident-{number}" for number in range(count)]


def test_codes_are_the_link_codes_of_the_identifiers_in_order() -> None:
    codes = hash_identifiers(["a", "b"])
    assert [code.tobytes() for code in codes] == [link_code("a"), link_code("b")]


@pytest.mark.parametrize("count", [1, 2, 3, 1000, 20_000])
def test_every_known_code_finds_its_row(count: int) -> None:
    codes = hash_identifiers(identifiers(count))
    order = np.random.default_rng(count).permutation(count)
    assert (CodeIndex(codes).rows_of(codes[order]) == order).all()


def test_unknown_codes_have_no_row() -> None:
    index = CodeIndex(hash_identifiers(identifiers(500)))
    strangers = np.vstack(
        [
            hash_identifiers(["somebody else"]),
            np.zeros((1, 16), dtype=np.uint8),
            np.full((1, 16), 255, dtype=np.uint8),
        ]
    )
    assert index.rows_of(strangers).tolist() == [-1, -1, -1]


def test_all_sixteen_bytes_decide() -> None:
    codes = np.zeros((4, 16), dtype=np.uint8)
    codes[:, 15] = [7, 3, 5, 1]
    index = CodeIndex(codes)
    asked = np.zeros((5, 16), dtype=np.uint8)
    asked[:, 15] = [1, 2, 3, 5, 7]
    assert index.rows_of(asked).tolist() == [3, -1, 1, 2, 0]
    assert index.duplicate is None


def test_an_empty_table_knows_nobody() -> None:
    index = CodeIndex(np.zeros((0, 16), dtype=np.uint8))
    assert index.rows_of(hash_identifiers(["a"])).tolist() == [-1]
    assert index.duplicate is None


def test_equal_codes_are_found_with_their_rows() -> None:
    assert CodeIndex(hash_identifiers(["a", "b", "c", "b", "d", "b", "d"])).duplicate == (1, 3)
