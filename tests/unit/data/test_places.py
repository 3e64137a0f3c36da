import os
import socket

import pytest

from semascope.data.read import read_table
from semascope.data.settings_file import read_settings
from semascope.errors import ConfigError, DataError
from semascope.probes.artifact_files import open_artifact


def test_a_named_pipe_is_not_waited_for(tmp_path):
    for name in ("a.csv", "a.yaml", "a.zip", "a"):
        os.mkfifo(tmp_path / name)
    message = (
        "is a named pipe; a file is needed, which can be read twice; write what comes out of it to a file"
    )
    with pytest.raises(DataError, match=message):
        read_table(tmp_path / "a.csv")
    with pytest.raises(DataError, match=message):
        read_table(tmp_path / "a")
    with pytest.raises(DataError, match=message):
        read_settings(tmp_path / "a.yaml", what="study file")
    with pytest.raises(DataError, match=message), open_artifact(tmp_path / "a.zip"):
        pass


def test_devices_and_sockets_are_not_read(tmp_path, monkeypatch):
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    with pytest.raises(DataError, match=r"zero\.csv is a device; a file is needed"):
        read_table(tmp_path / "zero.csv")
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as end:
        end.bind("s.csv")
        with pytest.raises(DataError, match=r"s\.csv is a socket"):
            read_table("s.csv")


def test_links_that_lead_nowhere_are_named(tmp_path):
    (tmp_path / "a.csv").symlink_to("gone.csv")
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    with pytest.raises(DataError, match=r"a\.csv is a link to gone\.csv, which is not there; mend the link"):
        read_table(tmp_path / "a.csv")
    with pytest.raises(DataError, match=r"loop\.csv is a link to loop\.csv"):
        read_table(tmp_path / "loop.csv")
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "a.txt").write_text("fog")
    (texts / "b.txt").symlink_to("gone.txt")
    with pytest.warns(UserWarning, match=r"a link leads to a file that is not there .* b\.txt first"):
        table = read_table(texts)
    assert table.strings("text") == ["fog"]


def test_a_folder_with_the_ending_of_a_table_is_no_folder_of_texts(tmp_path):
    folder = tmp_path / "a.parquet"
    folder.mkdir()
    (folder / "_SUCCESS").touch()
    with pytest.raises(DataError, match=r"a\.parquet is a folder with the ending of a table.*name a file"):
        read_table(folder)
    (folder / "part-0.parquet").touch()
    with pytest.raises(DataError, match=r"name one of its files, such as part-0\.parquet"):
        read_table(folder)


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("data: a.csv\ntext: a\ntarget: y\ntext: b\n", "text", 4),
        ("data: a.csv\nat:\n  x: 1\n  x: 1\n", "x", 4),
        ("{data: a.csv, data: a.csv}", "data", 1),
    ],
)
def test_a_setting_given_twice_is_refused(tmp_path, text, key, line):
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf8")
    with pytest.raises(ConfigError, match=rf"a\.yaml, line {line}: '{key}' stands there twice; a setting is"):
        read_settings(path, what="study file")


def test_anchors_and_merged_mappings_still_work(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("a: &a {x: 1, y: 2}\nb: {<<: *a, x: 3}\n", encoding="utf8")
    assert read_settings(path, what="map file")["b"] == {"x": 3, "y": 2}
