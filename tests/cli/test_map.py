"""``semascope map`` and ``fetch``: files in, a linked page and its numbers out."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest

from semascope.cli.main import main

pytest.importorskip("umap")

pytestmark = pytest.mark.long


@dataclass
class Done:
    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Calls the command line."""
    monkeypatch.chdir(tmp_path)

    def call(*given):
        code = main([str(each) for each in given])
        found = capsys.readouterr()
        return Done(code, found.out, found.err)

    return call


@pytest.fixture
def table(tmp_path):
    """Two topics of 30 texts, with a number that follows the topic, places from elsewhere, and odd cells."""
    rng = np.random.default_rng(0)
    path = tmp_path / "posts.jsonl"
    words = {
        "sea": ["tide", "ferry", "wave", "harbour", "salt"],
        "bake": ["bread", "oven", "flour", "yeast", "crust"],
    }
    with path.open("w", encoding="utf8") as file:
        for number in range(60):
            topic = ("sea", "bake")[number % 2]
            text = f"Number {number} speaks of " + " and ".join(rng.choice(words[topic], 4))
            row = {
                "body": "</script><img src=x onerror=alert(1)>" if number == 7 else text,
                "topic": topic if number else None,
                "stars": float(number % 2) + 0.1 * float(rng.normal()),
                "x": float(rng.normal()),
                "none": None,
                "y": float(rng.normal()) if number != 3 else None,
            }
            file.write(json.dumps(row) + "\n")
    return path


def saved(folder):
    return json.loads((folder / "visualizations" / "map.json").read_text(encoding="utf8"))


def test_instructions_side_by_side(run, table, tmp_path):
    done = run(
        "map", table, "--text", "body", "--label", "topic", "--encoder", "minilm", "--instruction", "default",
        "--instruction", "urgency=Classify how urgent the given text is", "--target", "stars", "--layout", "pca",
        "--output", tmp_path / "out",
    )  # fmt: skip
    assert done.code == 0, done.err
    out = tmp_path / "out"
    assert sorted(path.name for path in (out / "visualizations").iterdir()) == [
        "default_embeddings.html", "map.json", "multitask_comparison.html", "urgency_embeddings.html",
    ]  # fmt: skip
    vectors = np.load(out / "embeddings" / "urgency.npy")
    assert vectors.shape == (60, 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    page = (out / "visualizations" / "multitask_comparison.html").read_text(encoding="utf8")
    assert "<img src=x onerror" not in page
    assert "not trained to follow instructions" in done.out
    assert "\n'urgency' shares ." in done.out
    assert "; debiased CKA ." in done.out
    record = saved(out)
    assert [panel["name"] for panel in record["panels"]] == ["default", "urgency"]
    assert record["panels"][0]["knn_accuracy"]["value"] > 0.9  # two topics that any encoder tells apart
    assert str(out / "visualizations" / "multitask_comparison.html") in done.out


def test_a_second_layout_embeds_nothing(run, table, tmp_path):
    given = [
        "map",
        table,
        "--text",
        "body",
        "--encoder",
        "minilm",
        "--layout",
        "umap",
        "--output",
        tmp_path / "out",
    ]
    assert run(*given).code == 0
    again = run(*given, "--min-dist", "0.5")
    assert again.code == 0
    assert "encoding" not in again.err
    third = run(*given)
    assert "laying out" not in third.err  # kept from the first run


def test_given_coordinates_are_drawn_and_say_what_is_absent(run, table, tmp_path):
    done = run(
        "map",
        table,
        "--text",
        "body",
        "--coordinates",
        "one=x,y",
        "--coordinates",
        "two=y,x",
        "--output",
        tmp_path / "out",
    )
    assert done.code == 0, done.err
    assert "only coordinates were given; this needs the vectors" in done.out
    assert "1 of 60 texts has no place in 'one'." in done.out
    assert "one  columns x and y" in done.out
    assert saved(tmp_path / "out")["layout"] is None  # none was computed
    assert not (tmp_path / "out" / "embeddings").exists()


def test_several_encoders_and_widths(run, table, tmp_path):
    done = run(
        "map", table, "--text", "body", "--encoder", "hash:8", "--encoder", "hash:16", "--dim", "4", "--dim", "8",
        "--layout", "pca", "--output", tmp_path / "out",
    )  # fmt: skip
    assert done.code == 0, done.err
    names = [panel["name"] for panel in saved(tmp_path / "out")["panels"]]
    assert names == ["hash:8, 4 dims", "hash:8, 8 dims", "hash:16, 4 dims", "hash:16, 8 dims"]


def test_a_second_map_in_a_folder_replaces_the_first_and_says_so(run, table, tmp_path):
    given = [
        "map",
        table,
        "--text",
        "body",
        "--encoder",
        "hash:8",
        "--layout",
        "pca",
        "--output",
        tmp_path / "out",
    ]
    assert "removed" not in run(*given, "--instruction", "default", "--instruction", "topic").out
    done = run(*given, "--instruction", "default", "--instruction", "sentiment")
    assert "removed  what an earlier map left in this folder: topic_embeddings.html, topic.npy" in done.out
    assert sorted(path.name for path in (tmp_path / "out").rglob("*.html")) == [
        "default_embeddings.html", "multitask_comparison.html", "sentiment_embeddings.html",
    ]  # fmt: skip


def test_a_folder_that_cannot_be_written_is_refused_before_the_work(run, table, tmp_path):
    done = run("map", table, "--text", "body", "--encoder", "hash:8", "--output", table)
    assert done.code == 2
    assert (
        done.err == f"error: the map cannot be written to {table}: {table} is a file; name another folder\n"
    )


def test_the_name_of_a_page_is_refused_before_the_work(run, table, tmp_path):
    done = run("map", table, "--text", "body", "--encoder", "hash:8", "--output", tmp_path / "m.html")
    assert done.code == 2
    assert done.err == (
        f"error: output is {tmp_path / 'm.html'}, the name of a page; a map is a folder of pages and numbers; name a folder,"
        f" such as {tmp_path / 'm'}\n"
    )
    assert not (tmp_path / "m.html").exists()


def test_a_yaml_file_is_the_flags(run, table, tmp_path):
    (table.parent / "map.yaml").write_text(
        f"data: {table.name}\ntext: body\nlabel: topic\nencoder: hash:8\ninstruction: [default, sentiment]\nlayout: pca\n"
    )
    assert run("map", table.parent / "map.yaml", "--output", tmp_path / "a").code == 0
    flags = run(
        "map", table, "--text", "body", "--label", "topic", "--encoder", "hash:8", "--instruction", "default",
        "--instruction", "sentiment", "--layout", "pca", "--output", tmp_path / "b",
    )  # fmt: skip
    assert flags.code == 0
    first, second = saved(tmp_path / "a"), saved(tmp_path / "b")
    assert first["panels"] == second["panels"]


def test_json_is_the_record_that_is_saved(run, table, tmp_path):
    done = run(
        "map", table, "--text", "body", "--encoder", "hash:8", "--layout", "pca", "--json", "--output", tmp_path / "out",
    )  # fmt: skip
    assert done.code == 0
    assert json.loads(done.out) == saved(tmp_path / "out")


def test_the_presets_are_listed(run):
    done = run("map", "--list-instructions")
    assert done.code == 0
    names = {line.split()[0] for line in done.out.splitlines()}
    assert {"emotion", "similarity", "intent", "quality", "language"} < names
    for sentence in (
        "Classify the given text as either toxic or not toxic",
        "Identify the topic or theme of the given text",
    ):
        assert sentence in done.out


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "no text column is named; columns are body, topic, stars, x, none, y"),
        (["--text", "nothing"], "nothing"),
        (["--text", "body", "--label", "colour"], "colour"),
        (["--text", "body", "--coordinates", "x,y"], "they must be NAME=X_COLUMN,Y_COLUMN"),
        (["--text", "body", "--coordinates", "a=x,topic"], "is not a number"),
        (["--text", "body", "--coordinates", "a=x,none"], "space 'a' places no text: not one has both"),
        (["--text", "body", "--coordinates", "a=x,y", "--encoder", "minilm"], "one or the other"),
        (["--text", "body", "--coordinates", "a=x,y", "--target", "stars"], "predictions need vectors"),
        (
            ["--text", "body", "--coordinates", "a=x,y", "--layout", "pca"],
            "layout was given with coordinates",
        ),
        (["--text", "body", "--coordinates", "a=x,y", "--min-dist", "0.5"], "min-dist was given with coord"),
        (["--text", "body", "--encoder", "hash:8", "--seed", "-1", "--limit", "9"], "seed is -1"),
        (["--text", "body", "--encoder", "hash:8", "--layout", "mds"], "layout"),
        (["--text", "body", "--encoder", "hash:8", "--neighbors", "1"], "neighbors is 1"),
        (["--text", "body", "--encoder", "hash:8", "--min-dist", "7"], "min_dist is 7"),
        (["--text", "body", "--encoder", "hash:8", "--dim", "9"], "dim is 9"),
        (["--text", "body", "--instruction", "sentimental"], "did you mean 'sentiment'"),
        (["--text", "body", "--encoder", "hash:8", "--target", "topic"], "is not a number"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(given, message, run, table, tmp_path):
    done = run("map", table, *given, "--output", tmp_path / "out")
    assert done.code == 2
    assert message in done.err
    assert done.err.splitlines()[-1].startswith("error: ")


def test_posts_from_a_copy_are_a_table_for_a_map(run, tmp_path):
    for group in ("sci.med", "sci.space"):
        folder = tmp_path / "copy" / group
        folder.mkdir(parents=True)
        for number in range(6):
            (folder / str(number)).write_text(
                f"From: a\n\n{'Words of a post, long enough to be kept. ' * 4}{number}\n"
            )
    out = tmp_path / "posts.jsonl"
    done = run(
        "fetch",
        "newsgroups",
        "--from",
        tmp_path / "copy",
        "--category",
        "sci.med",
        "--category",
        "sci.space",
        "--output",
        out,
    )
    assert done.code == 0, done.err
    assert len(out.read_text().splitlines()) == 12
    assert "800 were asked for, and some groups have fewer" in done.err
    assert "semascope map" in done.out
    assert run("fetch", "weather").code == 2


def test_a_setting_of_zero_is_a_setting(run, table, tmp_path):
    given = ["map", table, "--text", "body", "--encoder", "hash:8", "--layout", "pca", "--output", tmp_path / "out"]  # fmt: skip
    assert run(*given, "--seed", "0", "--min-dist", "0").code == 0
    settings = saved(tmp_path / "out")["settings"]["layout"]
    assert (settings["seed"], settings["min_dist"]) == (0, 0)
    refused = run(*given, "--neighbors", "0")
    assert refused.code != 0
    assert "neighbors is 0" in refused.err


@pytest.mark.parametrize(
    "line",
    [
        "instruction: {sentiment: My own sentence}",
        "instruction: [{urgency: Classify how urgent}]",
        "color: 2.5",
    ],
)
def test_a_yaml_value_of_another_kind_is_refused_in_a_sentence(run, table, line):
    (table.parent / "map.yaml").write_text(f"data: {table.name}\ntext: body\nencoder: hash:8\n{line}\n")
    done = run("map", table.parent / "map.yaml")
    assert done.code != 0
    assert done.err.startswith(f"error: {line.partition(':')[0]}")
    assert "; change it" in done.err


@pytest.mark.parametrize(
    ("held", "message"),
    [
        ("text: body\ncolour: topic\ndata: posts.jsonl", "setting 'colour' is unknown; known are data, text"),
        ("text: body\ncolour: topic\ndata: posts.jsonl", "did you mean 'color'?"),
        ("text: body", "setting 'data' is missing; a map needs data and text; add it"),
        ("- text", "map file map.yaml holds no settings"),
        ("text: [", "map file map.yaml is not YAML"),
    ],
)
def test_a_yaml_file_that_cannot_be_used_is_one_line(run, table, held, message):
    (table.parent / "map.yaml").write_text(held)
    done = run("map", "map.yaml")
    assert done.code == 2
    assert message in done.err and done.err.count("\n") == 1
    assert "map file none.yml does not exist" in run("map", "none.yml").err


def test_a_flag_wins_over_the_file(run, table, tmp_path):
    (table.parent / "map.yaml").write_text(
        f"data: {table.name}\ntext: body\nencoder: hash:8\nlayout: pca\nseed: 3\nk: 4\n"
    )
    assert run("map", "map.yaml", "--seed", "0", "--output", tmp_path / "out").code == 0
    record = saved(tmp_path / "out")
    assert (record["settings"]["layout"]["seed"], record["neighbors"]) == (0, 4)


def test_odd_texts_go_through_and_are_told_of(run, tmp_path):
    texts = [
        "", "  \n", "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\u202eשלום עולם",
        "word " * 10_000, "مرحبا بالعالم", "a\0b", "\ud83d", *["the same text"] * 15,
        *[f"a text on {topic} number {number}" for number in range(9) for topic in ("tides", "bread")],
    ]  # fmt: skip
    path = tmp_path / "odd.jsonl"
    path.write_text(
        "".join(json.dumps({"text": text, "kind": f"k{row % 2}"}) + "\n" for row, text in enumerate(texts))
    )
    done = run(
        "map", path, "--text", "text", "--label", "kind", "--encoder", "minilm", "--instruction", "default",
        "--instruction", "topic", "--layout", "tsne", "--output", tmp_path / "out",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "2 texts (rows 0, 1) say nothing; they have" in done.out
    assert "minilm reads 256 tokens: 1 of 42 texts is longer and was cut" in done.out
    assert "1 text (row 8) had broken characters, read as U+FFFD" in done.out
    assert "14 of 42 texts are copies of another" in done.out
    record = saved(tmp_path / "out")
    assert record["texts"] == 42
    for name in ("multitask_comparison", "default_embeddings", "topic_embeddings"):
        page = (tmp_path / "out" / "visualizations" / f"{name}.html").read_text(encoding="utf8")
        assert "<img src=x" not in page and "<script>alert" not in page


def test_languages_that_mix_are_measured_and_coloured(run, tmp_path):
    path, rng = tmp_path / "notes.csv", np.random.default_rng(0)
    rows = [
        f"note {number},{'abc'[number % 3]},{'en' if rng.random() < 0.7 else 'fr'}" for number in range(80)
    ]
    path.write_text("text,topic,lang\n" + "\n".join(rows), encoding="utf8")
    given = (
        "--text",
        "text",
        "--layout",
        "pca",
        "--encoder",
        "hash:16",
        "--encoder",
        "other=hash:64",
        "--store",
        "store",
    )
    done = run(
        "map", path, *given, "--label", "topic", "--across", "lang", "--color", "lang", "--output", "map"
    )
    assert done.code == 0, done.err
    assert "kNN accuracy across lang" in done.out
    assert "neighbours of the same lang" in done.out
    record, french = saved(tmp_path / "map"), sum(row.endswith("fr") for row in rows)
    alike = (french * (french - 1) + (80 - french) * (79 - french)) / (80 * 79)
    assert record["mixing"]["by_chance"] == pytest.approx(alike)
    assert record["plan"]["across"] == "lang"
    assert record["encoders"] == {"hash:16": "hash:16", "other": "hash:64"}
    refused = run("map", path, *given, "--across", "nothing", "--output", "map")
    assert refused.code == 2
    assert "'nothing'" in refused.err
