"""Archives of text files: the rows of the folder that they unpack to, and nothing that gets out of them."""

from __future__ import annotations

import gzip
import io
import tarfile
import tempfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.data import archive_members
from semascope.data.read import read_table, table_of
from semascope.errors import DataError

FORMS = [".tar", ".tar.gz", ".tgz", ".zip"]
CHUNKS = {
    "physics/a.txt": "a body at rest",
    "physics/b.md": "two\nlines\r\n",
    "biology/deep/c": "cells",
    "biology/d.TEXT": "\ufeffé 潮",
}


def add_tar(archive, name, content=b"", **about):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for key, value in about.items():
        setattr(member, key, value)
    archive.addfile(member, io.BytesIO(content))


def pack(path: Path, contents: dict[str, str | bytes]) -> Path:
    """An archive of any form, its members in the order of the mapping."""
    data = {name: text.encode() if isinstance(text, str) else text for name, text in contents.items()}
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in data.items():
                archive.writestr(name, content)
        return path
    with tarfile.open(path, "w:" if path.suffix == ".tar" else "w:gz") as archive:
        for name, content in data.items():
            add_tar(archive, name, content)
    return path


def rows(path):
    table = table_of(path)
    return list(zip(*(table.strings(name) for name in ("path", "text", "label")), strict=True))


@pytest.mark.parametrize("form", FORMS)
def test_an_archive_gives_path_text_and_sub_folder(tmp_path, form):
    path = pack(tmp_path / f"chunks{form}", CHUNKS)
    assert rows(path) == [
        ("biology/d.TEXT", "é 潮", "biology"),
        ("biology/deep/c", "cells", "deep"),
        ("physics/a.txt", "a body at rest", "physics"),
        ("physics/b.md", "two\nlines\r\n", "physics"),
    ]
    table = read_table(path, columns=["label", "text"], limit=2, seed=1)
    assert (table.columns, len(table), table.source) == (["label", "text"], 2, f"chunks{form}")
    assert table.remarks == ()


NAMES = st.sampled_from(
    ["a", "b.txt", "c.md", ".d", "._b.txt", "e.png", "é.txt", "f g.TXT", ".DS_Store", "h.tar"]
)
FOLDERS = st.sampled_from(["x", "y z", ".hidden", "x.txt", "__MACOSX", "日"])
PATHS = st.builds(lambda folders, name: "/".join([*folders, name]), st.lists(FOLDERS, max_size=3), NAMES)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20).filter(
    lambda text: "\0" not in text and not text.startswith("\ufeff")
)
TREES = st.dictionaries(PATHS, TEXTS, min_size=1, max_size=8).filter(
    # no path may be a file and a folder at once
    lambda tree: not any(f"{one}/" == other[: len(one) + 1] for one in tree for other in tree)
)


@given(tree=TREES, form=st.sampled_from(FORMS), top=st.sampled_from(["", "./", "chunks/", "./chunks/"]))
@settings(deadline=None, max_examples=30)
def test_an_archive_gives_the_rows_of_the_folder_that_it_unpacks_to(tree, form, top):
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "unpacked"
        for name, text in tree.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text.encode())
        path = pack(Path(place) / f"packed{form}", {f"{top}{name}": text for name, text in tree.items()})
        try:
            expected = rows(folder)
        except DataError:
            with pytest.raises(DataError, match="holds no text files"):
                table_of(path)
            return
        tops = {name.partition("/")[0] for name, _, _ in expected}
        is_deep = any(name.count("/") > 1 for name, _, _ in expected)
        if "chunks" in top:
            if all(
                "/" not in name for name, _, _ in expected
            ):  # texts in the top folder alone: it is their label
                expected = [(f"chunks/{name}", text, "chunks") for name, text, _ in expected]
        elif len(tops) == 1 and is_deep:
            expected = rows(folder / tops.pop())
        assert rows(path) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["top/x/a", "top/y/b"], [("x/a", "x"), ("y/b", "y")]),
        (["top/x/a", "top/x/b"], [("x/a", "x"), ("x/b", "x")]),
        (["top/a", "top/x/b"], [("a", ""), ("x/b", "x")]),
        (["x/a", "x/b"], [("x/a", "x"), ("x/b", "x")]),  # one label, and no folder around it
        (["x/a", "y/z/b"], [("x/a", "x"), ("y/z/b", "z")]),
        (["a", "b"], [("a", ""), ("b", "")]),
        (["one/two/x/a"], [("two/x/a", "x")]),
    ],
)
def test_one_folder_around_everything_is_passed_over(tmp_path, names, expected):
    path = pack(tmp_path / "a.tar", dict.fromkeys(names, "text"))
    assert [(place, label) for place, _, label in rows(path)] == expected


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../outside.txt", "x/../../outside", "//x/a.txt", "..", "../x.png"]
)
def test_paths_that_lead_out_are_passed_over_and_the_first_is_named(tmp_path, form, name):
    path = pack(tmp_path / f"a{form}", {"x/a.txt": "fog", name: "out", "../second.txt": "out"})
    with pytest.warns(
        UserWarning, match=r"2 paths that lead out of the archive were passed over, .* first"
    ) as told:
        table = read_table(path)
    assert f"passed over, {name} first" in str(told[0].message)
    assert table.strings("path") == ["x/a.txt"]
    assert sorted(tmp_path.iterdir()) == [path]


def test_links_and_devices_are_passed_over_and_the_first_is_named(tmp_path):
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        add_tar(archive, "x/a.txt", b"fog")
        add_tar(archive, "x/passwd", type=tarfile.SYMTYPE, linkname="/etc/passwd")
        add_tar(archive, "x/hard.txt", type=tarfile.LNKTYPE, linkname="x/a.txt")
        add_tar(archive, "x/picture.png", type=tarfile.SYMTYPE, linkname="/etc/passwd")
        add_tar(archive, "x/zero", type=tarfile.CHRTYPE, devmajor=1, devminor=5)
        add_tar(archive, "x/pipe", type=tarfile.FIFOTYPE)
        add_tar(archive, "x", type=tarfile.DIRTYPE)
    table = table_of(path)
    assert table.strings("text") == ["fog"]
    assert [remark.text for remark in table.remarks] == [
        "2 links were passed over, x/passwd first",
        "2 devices or pipes were passed over, x/zero first",
    ]
    zipped = tmp_path / "a.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("x/a.txt", "fog")
        for name, mode in (("x/link", 0o120777), ("x/pipe", 0o010644)):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, "/etc/passwd")
    table = table_of(zipped)
    assert table.strings("text") == ["fog"]
    assert [remark.text for remark in table.remarks] == [
        "1 link was passed over, x/link first",
        "1 device or pipe was passed over, x/pipe first",
    ]


@pytest.mark.parametrize("form", FORMS)
def test_of_two_members_of_one_path_the_last_counts(tmp_path, form):
    path = tmp_path / f"a{form}"
    with pytest.warns(UserWarning, match="Duplicate name") if form == ".zip" else _nothing():
        if form == ".zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("x/a.txt", "old")
                archive.writestr("x/a.txt", "new")
        else:
            with tarfile.open(path, "w:gz" if form != ".tar" else "w:") as archive:
                add_tar(archive, "x/a.txt", b"old")
                add_tar(archive, "./x/a.txt", b"new")
    assert rows(path) == [("x/a.txt", "new", "x")]


class _nothing:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


@pytest.mark.parametrize("form", FORMS)
def test_texts_are_decoded_as_files_are(tmp_path, form):
    wide = "é".encode("utf-16-le")
    path = pack(tmp_path / f"a{form}", {"x/a.txt": b"\xff\xfe" + wide, "x/b.txt": b"", "x/c.txt": b"\r\n"})
    assert [text for _, text, _ in rows(path)] == ["é", "", "\r\n"]
    bad = pack(tmp_path / f"bad{form}", {"x/a.txt": "fog", "x/b.txt": b"one\ntwo \xe9"})
    with pytest.raises(
        DataError, match=rf"x/b\.txt in bad\{form}, line 2: byte 0xe9 \(byte 5 of the line\) is not UTF-8"
    ):
        read_table(bad)
    nul = pack(tmp_path / f"nul{form}", {"x/a.txt": wide})
    with pytest.raises(
        DataError, match=rf"x/a\.txt in nul\{form} looks like UTF-16 without a byte order mark"
    ):
        read_table(nul)


@pytest.mark.parametrize("form", FORMS)
def test_an_archive_without_texts_says_so(tmp_path, form):
    empty = pack(tmp_path / f"a{form}", {})
    with pytest.raises(DataError, match=rf"a\{form} holds no text files; accepted are \.txt"):
        read_table(empty)
    odd = pack(tmp_path / f"b{form}", {"x/a.png": b"", ".hidden/a.txt": "fog", "../a.txt": "out"})
    with pytest.raises(
        DataError, match=r"holds no text files; 1 path that leads out of the archive was passed over"
    ):
        read_table(odd)
    (tmp_path / f"c{form}").write_bytes(b"")
    with pytest.raises(DataError, match=rf"c\{form} is empty"):
        read_table(tmp_path / f"c{form}")


@pytest.mark.parametrize("form", FORMS)
def test_no_cut_goes_unnoticed(tmp_path, form):
    long = {f"x/{number}.txt": f"text {number} " * 200 for number in range(4)}
    whole = pack(tmp_path / f"a{form}", long).read_bytes()
    full = rows(tmp_path / f"a{form}")
    path = tmp_path / f"b{form}"
    for length in range(1, len(whole), max(1, len(whole) // 60)):
        path.write_bytes(whole[:length])
        try:
            table = table_of(path)
        except DataError as error:
            assert "is not a whole archive" in str(error)
            continue
        assert (
            form == ".tar"
        )  # the mark at its end is longer than it must be, or it ends where a member would begin
        assert len(table) == len(full) or "has no mark at its end" in table.remarks[0].text


def test_a_tar_that_ends_between_two_members_is_warned_of(tmp_path):
    path = pack(tmp_path / "a.tar", {"x/a.txt": "fog", "x/b.txt": "rain"})
    path.write_bytes(path.read_bytes()[:1_024])  # the first member, header and text
    with pytest.warns(
        UserWarning, match=r"a\.tar has no mark at its end: it may have been cut, and texts may be missing"
    ):
        assert read_table(path).strings("text") == ["fog"]


def test_a_damaged_header_is_not_taken_for_the_end(tmp_path):
    path = pack(tmp_path / "a.tar", {"x/a.txt": "fog", "x/b.txt": "rain", "x/c.txt": "sun"})
    content = bytearray(path.read_bytes())
    content[1_024] ^= 0xFF  # in the second header
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.tar is not a whole archive \(bad checksum\)"):
        read_table(path)


@pytest.mark.parametrize("form", FORMS)
def test_every_changed_byte_is_an_error_or_changes_no_text_unseen(tmp_path, form):
    path = pack(tmp_path / f"a{form}", {"x/a.txt": "fog " * 40, "x/b.txt": "rain"})
    content = path.read_bytes()
    texts = [text for _, text, _ in rows(path)]
    for place in range(0, len(content), 5 if form == ".zip" else 37):
        changed = bytearray(content)
        changed[place] ^= 0x55
        path.write_bytes(changed)
        try:
            found = table_of(path).strings("text")
        except DataError:
            continue
        if form in (".tgz", ".tar.gz"):  # tar itself has no checksum of contents
            assert found == texts
        elif form == ".zip":
            assert set(found) <= set(texts)


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.tgz", "a.zip"])
def test_what_is_no_archive_is_one_error(tmp_path, name):
    (tmp_path / name).write_text("text,label\nfog,1\n" * 100)
    with pytest.raises(
        DataError, match=r"is not a whole archive .*; accepted are \.tar, \.tar\.gz and \.tgz, and \.zip"
    ):
        read_table(tmp_path / name)


def test_the_content_says_how_it_is_packed(tmp_path):
    path = pack(tmp_path / "a.tar.gz", CHUNKS)
    expected = rows(path)
    plain = tmp_path / "b.tgz"
    plain.write_bytes(gzip.decompress(path.read_bytes()))
    assert rows(plain) == expected
    packed = tmp_path / "c.tar"
    packed.write_bytes(path.read_bytes())
    assert rows(packed) == expected


def test_a_bomb_is_refused_before_it_fills_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(archive_members, "ALWAYS", 2**20)
    for form in (".tar.gz", ".zip"):
        path = pack(tmp_path / f"bomb{form}", {"x/a.txt": "fog", "x/b.txt": b" " * 32 * 2**20})
        tracemalloc.start()
        with pytest.raises(
            DataError,
            match=r"holds more than .*, which is over 100 times its size; .* unpack it, and give the folder",
        ):
            read_table(path)
        assert tracemalloc.get_traced_memory()[1] < 24 * 2**20
        tracemalloc.stop()
    # what is no text is unpacked too, to get past it
    path = pack(tmp_path / "other.tar.gz", {"x/b.png": b" " * 32 * 2**20})
    with pytest.raises(DataError, match="holds more than"):
        read_table(path)


def test_holes_of_a_sparse_file_count_though_they_take_no_room(tmp_path, monkeypatch):
    monkeypatch.setattr(archive_members, "ALWAYS", 2**20)
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w:", format=tarfile.PAX_FORMAT) as archive:
        add_tar(
            archive,
            "x/a.txt",
            b"0\n" + b"\0" * 510,
            pax_headers={
                "GNU.sparse.major": "1",
                "GNU.sparse.minor": "0",
                "GNU.sparse.name": "x/a.txt",
                "GNU.sparse.realsize": str(2**33),
            },
        )
    with pytest.raises(DataError, match="holds more than"):
        read_table(path)


def test_well_packed_texts_below_the_least_bound_are_read(tmp_path):
    path = pack(tmp_path / "a.tar.gz", {"x/a.txt": b" " * 2**22})
    assert path.stat().st_size * 100 < 2**22
    assert len(rows(path)[0][1]) == 2**22


@pytest.mark.parametrize("form", [".tar.gz", ".zip"])
def test_thousands_of_members(tmp_path, form):
    path = pack(
        tmp_path / f"a{form}",
        {f"x/{number % 7}/{number:05}.txt": f"text {number}" for number in range(2_000)},
    )
    found = rows(path)
    assert len(found) == 2_000
    assert found == sorted(found)
    assert found[-1] == ("6/01994.txt", "text 1994", "6")


def test_an_encrypted_zip_is_refused(tmp_path):
    path = pack(tmp_path / "a.zip", {"x/a.txt": "fog"})
    content = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.find(mark) + place] |= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"x/a\.txt in a\.zip is encrypted"):
        read_table(path)


def test_names_in_no_encoding_are_read_as_those_of_a_folder(tmp_path):
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w:", format=tarfile.GNU_FORMAT) as archive:
        add_tar(archive, "x/\udce9.txt", b"fog")
    table = table_of(path)
    assert table.strings("path") == ["x/\ufffd.txt"]
    assert table.repaired.tolist() == [0]


def test_a_folder_that_is_called_like_an_archive_is_a_folder(tmp_path):
    (tmp_path / "chunks.tar" / "x").mkdir(parents=True)
    (tmp_path / "chunks.tar" / "x" / "a.txt").write_text("fog")
    assert rows(tmp_path / "chunks.tar") == [("x/a.txt", "fog", "x")]


def test_settings_of_other_files_and_columns_that_are_not_there_are_refused(tmp_path):
    path = pack(tmp_path / "a.tar.gz", CHUNKS)
    with pytest.raises(DataError, match="no column 'body'; its columns are 'path', 'text', 'label'"):
        read_table(path, columns=["body"])
    with pytest.raises(Exception, match=r"a\.tar\.gz is no CSV or TSV"):
        read_table(path, quoting="none")
    with pytest.raises(
        DataError,
        match=r"accepted are .*folders of text files, or archives of them \(\.tar, \.tar\.gz, \.tgz, \.zip\)",
    ):
        read_table(pack(tmp_path / "a.tar.gz", CHUNKS).rename(tmp_path / "a.rar"))
