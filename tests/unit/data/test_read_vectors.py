"""Files of vectors that others wrote: what is taken of each kind, and what is refused."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from semascope.data.read_vectors import read_vectors
from semascope.data.table import Table
from semascope.data.vectors_file import write_vectors
from semascope.errors import DataError

ROWS = np.array([[3.0, 4.0], [0.0, 2.0], [-1.0, 0.5]], dtype=np.float32)


def lists(rows: np.ndarray = ROWS) -> pa.Array:
    return pa.array(rows.tolist(), pa.list_(pa.float64()))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "uint8", ">f4"])
def test_an_npy_is_read_as_it_lies_there(tmp_path, dtype):
    rows = np.abs(ROWS).astype(dtype)
    np.save(tmp_path / "theirs.npy", rows)
    found = read_vectors(tmp_path / "theirs.npy")
    np.testing.assert_array_equal(found.vectors, rows)
    assert (found.ids, found.rows, found.taken) == (None, None, "")
    content = (tmp_path / "theirs.npy").read_bytes()
    assert found.digest == hashlib.blake2b(content, digest_size=16).hexdigest()


def test_an_npz_with_ids_with_rows_and_with_one_array(tmp_path):
    np.savez(tmp_path / "ids.npz", other=np.zeros(5), vectors=ROWS, ids=np.array([7, 8, 9]))
    found = read_vectors(tmp_path / "ids.npz")
    assert found.ids == ("7", "8", "9")
    assert found.taken == "array 'vectors'"
    np.savez_compressed(tmp_path / "texts.npz", anything=ROWS, ids=np.array(["a", "é", "c"]))
    found = read_vectors(tmp_path / "texts.npz")
    assert found.ids == ("a", "é", "c")
    assert found.taken == "array 'anything'"
    np.testing.assert_array_equal(found.vectors, ROWS)
    np.savez(tmp_path / "numbers.npz", vectors=ROWS, ids=np.array([1.0, 2.5, 3.0]))
    assert read_vectors(tmp_path / "numbers.npz").ids == ("1", "2.5", "3")  # as a table of texts writes them


@pytest.mark.parametrize("ending", ["npy", "npz", "parquet", "arrow"])
def test_what_embed_writes_is_read(tmp_path, ending):
    table = Table.from_columns({"id": ["x", "y", "z", "w"], "text": ["a", "b", "c", "d"]}).take([0, 2, 3])
    write_vectors(table, ROWS, tmp_path / f"ours.{ending}")
    found = read_vectors(tmp_path / f"ours.{ending}")
    np.testing.assert_array_equal(found.vectors, ROWS)
    assert found.ids == (("x", "z", "w") if ending in ("parquet", "arrow") else None)
    assert (None if found.rows is None else found.rows.tolist()) == ([0, 2, 3] if ending == "npz" else None)


@pytest.mark.parametrize(
    "kind",
    [pa.list_(pa.float32()), pa.list_(pa.float64(), 2), pa.large_list(pa.float32()), pa.list_(pa.int8())],
)
def test_a_parquet_file_is_searched_for_its_column_of_numbers(tmp_path, kind):
    rows = [[3, 4], [0, 2], [-1, 5]]
    table = pa.table(
        {"text": ["a", "b", "c"], "tags": [["x"], ["y"], ["z"]], "emb": pa.array(rows, kind), "id": [1, 2, 3]}
    )
    pq.write_table(table, tmp_path / "theirs.parquet", row_group_size=2)
    found = read_vectors(tmp_path / "theirs.parquet")
    assert found.vectors.tolist() == rows
    assert found.ids == ("1", "2", "3")
    assert found.taken == "column 'emb'"


def test_of_two_columns_the_one_called_vector_is_taken(tmp_path):
    pq.write_table(pa.table({"a": lists(), "vector": lists(ROWS + 1)}), tmp_path / "two.parquet")
    assert read_vectors(tmp_path / "two.parquet").vectors.tolist() == (ROWS + 1).tolist()
    pq.write_table(pa.table({"a": lists(), "b": lists()}), tmp_path / "two.parquet")
    with pytest.raises(
        DataError, match=r"two.parquet has the columns a and b of lists of numbers; one is needed"
    ):
        read_vectors(tmp_path / "two.parquet")
    pq.write_table(pa.table({"a": [1.0], "b": [["x"]]}), tmp_path / "none.parquet")
    with pytest.raises(DataError, match=r"no column of lists of numbers; .* its columns are a and b"):
        read_vectors(tmp_path / "none.parquet")


def test_a_slice_of_an_arrow_file_keeps_its_own_rows(tmp_path):
    """Offsets of a sliced column do not start at 0."""
    table = pa.table({"vector": lists(np.vstack([ROWS, ROWS + 9]))}).slice(3)
    feather.write_feather(table, str(tmp_path / "cut.arrow"), compression="uncompressed")
    assert read_vectors(tmp_path / "cut.arrow").vectors.tolist() == (ROWS + 9).tolist()


@pytest.mark.parametrize(
    ("name", "array", "said"),
    [
        ("flat", np.ones(4), r"has shape \(4,\); vectors are \(rows, dims\)"),
        ("deep", np.ones((2, 2, 2)), r"has shape \(2, 2, 2\)"),
        ("thin", np.ones((3, 0)), r"has shape \(3, 0\).*dims 1 or more"),
        ("words", np.array([["a", "b"]]), "holds <U1; numbers are read"),
        ("complex", np.ones((2, 2), dtype=complex), "holds complex128; numbers are read"),
        ("truths", np.ones((2, 2), dtype=bool), "holds bool; numbers are read"),
    ],
)
def test_arrays_that_are_no_rows_of_numbers_are_refused(tmp_path, name, array, said):
    np.save(tmp_path / f"{name}.npy", array)
    with pytest.raises(DataError, match=rf"{name}.npy {said}"):
        read_vectors(tmp_path / f"{name}.npy")


def test_nothing_is_unpickled(tmp_path):
    np.save(tmp_path / "objects.npy", np.array([[1, "a"]], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match=r"objects.npy holds Python objects, which would run code"):
        read_vectors(tmp_path / "objects.npy")
    np.savez(tmp_path / "objects.npz", vectors=np.array([[1, "a"]], dtype=object))
    with pytest.raises(DataError, match=r"array 'vectors' of objects.npz holds Python objects"):
        read_vectors(tmp_path / "objects.npz")
    np.savez(tmp_path / "ids.npz", vectors=ROWS, ids=np.array(["a", "b", 3], dtype=object))
    with pytest.raises(DataError, match=r"array 'ids' of ids.npz holds Python objects"):
        read_vectors(tmp_path / "ids.npz")
    (tmp_path / "plain.npy").write_bytes(b"\x80\x04N.")  # a pickle of None
    with pytest.raises(DataError, match=r"plain.npy holds Python objects"):
        read_vectors(tmp_path / "plain.npy")


def test_damaged_and_misnamed_files_are_named(tmp_path):
    np.save(tmp_path / "a.npy", ROWS)
    np.savez(tmp_path / "b.npz", vectors=ROWS)
    (tmp_path / "cut.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:-3])
    (tmp_path / "cut.npz").write_bytes((tmp_path / "b.npz").read_bytes()[:-30])
    (tmp_path / "empty.npy").write_bytes(b"")
    (tmp_path / "cut.parquet").write_bytes(b"PAR1")
    for name in ("cut.npy", "cut.npz", "empty.npy"):
        with pytest.raises(DataError, match=f"{name} is not a whole file of NumPy"):
            read_vectors(tmp_path / name)
    with pytest.raises(DataError, match=r"cut.parquet is not a whole Parquet file"):
        read_vectors(tmp_path / "cut.parquet")
    (tmp_path / "b.npz").rename(tmp_path / "b.npy")
    with pytest.raises(DataError, match=r"b.npy is an npz and ends in .npy; rename it"):
        read_vectors(tmp_path / "b.npy")
    (tmp_path / "a.npy").rename(tmp_path / "a.npz")
    with pytest.raises(DataError, match=r"a.npz is an npy and ends in .npz; rename it"):
        read_vectors(tmp_path / "a.npz")
    with pytest.raises(DataError, match=r"none.npy is not there; a file of vectors is needed"):
        read_vectors(tmp_path / "none.npy")
    with pytest.raises(
        DataError, match=r"ends in '.csv'; vectors are read from .parquet, .arrow, .npy, .npz"
    ):
        read_vectors(tmp_path / "a.csv")


def test_what_stands_beside_the_vectors_must_fit_them(tmp_path):
    file = tmp_path / "beside.npz"
    for beside, said in (
        ({"ids": np.array([1, 2])}, r"has 2 ids for 3 vectors"),
        ({"rows": np.array([1])}, r"has 1 rows for 3 vectors"),
        ({"ids": np.ones((3, 1))}, r"has ids of type float64 and shape \(3, 1\)"),
        ({"rows": np.array([0.0, 1.0, 2.0])}, r"has rows of type float64"),
        ({"ids": np.arange(3), "rows": np.arange(3)}, r"has 'ids' and 'rows'"),
    ):
        np.savez(file, vectors=ROWS, **beside)
        with pytest.raises(DataError, match=said):
            read_vectors(file)
    np.savez(file, a=ROWS, b=ROWS)
    with pytest.raises(DataError, match=r"has the arrays a and b; one is to be called 'vectors'"):
        read_vectors(file)


def test_lists_of_several_widths_and_rows_without_a_list_are_refused(tmp_path):
    file = tmp_path / "lists.parquet"
    pq.write_table(pa.table({"v": [[1.0, 2.0], [1.0]]}), file)
    with pytest.raises(DataError, match=r"column 'v' has rows of 1 to 2 numbers"):
        read_vectors(file)
    pq.write_table(pa.table({"v": [[1.0, 2.0], None]}), file)
    with pytest.raises(DataError, match=r"column 'v', row 1 \(counted from 0\) has no vector"):
        read_vectors(file)
    pq.write_table(pa.table({"v": [[1.0, None], [1.0, 2.0]]}), file)
    assert np.isnan(read_vectors(file).vectors[0, 1])


def test_both_spellings_of_ids_are_taken_in_either_kind_of_file(tmp_path):
    """Had one been overlooked, rows would have been matched by their place, and vectors gone to other texts."""
    np.savez(tmp_path / "id.npz", vectors=ROWS, id=np.array([3, 1, 2]))
    assert read_vectors(tmp_path / "id.npz").ids == ("3", "1", "2")
    pq.write_table(pa.table({"ids": ["c", "a", "b"], "vector": lists()}), tmp_path / "ids.parquet")
    assert read_vectors(tmp_path / "ids.parquet").ids == ("c", "a", "b")
