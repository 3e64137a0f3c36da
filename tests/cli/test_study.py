"""``semascope study`` from the shell: what it writes, how it resumes, what it refuses."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest
import yaml

from semascope.stats.measures import get_measure

pytestmark = pytest.mark.long

HEADS = ("--head", "ridge", "--head", "median", "--repeats", "1")


def records(folder) -> list[dict]:
    return [json.loads(line) for line in (folder / "records.jsonl").read_text().splitlines()]


def test_one_line_is_enough(shell, table):
    assert (
        shell(
            "study", table, "--text", "text", "--target", "rating", "--encoder", "hash:16", "--store", "store"
        )
        == 0
    )
    assert "80 rows, 64 to learn from, 16 held out" in shell.err
    assert "'rating' taken as numbers: a regression" in shell.err
    assert "cells" in shell.err
    folders = list((shell.folder / "runs").iterdir())
    assert len(folders) == 1
    assert folders[0].name.startswith("messages-")
    assert {"study.yaml", "records.jsonl", "predictions.parquet", "report.html", "winner"} <= {
        p.name for p in folders[0].iterdir()
    }
    assert {record["cell"]["head"] for record in records(folders[0])} == {
        "mean",
        "median",
        "tfidf",
        "ridge",
        "mlp",
        "boosting",
    }


def test_records_and_predictions_agree(shell, table):
    assert shell.study(table, "--text", "text", "--target", "rating", *HEADS, "--json") == 0
    result = json.loads(shell.out)
    predictions = pq.read_table(shell.folder / "run" / "predictions.parquet").to_pylist()
    truths = [json.loads(line)["rating"] for line in table.read_text().splitlines()]
    for cell in result["cells"]:
        mine = [line for line in predictions if line["cell"] == cell["id"]]
        assert len(mine) == 16
        assert all(line["truth"] == truths[line["row"]] for line in mine)
        low, high = min(truths), max(truths)  # the training range lies within
        errors = [abs(min(max(line["prediction"], low), high) - line["truth"]) for line in mine]
        assert cell["estimate"]["value"] == pytest.approx(sum(errors) / 16, abs=0.02)


def test_a_second_run_computes_nothing_and_says_the_same(shell, table):
    arguments = ("--text", "text", "--target", "rating", *HEADS)
    assert shell.study(table, *arguments) == 0
    first, written = shell.out, (shell.folder / "run" / "records.jsonl").read_bytes()
    assert shell.study(table, *arguments) == 0
    assert shell.out == first
    assert (shell.folder / "run" / "records.jsonl").read_bytes() == written
    assert "(4 done before), no text to encode" in shell.err


def test_a_run_goes_on_where_it_was_killed(shell, table):
    arguments = ("--text", "text", "--target", "rating", *HEADS, "--head", "mlp")
    assert shell.study(table, *arguments, output="whole") == 0
    assert shell.study(table, *arguments, output="cut") == 0
    file = shell.folder / "cut" / "records.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:2]) + lines[2][:40])  # killed while it wrote the third record
    assert shell.study(table, *arguments, output="cut") == 0
    assert "(2 done before)" in shell.err
    whole, cut = (
        pq.read_table(shell.folder / name / "predictions.parquet").to_pylist() for name in ("whole", "cut")
    )
    assert sorted(map(str, whole)) == sorted(map(str, cut))


def test_cells_can_be_added(shell, table):
    arguments = ("--text", "text", "--target", "rating")
    assert shell.study(table, *arguments, "--head", "ridge") == 0
    before = len(records(shell.folder / "run"))
    assert shell.study(table, *arguments, "--head", "ridge", "--dim", "4", "--dim", "16") == 0
    ids = [record["id"] for record in records(shell.folder / "run")]
    assert len(ids) == before + 1
    assert "hash:16 · default · 4 · ridge" in ids


@pytest.mark.parametrize(
    ("flag", "value", "named"),
    [
        ("--seed", "7", "seed was 42 and is now 7"),
        ("--measure", "mse", "measure was 'mae' and is now 'mse'"),
        ("--margin", "0.1", "margin"),
        ("--test-size", "0.3", "test_size"),
        ("--target", "other", "target"),
    ],
)
def test_another_study_in_the_same_folder_is_refused(shell, table, flag, value, named):
    assert shell.study(table, "--text", "text", "--target", "rating", *HEADS) == 0
    assert shell.study(table, "--text", "text", "--target", "rating", *HEADS, flag, value) == 2
    assert "holds another study" in shell.err
    assert named in shell.err


def test_a_folder_without_a_finished_cell_takes_any_study(shell, table):
    assert shell.study(table, "--text", "text", "--target", "rating", *HEADS) == 0
    (shell.folder / "run" / "records.jsonl").unlink()
    assert shell.study(table, "--text", "text", "--target", "other", *HEADS) == 0
    assert "for “other”" in shell.out


def test_changed_data_in_the_same_folder_is_refused(shell, table):
    assert shell.study(table, "--text", "text", "--target", "rating", *HEADS) == 0
    table.write_text(table.read_text().replace("splendid", "dreadful", 1))
    assert shell.study(table, "--text", "text", "--target", "rating", *HEADS) == 2
    assert "the data file or its columns are others" in shell.err


def test_the_same_seed_gives_the_same_predictions(shell, table):
    arguments = ("--text", "text", "--target", "rating", "--head", "mlp", "--head", "boosting")
    assert shell.study(table, *arguments, output="one") == 0
    assert shell.study(table, *arguments, output="two") == 0
    one, two = ((shell.folder / name / "predictions.parquet").read_bytes() for name in ("one", "two"))
    assert one == two


def test_a_study_file_says_the_same_as_flags(shell, table):
    (shell.folder / "study.yaml").write_text(
        yaml.safe_dump(
            {
                "data": table.name,
                "text": "text",
                "target": "rating",
                "encoder": "hash:16",
                "head": ["ridge", "median"],
                "repeats": 1,
            }
        )
    )
    assert shell("study", "study.yaml", "--store", "store", "--output", "from-file") == 0
    from_file = shell.out
    assert shell.study(table, "--text", "text", "--target", "rating", *HEADS, output="from-flags") == 0
    assert from_file.split("report ")[0] == shell.out.split("report ")[0]


def test_the_resolved_study_file_can_be_run_again(shell, table):
    assert shell.study(table, "--text", "text", "--target", "rating", *HEADS) == 0
    written = shell.folder / "run" / "study.yaml"
    first = shell.out
    assert shell("study", written, "--store", "store", "--output", shell.folder / "run") == 0
    assert "(4 done before), no text to encode" in shell.err
    assert shell.out == first


def test_the_resolved_study_file_leaves_nothing_open(shell, table):
    assert shell.study(table, "--text", "text", "--target", "rating", *HEADS) == 0
    written = yaml.safe_load((shell.folder / "run" / "study.yaml").read_text())
    taken = {name: written[name] for name in ("kind", "encoder", "dim", "measure", "baseline", "margin")}
    assert taken == {
        "kind": "regression",
        "encoder": ["hash:16"],
        "dim": [],  # each encoder's own: the file may be run with another encoder
        "measure": "mae",
        "baseline": "hash:16 · default · 16 · ridge",
        "margin": 0.05,
    }


def test_the_resolved_study_file_takes_another_encoder_against_its_pinned_baseline(shell, table):
    assert shell.study(table, "--text", "text", "--target", "rating", *HEADS) == 0
    first = yaml.safe_load((shell.folder / "run" / "study.yaml").read_text())
    written, other = shell.folder / "run" / "study.yaml", shell.folder / "other"
    assert (
        shell("study", written, "--encoder", "hash:24", "--store", "store", "--output", other, "--json") == 0
    )
    result = json.loads(shell.out)
    assert result["family"]["baseline"] == first["baseline"] == "hash:16 · default · 16 · ridge"
    assert "hash:24 · default · 24 · ridge" in [cell["id"] for cell in result["cells"]]
    # and in its own folder, which then holds both
    assert (
        shell("study", written, "--encoder", "hash:24", "--store", "store", "--output", shell.folder / "run")
        == 0
    )
    cells = {
        json.loads(line)["id"] for line in (shell.folder / "run" / "records.jsonl").read_text().splitlines()
    }
    assert {"hash:16 · default · 16 · ridge", "hash:24 · default · 24 · ridge"} <= cells


def test_widths_that_an_encoder_lacks_are_left_out_and_said(shell, table):
    asked = [
        "--text",
        "text",
        "--target",
        "rating",
        "--head",
        "ridge",
        "--encoder",
        "hash:16",
        "--encoder",
        "hash:64",
    ]
    assert shell.study(table, *asked, "--dim", "16", "--dim", "48", "--repeats", "1") == 0
    assert "dim 48 is left out for 'hash:16', which has 16 dims" in shell.err
    assert shell.out.count(" · ridge") >= 3


def test_cells_that_cannot_be_compared_have_no_word(shell, table):
    asked = [
        "--text",
        "text",
        "--target",
        "rating",
        "--head",
        "ridge",
        "--measure",
        "spearman",
        "--repeats",
        "1",
    ]
    assert shell.study(table, *asked) == 0
    table_rows = [line for line in shell.out.splitlines() if line.startswith(("   ", "*  "))]
    rows = {line.lstrip("* ").split()[0]: line for line in table_rows}
    assert "not compared" in rows["mean"]
    assert "not compared" in rows["median"]
    assert "not compared" not in rows["tfidf"]
    assert "Holm over 1 comparison." in " ".join(shell.out.split())
    assert "Not compared: mean and median (spearman is undefined on these rows)." in " ".join(
        shell.out.split()
    )


def test_a_study_that_goes_on_keeps_the_cost_that_was_measured(shell, table):
    from semascope.store.speeds import Speeds

    asked = ["--text", "text", "--target", "rating", "--repeats", "1", "--head", "ridge"]
    assert shell.study(table, *asked) == 0
    path = shell.folder / "run" / "records.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    ridge = next(line for line in lines if line["cell"]["head"] == "ridge")
    ridge["costs"]["encode_seconds_per_1000"] = 12.5  # as a slow encoder would have it
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    Speeds(shell.folder / "store").note(ridge["fingerprint"], tokens=10**6, seconds=1.0)  # later, elsewhere
    assert shell.study(table, *asked, "--head", "mlp", "--json") == 0
    costs = {cell["head"]: cell["costs"] for cell in json.loads(shell.out)["cells"]}
    assert costs["mlp"]["encode_seconds_per_1000"] == costs["ridge"]["encode_seconds_per_1000"] == 12.5


def test_the_command_is_kept_with_the_run(shell, table):
    assert shell.study(table, "--text", "text", "--target", "rating", *HEADS, "--json") == 0
    command = json.loads(shell.out)["made"]["command"]
    assert command.startswith("semascope study ")
    assert "--target rating" in command


def test_an_unknown_setting_is_refused_with_a_near_one(shell, table):
    (shell.folder / "study.yaml").write_text(
        yaml.safe_dump({"data": table.name, "text": "text", "target": "rating", "encoders": "minilm"})
    )
    assert shell("study", "study.yaml") == 2
    assert "setting 'encoders' is unknown" in shell.err
    assert "did you mean 'encoder'?" in shell.err


def test_classes_are_learnt_with_a_positive_one(shell, table):
    assert (
        shell.study(
            table, "--text", "text", "--target", "label", "--head", "logistic", "--positive", "glad", "--json"
        )
        == 0
    )
    result = json.loads(shell.out)
    assert result["kind"] == "classification"
    assert result["classes"] == ["flat", "glad", "sad"]
    assert {"accuracy", "macro_f1", "f1"} <= set(result["cells"][0]["measures"])
    lines = pq.read_table(shell.folder / "run" / "predictions.parquet").to_pylist()
    assert {line["truth"] for line in lines} <= {"flat", "glad", "sad"}
    assert all(0 < line["probability"] <= 1 for line in lines)


def test_a_stray_word_among_numbers_is_told(shell, table):
    rows = [json.loads(line) for line in table.read_text().splitlines()]
    for number, row in enumerate(rows):
        row["rating"] = "n/a" if number in (3, 9) else number % 4
    table.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert shell.study(table, "--text", "text", "--target", "rating", "--head", "logistic") == 0
    assert "5 classes: a classification; but most of them are numbers and 'n/a' is not" in shell.err


def test_numbers_with_a_decimal_comma_are_classes_and_it_says_so(shell):
    rows = "".join(
        f"{text};{1 + number % 3},5\n" for number, text in enumerate(f"text {n}" for n in range(30))
    )
    (shell.folder / "commas.csv").write_text("text;rating\n" + rows, encoding="utf8")
    flags = ("--encoder", "hash:16", "--head", "majority", "--store", "store", "--output", "run")
    assert shell("study", "commas.csv", "--text", "text", "--target", "rating", *flags) == 0
    said = "taken as 3 classes: a classification; but most of them look like numbers with a decimal comma ('1,5')"
    assert said in shell.err


def test_several_targets_and_slices_and_groups(shell, table):
    code = shell.study(
        table,
        "--text",
        "text",
        "--target",
        "rating",
        "--target",
        "other",
        "--slice",
        "lang",
        "--group",
        "boat",
        "--head",
        "ridge",
        "--json",
    )
    assert code == 0
    result = json.loads(shell.out)
    ridge = next(cell for cell in result["cells"] if cell["head"] == "ridge")
    assert [target["target"] for target in ridge["targets"]] == ["rating", "other"]
    assert {part["value"] for part in ridge["slices"]} <= {"en", "fr"}
    rows = [json.loads(line) for line in table.read_text().splitlines()]
    held = {line["row"] for line in pq.read_table(shell.folder / "run" / "predictions.parquet").to_pylist()}
    boats = {row["boat"] for number, row in enumerate(rows) if number in held}
    assert boats.isdisjoint({row["boat"] for number, row in enumerate(rows) if number not in held})


def test_a_given_split_is_kept_and_its_leaked_rows_judge_nothing(shell, table):
    rows = [json.loads(line) for line in table.read_text().splitlines()]
    rows[0]["text"] = rows[2]["text"]  # a test row that repeats a training row
    table.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert (
        shell.study(
            table,
            "--text",
            "text",
            "--target",
            "rating",
            "--split-column",
            "split",
            "--head",
            "ridge",
            "--json",
        )
        == 0
    )
    result = json.loads(shell.out)
    assert (result["rows_train"], result["rows_test"]) == (64, 16)
    leak = result["cells"][0]["leak"]
    assert leak["leaked"] == 1
    assert (leak["on_leaked"]["n"], leak["on_all"]["n"]) == (1, 16)
    assert result["rows_judged"] == result["cells"][0]["estimate"]["n"] == 15
    assert "on the 15 held-out rows that did not leak" in result["headline"][0]
    assert result["headline"][1].startswith("The given split leaks: 1 held-out row also stands in training.")
    card = json.loads((shell.folder / "run" / "winner" / "card.json").read_text())["card"]
    assert card["measures"][0]["n"] == 15
    assert card["measured"].endswith(
        "The given split leaks: 1 held-out row that also stands in training judged nothing."
    )
    assert any("split leaks" in note["title"] for note in result["notes"])


def test_repeats_speak_about_the_recipe(shell, table):
    assert (
        shell.study(
            table, "--text", "text", "--target", "rating", "--head", "ridge", "--repeats", "4", "--json"
        )
        == 0
    )
    result = json.loads(shell.out)
    ridge = next(cell for cell in result["cells"] if cell["head"] == "ridge")
    assert len(ridge["repeat"]["values"]) == 4
    assert ridge["repeat"]["values"][0] == pytest.approx(
        ridge["estimate"]["value"]
    )  # the first repeat is the study's own split
    assert result["repeat_family"]["test"] == "corrected t over 4 repeated splits"


def test_rows_without_text_or_target_are_left_out_and_counted(shell, table):
    rows = [json.loads(line) for line in table.read_text().splitlines()]
    rows[1]["text"], rows[2]["text"], rows[3]["rating"] = "", "  \n", None
    table.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert shell.study(table, "--text", "text", "--target", "rating", "--head", "ridge", "--json") == 0
    result = json.loads(shell.out)
    assert result["rows_total"] == 77
    notes = {note["title"]: note["rows"] for note in result["notes"]}
    assert notes["2 empty texts"] == [1, 2]
    assert notes["1 row without a target"] == [3]


def test_the_headline_can_speak_about_some_rows_only(shell, table):
    assert (
        shell.study(
            table,
            "--text",
            "text",
            "--target",
            "rating",
            "--head",
            "ridge",
            "--headline",
            "lang=en",
            "--slice",
            "lang",
            "--json",
        )
        == 0
    )
    result = json.loads(shell.out)
    english = sum(json.loads(line)["lang"] == "en" for line in table.read_text().splitlines())
    assert 0 < result["cells"][0]["estimate"]["n"] < result["rows_test"] < english
    assert "with lang=en" in result["headline"][0]


def test_the_winner_is_chosen_on_training_rows(shell, table):
    assert shell.study(table, "--text", "text", "--target", "rating", "--json") == 0
    result = json.loads(shell.out)
    best = min(result["cells"], key=lambda cell: cell["selection"])
    assert result["winner"] == best["id"]
    assert get_measure(result["measure"], "regression").lower_is_better


def test_the_rule_of_choosing_is_a_flag_and_stands_in_the_record(shell, table):
    asked = ["--text", "text", "--target", "rating", *HEADS, "--json"]
    assert shell.study(table, *asked) == 0
    cheapest = json.loads(shell.out)
    assert (cheapest["choice"]["rule"], cheapest["settings"]["choose"]) == ("cheapest", "cheapest")
    assert cheapest["choice"]["advised"] == cheapest["winner"]
    assert {one["cell"] for one in cheapest["choice"]["standings"]} == {
        cell["id"] for cell in cheapest["cells"]
    }
    assert shell.study(table, *asked, "--choose", "best") == 0
    assert "(4 done before)" in shell.err  # another rule computes nothing
    best = json.loads(shell.out)
    assert best["choice"]["rule"] == "best"
    assert best["winner"] == best["choice"]["best"] == cheapest["choice"]["best"]
    assert yaml.safe_load((shell.folder / "run" / "study.yaml").read_text())["choose"] == "best"
    assert shell.study(table, *asked, "--choose", "cheap") == 2
    assert "error: choose is 'cheap'; it must be 'cheapest' or 'best'; change it" in shell.err


def test_a_plan_is_printed_and_nothing_is_read(shell):
    asked = (
        "study",
        "not_there.csv",
        "--text",
        "text",
        "--target",
        "rating",
        "--encoder",
        "hash:16",
        "--plan",
    )
    assert shell(*asked, "--head", "ridge", "--dim", "4", "--dim", "8") == 0
    assert "5 cells: 2 on vectors, 3 on words or nothing. Nothing was read or computed." in shell.out
    assert shell(*asked, "--json") == 0
    assert json.loads(shell.out)["encoders"][0]["widths"] == [16]
    assert not (shell.folder / "runs").exists()


def test_a_tuned_model_is_trained_scores_and_is_told_of(shell, table, tiny_bert):
    flags = (
        "--text",
        "text",
        "--target",
        "rating",
        "--encoder",
        "hash:16",
        "--head",
        "ridge",
        "--store",
        "store",
    )
    tuned = f"{tiny_bert},epochs=1,name=small"
    assert shell("study", table, *flags, "--tuned", tuned, "--output", "run") == 0
    assert "training small, all rows" in shell.err
    assert "of which training takes" in shell.err
    assert "Can a small head on frozen vectors match the tuned model?" in shell.out
    assert (shell.folder / "run" / "cells").is_dir()
    report = (shell.folder / "run" / "report.html").read_text()
    assert "Questions and answers" in report
    assert "a whole network, trained on the training rows" in report
