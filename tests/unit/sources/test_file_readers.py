"""Files come in as text, every row with its number; what is no file, or not what it says, is one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from recoup.errors import RecoupError
from recoup.sources import file_readers
from recoup.sources.file_readers import MalformedRow, reader


def read(
    path: Path, *columns: str, encoding: str = "utf-8", delimiter: str = ","
) -> tuple[dict[str, list[str]], list[int]]:
    file = reader(path, delimiter=delimiter, encoding=encoding)
    names = list(columns) or file.column_names()
    found = list(file.batches(names))
    rows = pa.concat_tables([table for table, _ in found]).to_pydict()
    return rows, np.concatenate([numbers for _, numbers in found]).tolist()


def write(tmp_path: Path, content: str | bytes, name: str = "x.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_text_stays_text(tmp_path: Path) -> None:
    path = write(tmp_path, 'id,amount\n007,1.10\n" 8 ",NULL\n,true\n')
    assert read(path) == ({"id": ["007", "8", None], "amount": ["1.10", "NULL", "true"]}, [2, 3, 4])


def test_rows_keep_their_numbers_past_malformed_and_blank_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_readers, "_BLOCK_BYTES", 40)
    lines = ["a,b", "1,x", "2", "", "3,x", "4,x,y", "5,x", *(f"{n},x" for n in range(6, 60)), "60"]
    path = write(tmp_path, "\n".join(lines))
    file = reader(path, delimiter=",", encoding="utf-8")
    numbers: dict[str, int] = {}
    for table, found in file.batches(["a"]):
        numbers |= dict(zip(table["a"].to_pylist(), found.tolist(), strict=True))
    assert numbers == {str(n): lines.index(f"{n},x") + 1 for n in (1, 3, *range(5, 60))}
    assert file.malformed == [MalformedRow(3, 1, 2), MalformedRow(6, 3, 2), MalformedRow(len(lines), 1, 2)]


def test_a_quoted_field_may_hold_anything(tmp_path: Path) -> None:
    path = write(tmp_path, 'a;b\n"x;""y""\nz";1\n')
    assert read(path, delimiter=";") == ({"a": ['x;"y"\nz'], "b": ["1"]}, [2])


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig", "cp1252"])
def test_a_declared_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, "nom,x\né,1\n".encode(encoding))
    assert read(path, encoding=encoding)[0] == {"nom": ["é"], "x": ["1"]}


def test_a_byte_order_mark_belongs_to_no_column(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeffnom,x\né,1\n")
    assert read(path)[0] == {"nom": ["é"], "x": ["1"]}


def test_a_wrong_encoding_names_the_row(tmp_path: Path) -> None:
    path = write(tmp_path, "nom,x\ne,1\né,2\n".encode("latin-1"))
    with pytest.raises(RecoupError, match=r"x\.csv row 3 is not utf-8: save the file as UTF-8, or set `encoding`"):
        read(path)


def test_a_gzipped_file_is_read(tmp_path: Path) -> None:
    import gzip

    assert read(write(tmp_path, gzip.compress(b"a,b\n1,2\n"), "x.csv.gz")) == ({"a": ["1"], "b": ["2"]}, [2])


def test_parquet_types_become_iso_text(tmp_path: Path) -> None:
    from datetime import UTC, date, datetime
    from decimal import Decimal

    path = tmp_path / "x.parquet"
    table = pa.table({
        "text": ["007", None], "date": [date(2013, 1, 2), None], "at": [datetime(2013, 1, 2, 3, tzinfo=UTC), None],
        "amount": [Decimal("55.90"), None], "float": [55.94, None], "flag": [True, None],
        "list": [["a", 'b"\\c'], None], "one": ["1", "2"],
    })  # fmt: skip
    parquet.write_table(table, path)
    rows, numbers = read(path)
    assert {name: values[0] for name, values in rows.items()} == {
        "text": "007", "date": "2013-01-02", "at": "2013-01-02 03:00:00.000000Z", "amount": "55.90", "float": "55.94",
        "flag": "true", "list": r'{"a","b\"\\c"}', "one": "1",
    }  # fmt: skip
    assert {values[1] for name, values in rows.items() if name != "one"} == {None}
    assert numbers == [1, 2]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.csv", b"", "is empty: it must begin with a header"),
        ("x.csv", b"a,a\n1,2\n", "names the column 'a' twice"),
        ("x.parquet", b"no parquet", "cannot be read"),
        ("x.csv.gz", b"no gzip", "cannot be read"),
    ],
)
def test_a_file_that_is_none_is_one_sentence(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    with pytest.raises(RecoupError, match=message) as error:
        read(write(tmp_path, content, name))
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for name in ("x.csv", "x.parquet"):
        with pytest.raises(RecoupError, match=f"There is no file .*{name}: bring it there"):
            read(tmp_path / name)
