from __future__ import annotations

import pytest

from matcher.language.document import Scalar, parse_document
from matcher.language.location import place_in

FILES = {
    "plain": ("eligible: aa && bb\n", "bb", (1, 17)),
    "plain over two lines": ("eligible: aa &&\n    bb\n", "bb", (2, 5)),
    "single quotes": ("eligible: 'aa && bb'\n", "bb", (1, 18)),
    "double quotes": ('eligible: "aa && bb"\n', "bb", (1, 18)),
    "literal block": ("eligible: |\n  aa &&\n  bb\n", "bb", (3, 3)),
    "folded block": ("eligible: >-\n    aa &&\n    bb\n", "bb", (3, 5)),
    "block with a comment": ("eligible: > # why\n  aa &&\n\n  bb\n", "bb", (4, 3)),
    "block with indentation": ("eligible: |2\n    aa &&\n  bb\n", "bb", (3, 3)),
    "in a flow mapping": ("x: {eligible: aa && bb}\n", "bb", (1, 21)),
    "escapes are located by their start": ('eligible: "aa \\u0026& bb"\n', "bb", (1, 11)),
    "doubled quotes too": ("eligible: 'a''a bb'\n", "bb", (1, 11)),
    "beyond ASCII": ("eligible: 障害 && bb\n", "bb", (1, 17)),
}


@pytest.mark.parametrize(("text", "needle", "where"), FILES.values(), ids=FILES.keys())
def test_a_character_is_found_in_the_file(text: str, needle: str, where: tuple[int, int]) -> None:
    node = parse_document(text.encode(), "f").entries[0][1]
    while not isinstance(node, Scalar):
        node = node.entries[0][1]  # type: ignore[union-attr]
    place = place_in(node, node.text.index(needle))
    assert (place.line, place.column) == where


ENDS = {
    "plain": ("eligible: aa\n", (1, 13)),
    "quotes": ("eligible: 'aa'\n", (1, 14)),
    "block": ("eligible: |\n  aa &&\n  bb\n\n", (3, 5)),
    "escapes are located by their start": ('eligible: "a\\u0061"\n', (1, 11)),
}


@pytest.mark.parametrize(("text", "where"), ENDS.values(), ids=ENDS.keys())
@pytest.mark.parametrize("beyond", [0, 90])
def test_the_end_is_behind_the_last_visible_character(
    text: str, where: tuple[int, int], beyond: int
) -> None:
    node = parse_document(text.encode(), "f").entries[0][1]
    assert isinstance(node, Scalar)
    place = place_in(node, len(node.text.rstrip()) + beyond)
    assert (place.line, place.column) == where
