from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from clients.tabular.delimited import Encoding
from clients.tabular.identifiers import hash_identifiers, identifiers_in
from clients.tabular.reading import read_rows
from clients.tabular.rows import Rows, first_where
from clients.tabular.wishes import Wishes
from matcher.core.binding import link_code
from matcher.core.errors import InvalidInput

# 表, ソ and 能 end in the bytes of a backslash in cp932, ー in that of a bracket.
JAPANESE = "番号,氏名\n一,ソーダ表\n二,能\n"


class Unusable(InvalidInput):
    """What these tests' own kind of file is refused with."""


def choose(name: str, header: Sequence[str]) -> Sequence[str]:
    if "番号" not in header:
        raise Unusable("no numbers", where=name)
    return ["氏名", "番号"]


WISHES = Wishes(choose, Unusable)


def read(
    folder: Path, content: bytes, encoding: Encoding = Encoding.UTF_8, name: str = "t.csv"
) -> Rows:
    path = folder / name
    path.write_bytes(content)
    return read_rows(path, WISHES, encoding)


def contents(rows: Rows) -> dict[str, list[object]]:
    return {name: column.to_pylist() for name, column in rows.columns.items()}


@pytest.mark.parametrize("encoding", Encoding)
def test_the_columns_chosen_are_read_in_either_encoding(tmp_path: Path, encoding: Encoding) -> None:
    rows = read(tmp_path, JAPANESE.encode(encoding), encoding)
    assert contents(rows) == {"氏名": ["ソーダ表", "能"], "番号": ["一", "二"]}
    assert rows.count == 2
    assert rows.place(1, "氏名") == "t.csv, line 3, column '氏名'"


def test_columns_that_are_not_chosen_may_hold_anything(tmp_path: Path) -> None:
    rows = read(tmp_path, "番号,氏名,note\n一,x,".encode() + b"\xff\n")
    assert rows.columns.keys() == {"氏名", "番号"}


@pytest.mark.parametrize(
    ("encoding", "content", "expected"),
    {
        "cp932 taken for UTF-8": (
            Encoding.UTF_8,
            "番号,氏名\n".encode() + "一,表\n".encode("cp932"),
            "t.csv, line 2: the file is not comma-separated text in UTF-8; save it",
        ),
        "a broken character": (
            Encoding.CP932,
            JAPANESE.encode("cp932") + b"\x81\n",
            "t.csv, line 4: the file is not comma-separated text in CP932; save it as CSV in CP932",
        ),
        "a broken character at the end of the file": (
            Encoding.CP932,
            JAPANESE.encode("cp932") + b"3,\x81",
            "t.csv, line 4: the file is not",
        ),
        "a header in another encoding": (
            Encoding.UTF_8,
            JAPANESE.encode("cp932"),
            "t.csv, line 1: the header line is not UTF-8",
        ),
        "a field too many": (
            Encoding.CP932,
            JAPANESE.encode("cp932") + "三,表,表\n".encode("cp932"),
            "t.csv, line 4: the line has 3 fields where the header has 2",
        ),
        "a header that is not wanted": (Encoding.CP932, JAPANESE.encode(), "t.csv: no numbers"),
    }.values(),
)
def test_a_file_that_cannot_be_read_is_refused_by_its_readers_class(
    tmp_path: Path, encoding: Encoding, content: bytes, expected: str
) -> None:
    with pytest.raises(Unusable) as caught:
        read(tmp_path, content, encoding)
    assert str(caught.value).startswith(expected)
    assert "表" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_parquet_file_knows_its_own_encoding(tmp_path: Path) -> None:
    path = tmp_path / "t.PARQUET"
    table = pa.table({"番号": [1, 2], "氏名": pa.array(["表", None]).dictionary_encode()})
    pyarrow.parquet.write_table(table, path)
    rows = read_rows(path, WISHES, Encoding.CP932)
    assert contents(rows) == {"氏名": ["表", None], "番号": [1, 2]}
    assert rows.place(1, "氏名") == "t.PARQUET, row 2, column '氏名'"


def test_identifiers_are_the_same_as_text_and_as_numbers() -> None:
    columns = {
        "text": pa.array(["17", None]),
        "number": pa.array([17, None]),
        "real": pa.array([1.5]),
    }
    rows = Rows("t.csv", columns, 2, row_word="line", first=2)
    for column in ("text", "number"):
        assert identifiers_in(rows, column, Unusable).to_pylist() == ["17", ""]
    with pytest.raises(Unusable, match="column 'real': identifiers are text or whole numbers"):
        identifiers_in(rows, "real", Unusable)


def test_identifiers_go_by_their_link_codes() -> None:
    codes = hash_identifiers(["17", "表"])
    assert [bytes(code) for code in codes] == [link_code("17"), link_code("表")]


def test_the_first_row_where_something_holds_is_found() -> None:
    assert first_where(pa.array([False, None, True, True])) == 2
    assert first_where(pa.array([False, None])) is None
    assert first_where(pa.array([], pa.bool_())) is None
