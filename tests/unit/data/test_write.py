import errno
import json
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pytest

from semascope.data.formats import format_of
from semascope.data.write import write_table
from semascope.errors import DataError

DATA = pa.table(
    {"text": ['a "b", c', None, "x\ry"], "n": [1.0, float("nan"), 2.5], "tags": [["é"], None, []]}
)


def written(format):
    stream = BytesIO()
    write_table(DATA, stream, format=format)
    return stream.getvalue().decode()


def test_what_stands_in_the_text_formats():
    assert written("csv") == 'text,n,tags\n"a ""b"", c",1,"[""é""]"\n,,\n"x\ry",2.5,[]\n'
    assert written("tsv").splitlines()[0] == "text\tn\ttags"
    lines = ['{"text": "a \\"b\\", c", "n": 1.0, "tags": ["é"]}', '{"text": null, "n": null, "tags": null}']
    assert written("jsonl").split("\n")[:2] == lines
    assert json.loads(written("json")) == [json.loads(line) for line in written("jsonl").splitlines()]


def test_a_single_empty_cell_is_not_a_blank_line():
    stream = BytesIO()
    write_table(pa.table({"text": ["a", "", None]}), stream, format="csv")
    assert stream.getvalue() == b'text\na\n""\n""\n'


def test_no_rows_and_many_rows(monkeypatch):
    monkeypatch.setattr("semascope.data.write.BATCH", 2)
    for n in (0, 1, 2, 5):
        stream = BytesIO()
        write_table(pa.table({"n": list(range(n))}), stream, format="json")
        assert json.loads(stream.getvalue()) == [{"n": i} for i in range(n)]
        stream = BytesIO()
        write_table(pa.table({"n": pa.array(range(n), pa.int64())}), stream, format="jsonl")
        assert stream.getvalue().decode().splitlines() == [f'{{"n": {i}}}' for i in range(n)]


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_columnar_formats_go_through_a_pipe(format):
    class Pipe(BytesIO):
        def seekable(self):
            return False

        def tell(self):
            raise OSError(errno.ESPIPE, "Illegal seek")

    pipe, plain = Pipe(), BytesIO()
    write_table(DATA, pipe, format=format)
    write_table(DATA, plain, format=format)
    assert pipe.getvalue() == plain.getvalue()


def fail_with(code):
    def fail(*_):
        raise OSError(code, "No space left on device")

    return fail


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "out.csv"
    path.write_text("old")
    monkeypatch.setattr("semascope.files.os.fsync", fail_with(errno.ENOSPC))
    with pytest.raises(
        DataError, match=r"out\.csv cannot be written: No space left on device; a folder with room"
    ):
        write_table(DATA, path, format="csv")
    assert [p.name for p in tmp_path.iterdir()] == ["out.csv"]
    assert path.read_text() == "old"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet", "arrow"])
def test_a_full_disk_is_one_line(format):
    message = r"cannot be written: (\[Errno 28\] .*|)No space left"
    with Path("/dev/full").open("wb", buffering=0) as stream, pytest.raises(DataError, match=message):
        write_table(DATA, stream, format=format)


def test_a_read_only_or_missing_folder_is_one_line(tmp_path, monkeypatch):
    with pytest.raises(DataError, match=r"out\.csv cannot be written: No such file or directory"):
        write_table(DATA, tmp_path / "nowhere" / "out.csv", format="csv")
    monkeypatch.setattr(Path, "open", lambda *_: fail_with(errno.EROFS)())
    with pytest.raises(DataError, match="cannot be written"):
        write_table(DATA, tmp_path / "out.csv", format="csv")


def test_a_closed_pipe_is_left_to_the_caller():
    class Closed(BytesIO):
        def write(self, data):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        write_table(DATA, Closed(), format="csv")


def test_packed_output_is_refused(tmp_path):
    with pytest.raises(DataError, match="packed files are read but not written"):
        write_table(DATA, tmp_path / "a.csv.gz", format="csv")


def test_format_of():
    assert format_of("a.b.CSV") == "csv"
    assert format_of(Path("x/y.ndjson")) == "jsonl"
    with pytest.raises(DataError, match=r"has the ending '\.txt'; accepted are \.csv"):
        format_of("a.txt")
