from __future__ import annotations

from pathlib import Path

import pytest

from matcher.core.errors import InvalidFile
from matcher.language.document import (
    MOST_BYTES,
    Listing,
    Mapping,
    Scalar,
    parse_document,
    read_document,
)


def _refusal(data: bytes | str) -> InvalidFile:
    with pytest.raises(InvalidFile) as caught:
        parse_document(data.encode() if isinstance(data, str) else data, "file.yaml")
    return caught.value


def test_nodes_know_their_place() -> None:
    tree = parse_document(b"a: 1\nb:\n  - x\n  - {c: y}\n", "file.yaml")
    (_, one), (key, listing) = tree.entries
    assert isinstance(one, Scalar)
    assert str(one.place) == "file.yaml:1:4"
    assert str(key.place) == "file.yaml:2:1"
    assert isinstance(listing, Listing)
    second = listing.items[1]
    assert isinstance(second, Mapping)
    assert str(second.entries[0][1].place) == "file.yaml:4:9"


def test_scalars_are_not_interpreted() -> None:
    tree = parse_document(b"{a: yes, b: no, c: 010, d: 2026-04-01, e: 1.0, f: 'x'}", "f")
    texts = [node.text for _, node in tree.entries if isinstance(node, Scalar)]
    assert texts == ["yes", "no", "010", "2026-04-01", "1.0", "x"]


CASES = {
    "two keys": ("a: 1\nb: 2\na: 3\n", "appears twice", ":3:1"),
    "two keys in flow": ("x: {a: 1, a: 2}\n", "appears twice", ":1:11"),
    "an anchor": ("a: &x 1\n", "anchors", ":1:4"),
    "an alias": ("a: 1\nb: *x\n", "anchors", ":2:4"),
    "a tag": ("a: !!python/object/apply:os.system [x]\n", "tags", ":1:4"),
    "a merge key": ("a: 1\n<<: {b: 2}\n", "merge keys", ":2:1"),
    "two documents": ("a: 1\n---\nb: 2\n", "two documents", ":2:1"),
    "a list at the top": ("- 1\n", "not a mapping", ""),
    "nothing": ("", "not a mapping", ""),
    "a comment": ("# only\n", "not a mapping", ""),
    "text": ("just text\n", "not a mapping", ""),
    "a key that is a list": ("? [a]\n: 1\n", "key is not text", ":1:3"),
    "no YAML": ("a: [1, 2\nb: 3\n", "not YAML", ":2:2"),
    "a tab": ("a:\n\t- 1\n", "not YAML", ":2:1"),
    "deep nesting": ("a: " + "[" * 40 + "]" * 40, "nested too deeply", ":1:20"),
}


@pytest.mark.parametrize(("text", "message", "where"), CASES.values(), ids=CASES.keys())
def test_what_is_not_used_here_is_refused(text: str, message: str, where: str) -> None:
    error = _refusal(text)
    assert message in error.what
    assert error.where == f"file.yaml{where}"


def test_a_file_over_the_limit_is_refused_before_parsing() -> None:
    body = b"a: " + b"x" * (MOST_BYTES - 4) + b"\n"
    assert len(body) == MOST_BYTES
    parse_document(body, "f")
    assert "larger than 64 KiB" in _refusal(body + b"\n").what


def test_a_large_file_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(InvalidFile, match="larger than 64 KiB"):
        read_document(path)


def test_bytes_that_are_not_utf8_are_refused() -> None:
    assert "byte 3 is not UTF-8" in _refusal(b"a: \xff\n").what


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="cannot be read") as caught:
        read_document(tmp_path / "none.yaml")
    assert caught.value.where.endswith("none.yaml")
