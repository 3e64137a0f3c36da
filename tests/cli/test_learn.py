"""``semascope learn``, ``explain`` and ``suggest``, and the older verbs on what ``learn`` writes."""

from __future__ import annotations

import csv
import io
import json
import sys

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from semascope.encoders.hashing import HashEncoder
from semascope.files import sole_writer
from semascope.learner.learner import ValueLearner
from semascope.learner.model_file import load_learner

ASK = ("--text", "text", "--target", "rating")
HASH = ("--encoder", "hash:16", "--store", "store")


def read_jsonl(path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines()]


def write_jsonl(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    return path


def rows_of(text: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(text)))


def one_line(shell) -> str:
    lines = shell.err.splitlines()
    assert lines[-1].startswith("error: "), shell.err
    assert "Traceback" not in shell.err
    assert sum(line.startswith("error: ") for line in lines) == 1
    return lines[-1]


def vectors_of(texts):
    return HashEncoder(16).encode(texts).astype(np.float64)


def ridge_of(rows, alpha):
    return Ridge(alpha=alpha).fit(vectors_of([row["text"] for row in rows]), [row["rating"] for row in rows])


def assert_is(saved, reference):
    np.testing.assert_allclose(saved.ridge.coef_, reference.coef_, atol=1e-6)
    assert saved.ridge.intercept_ == pytest.approx(reference.intercept_, abs=1e-6)


@pytest.fixture
def learn(shell, table):
    def run(*arguments, file=None, output="model.zip"):
        return shell("learn", file or table, *ASK, *HASH, "--output", output, *arguments)

    return run


@pytest.fixture
def model(learn, shell):
    assert learn("--alpha", "1") == 0, shell.err
    return shell.folder / "model.zip"


# --- from scratch ---


def test_the_model_is_the_ridge_of_all_rows(learn, shell, table):
    assert learn("--alpha", "2.5") == 0
    saved = load_learner(shell.folder / "model.zip")
    assert_is(saved, ridge_of(read_jsonl(table), 2.5))
    assert saved.ridge.alpha == 2.5
    assert saved.card.targets[0].name == "rating"


def test_the_record_holds_what_refits_by_another_library_give(learn, shell, table):
    assert learn("--alpha", "1", "--json") == 0
    record, rows = json.loads(shell.out), read_jsonl(table)
    y = np.array([row["rating"] for row in rows])
    left_out = cross_val_predict(
        Ridge(alpha=1.0), vectors_of([row["text"] for row in rows]), y, cv=LeaveOneOut()
    )
    assert record["leave_one_out"]["mse"] == pytest.approx(((y - left_out) ** 2).mean())
    assert record["leave_one_out"]["r2"] == pytest.approx(1 - ((y - left_out) ** 2).mean() / y.var())
    others = (y.sum() - y) / (len(y) - 1)  # the mean is the best constant for squared errors
    assert record["mean"]["mse"] == pytest.approx(((y - others) ** 2).mean())
    assert record["mean"]["r2"] == pytest.approx(1 - (len(y) / (len(y) - 1)) ** 2)
    assert record["mean_value"] == pytest.approx(y.mean())
    assert (record["learnt"], record["rows"], record["dim"], record["left_out"]) == (80, 80, 16, {})
    assert record["model"] == "model.zip"


def test_alpha_is_the_best_of_those_tried(learn, shell):
    assert learn("--json") == 0
    record = json.loads(shell.out)
    assert list(record["alpha_errors"]) == ["0.01", "0.1", "1", "10", "100"]
    assert f"{record['alpha']:g}" == min(record["alpha_errors"], key=record["alpha_errors"].get)
    assert learn("--alpha", "3", "--alpha", "0.5", "--json") == 0
    assert list(json.loads(shell.out)["alpha_errors"]) == ["0.5", "3"]


def test_the_summary_can_be_read_and_says_what_to_type_next(learn, shell, table):
    assert learn() == 0
    assert "model.zip has learnt 80 examples of 'rating'" in shell.out
    assert "80 of 80 rows of messages.jsonl were used" in shell.out
    for piece in ("leave-one-out", "validation", "always the mean of all others", "hash:16, 16 dims"):
        assert piece in shell.out
    command = next(line for line in shell.out.splitlines() if line.startswith("semascope rank"))
    _, *typed = command.replace("NEW.csv", str(table)).split()
    assert shell(*typed, "--store", "store") == 0


def test_the_mean_is_left_out_with_the_copies_of_a_text(learn, shell, table):
    rows = [{**row, "rating": float(number)} for number, row in enumerate(read_jsonl(table)[:6])]
    write_jsonl(
        table, [*rows, {**rows[0], "rating": 9.0}]
    )  # scores 0 to 5, and the first text once more with 9
    assert learn("--alpha", "1", "--json") == 0
    # The copies, 0 and 9, against 15/5; each y of the five others against (24 - y)/6
    errors = [9.0, 36.0, *((y - (24 - y) / 6) ** 2 for y in (1, 2, 3, 4, 5))]
    assert json.loads(shell.out)["mean"]["mse"] == pytest.approx(sum(errors) / 7)


def test_a_small_alpha_is_written_with_a_true_minus(learn, shell):
    assert learn("--alpha", "0.000001") == 0
    assert "1e−6" in shell.out
    assert "1e-06" not in shell.out


def test_weak_fits_come_with_advice(learn, shell, table):
    write_jsonl(table, read_jsonl(table)[:20])
    assert learn() == 0
    assert "Advice: there are only 20 examples" in shell.out
    assert "warning" not in shell.err  # said once, and in the summary


def test_a_width_that_the_encoder_was_not_trained_for_is_said(shell, table, tiny_bert, monkeypatch):
    asked = (table, *ASK, "--encoder", tiny_bert, "--dim", "8", "--store", "store", "--precision", "float32")
    said = "is not known to be trained to be cut (Matryoshka): 8 of its 16 dims were kept all the same"
    assert shell("learn", *asked, "--alpha", "1", "--output", "cut.zip", "--json") == 0
    assert sum(said in sentence for sentence in json.loads(shell.out)["advice"]) == 1
    assert shell("learn", *asked, "--output", "cut.zip") == 0
    assert " ".join(shell.out.split()).count("is not known to be trained to be cut") == 1
    rows = [*read_jsonl(table)[:8], {"text": "no score yet"}]
    for known in (rows, [{"text": row["text"]} for row in rows]):  # learnt before the first question, and not
        write_jsonl(table, known)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"q\n")))
        flags = ASK if "rating" in known[0] else ASK[:2]
        asked_of = ("--ask", "--output", f"asked{len(flags)}.zip")
        assert shell("learn", table, *flags, *asked[1 + len(ASK) :], *asked_of) == 0
        assert " ".join((shell.out + shell.err).split()).count(said) == 1


def test_rows_without_a_score_or_a_text_are_left_out_and_named(learn, shell, table):
    rows = read_jsonl(table)
    rows[3]["rating"] = None
    rows[5]["rating"] = "nan"
    rows[8]["text"] = " \u200b"
    rows[9]["text"] = None
    write_jsonl(table, rows)
    assert learn() == 0
    assert "left out, no score: 2 (rows 3, 5, counted from 0)" in shell.out
    assert "left out, no text: 2 (rows 8, 9, counted from 0)" in shell.out
    kept = [row for number, row in enumerate(rows) if number not in (3, 5, 8, 9)]
    saved = load_learner(shell.folder / "model.zip")
    assert [example.text for example in saved.examples] == [row["text"] for row in kept]


def test_empty_cells_of_a_csv_are_no_scores(shell):
    (shell.folder / "few.csv").write_text("t,s\none calm day,1\na storm,\nthe reef,3\nlow tide,nan\n")
    assert (
        shell("learn", "few.csv", "--text", "t", "--target", "s", *HASH, "--output", "m.zip", "--json") == 0
    )
    record = json.loads(shell.out)
    assert record["left_out"] == {"no score": [1, 3]}
    assert record["learnt"] == 2
    assert any("alpha 1 was taken as it is" in sentence for sentence in record["advice"])


@pytest.mark.parametrize("score", ["many", "inf", "1e999", True])
def test_a_score_that_is_no_finite_number_names_its_row(learn, shell, table, score):
    rows = read_jsonl(table)
    rows[7]["rating"] = score
    write_jsonl(table, rows)
    assert learn() == 2
    assert "row 7" in one_line(shell) or "row 0" in one_line(shell)  # a column of words and booleans is words
    assert not (shell.folder / "model.zip").exists()


def test_metadata_is_kept(learn, shell):
    assert learn("--metadata", "id", "--metadata", "boat") == 0
    assert load_learner(shell.folder / "model.zip").examples[4].metadata == {"id": "r4", "boat": "boat 4"}


def test_real_vectors_beat_the_mean_by_far(shell, table):
    flags = (
        "--encoder",
        "minilm",
        "--precision",
        "float32",
        "--store",
        "store",
        "--output",
        "model.zip",
        "--json",
    )
    assert shell("learn", table, *ASK, *flags) == 0
    record = json.loads(shell.out)
    assert record["leave_one_out"]["mse"] < 0.3 * record["mean"]["mse"]
    (shell.folder / "new.jsonl").write_text(
        '{"text": "anchor rope"}\n{"text": "splendid splendid splendid splendid tide"}\n'
    )
    assert shell("rank", "model.zip", "new.jsonl", "--text", "text", "--store", "store") == 0
    assert rows_of(shell.out)[0]["text"].startswith("splendid")


# --- going on ---


def test_adding_rows_is_a_full_fit_of_all_at_the_same_alpha(learn, shell, table):
    rows = read_jsonl(table)
    first, more = (
        write_jsonl(shell.folder / "a.jsonl", rows[:50]),
        write_jsonl(shell.folder / "b.jsonl", rows[45:]),
    )
    assert learn("--alpha", "2", file=first) == 0
    assert shell("learn", more, *ASK, "--store", "store", "--model", "model.zip") == 0
    assert "new to the model: 30" in shell.out
    assert "already in the model with the same score: 5" in shell.out
    saved = load_learner(shell.folder / "model.zip")
    assert_is(saved, ridge_of(rows, 2.0))
    again = saved.ridge.coef_
    assert shell("learn", more, *ASK, "--store", "store", "--model", "model.zip") == 0
    assert "new to the model: 0" in shell.out
    np.testing.assert_allclose(load_learner(shell.folder / "model.zip").ridge.coef_, again, atol=1e-12)


def test_the_result_can_go_elsewhere(model, shell, table):
    before = model.read_bytes()
    more = write_jsonl(shell.folder / "more.jsonl", [{"text": "a new text", "rating": 3}])
    assert shell("learn", more, *ASK, "--store", "store", "--model", model, "--output", "other.zip") == 0
    assert model.read_bytes() == before
    assert len(load_learner(shell.folder / "other.zip").examples) == 81


@pytest.mark.parametrize("replace", [False, True])
def test_a_text_with_another_score_is_named_and_both_or_the_new_one_stay(model, shell, table, replace):
    rows = read_jsonl(table)
    changed = [{"text": rows[4]["text"], "rating": 9.0}, {"text": "new", "rating": 1.0}]
    more = write_jsonl(shell.folder / "more.jsonl", changed)
    flags = ["--replace"] if replace else []
    assert shell("learn", more, *ASK, "--store", "store", "--model", model, *flags) == 0
    assert "already in the model with another score: 1 (row 0)" in shell.out
    reference = [row for row in rows if not replace or row["text"] != rows[4]["text"]] + changed
    assert_is(load_learner(model), ridge_of(reference, 1.0))


def test_alpha_stays_unless_it_is_named(model, shell, table):
    assert shell("learn", table, *ASK, "--store", "store", "--model", model) == 0
    assert load_learner(model).ridge.alpha == 1.0
    assert shell("learn", table, *ASK, "--store", "store", "--model", model, "--alpha", "7") == 0
    assert load_learner(model).ridge.alpha == 7.0
    assert_is(load_learner(model), ridge_of(read_jsonl(table), 7.0))


def test_texts_held_out_are_never_learnt(model, shell, table):
    learner = ValueLearner(encoder="hash:16", cache_dir="store")
    learner.load_model(model)
    text = "set aside to measure"
    learner.held_out.append(type(load_learner(model).examples[0])(text, 2.0))
    learner.save_model(model)
    more = write_jsonl(
        shell.folder / "more.jsonl", [{"text": text.upper(), "rating": 3}, {"text": "x", "rating": 1}]
    )
    assert shell("learn", more, *ASK, "--store", "store", "--model", model) == 0
    assert "left out, held out to measure the error: 1 (row 0" in shell.out
    saved = load_learner(model)
    assert len(saved.examples) == 81
    assert [example.text for example in saved.held_out] == [text]


# --- what cannot be used ---


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--encoder", "hash:8"), "of another space"),
        (("--instruction", "sentiment"), "instruction is 'Classify"),
        (("--dim", "8"), "dim is 8"),
        (("--long", "chunk"), "long is 'chunk'"),
    ],
)
def test_a_model_keeps_what_it_was_made_of(model, shell, table, flags, said):
    before = model.read_bytes()
    assert shell("learn", table, *ASK, "--store", "store", "--model", model, *flags) == 2
    assert said in one_line(shell)
    assert model.read_bytes() == before


def test_flags_may_repeat_what_the_model_is_made_of(model, shell, table):
    same = ("--encoder", "hash:16", "--instruction", "default", "--dim", "16", "--long", "truncate")
    assert shell("learn", table, *ASK, "--store", "store", "--model", model, *same) == 0


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--alpha", "0"), "alpha is 0"),
        (("--alpha", "nan"), "alpha is nan"),
        (("--folds", "1"), "--folds"),
        (("--dim", "17"), "dim is 17"),
        (("--instruction", "sentimnt"), "did you mean 'sentiment'"),
        (("--limit", "0"), "limit is 0"),
        (("--encoder", "nothing-like-this"), "nothing-like-this"),
    ],
)
def test_settings_that_cannot_be_used(learn, shell, flags, said):
    assert learn(*flags) == 2
    assert said in one_line(shell)
    assert not (shell.folder / "model.zip").exists()


def test_places_that_cannot_be_used(shell, table, learn):
    assert shell("learn", table, *ASK, *HASH) == 2
    assert "no --output is given" in one_line(shell)
    assert shell("learn", table, "--text", "text", *HASH, "--output", "m.zip") == 2
    assert "no --target is given" in one_line(shell)
    assert learn("--replace") == 2
    assert "--replace is given without --model" in one_line(shell)
    assert learn(output=".") == 2
    assert "is a folder" in one_line(shell)
    (shell.folder / "letter.txt").write_text("dear all")
    assert learn(output="letter.txt") == 2
    assert "it is not overwritten" in one_line(shell)
    assert learn(output="letter.txt/model.zip") == 2
    assert "letter.txt is a file" in one_line(shell)
    assert (shell.folder / "letter.txt").read_text() == "dear all"


@pytest.mark.parametrize("flags", [(), ("--ask",)])
def test_a_place_that_cannot_be_written_is_one_line(learn, shell, flags):
    places = ["a" * 300 + ".zip"]
    if sys.platform == "linux":
        places.append("/proc/model.zip")  # nobody can make a file there, not even root
    for place in places:
        assert learn(*flags, output=place) == 2
        assert f"{place} cannot be written (" in one_line(shell)
    assert not [path.name for path in shell.folder.iterdir() if path.name.startswith(".")]


def test_too_few_rows(learn, shell, table):
    write_jsonl(table, read_jsonl(table)[:1])
    assert learn() == 2
    assert "has 1 row with a text and a score among 1" in one_line(shell)


def test_a_file_that_is_no_model(shell, table):
    (shell.folder / "bad.zip").write_bytes(b"PK nothing")
    for verb in ("learn", "explain", "suggest"):
        arguments = (
            [table, *ASK, "--model", "bad.zip"] if verb == "learn" else ["bad.zip", table, "--text", "text"]
        )
        assert shell(verb, *arguments) == 2
        assert "bad.zip" in one_line(shell)


def test_a_scorer_without_examples_is_refused_with_the_reason(shell, table):
    assert shell.study(table, *ASK, "--head", "ridge") == 0
    winner = shell.folder / "run" / "winner"
    assert shell("explain", winner, table, "--text", "text") == 2
    assert "without examples" in one_line(shell)
    assert shell("score", winner, table, "--text", "text", "--interval", "0.9") == 2
    assert "without examples" in one_line(shell)


# --- the other verbs on a model ---


def test_score_and_rank_give_what_the_learner_predicts(model, shell, table):
    learner = ValueLearner(encoder="hash:16", cache_dir="store")
    learner.load_model(model)
    texts = [row["text"] for row in read_jsonl(table)]
    assert shell("score", model, table, "--text", "text", "--store", "store") == 0
    found = [float(row["predicted_rating"]) for row in rows_of(shell.out)]
    np.testing.assert_allclose(found, learner.predict_many(texts), atol=1e-5)
    assert shell("rank", model, table, "--text", "text", "--store", "store", "--top", "5") == 0
    assert [row["text"] for row in rows_of(shell.out)] == [text for text, _ in learner.rank_texts(texts)[:5]]


def test_intervals_stand_beside_the_scores(model, shell):
    learner = ValueLearner(encoder="hash:16", cache_dir="store")
    learner.load_model(model)
    new = write_jsonl(shell.folder / "new.jsonl", [{"text": "calm sail"}, {"text": ""}, {"text": "storm"}])
    assert shell("score", model, new, "--text", "text", "--store", "store", "--interval", "0.8") == 0
    first, empty, last = rows_of(shell.out)
    assert (empty["low"], empty["high"]) == ("", "")
    for row in (first, last):
        interval = learner.predict_interval(row["text"], 0.8)
        assert (float(row["low"]), float(row["high"])) == pytest.approx((interval.low, interval.high))
    assert shell("rank", model, new, "--text", "text", "--store", "store", "--interval", "0.8") == 0
    ranked = rows_of(shell.out)
    lows = {row["text"]: row["low"] for row in (first, empty, last)}
    assert {row["text"]: row["low"] for row in ranked} == lows
    assert shell("score", model, new, "--text", "text", "--interval", "1") == 2
    assert "coverage is 1.0" in one_line(shell)


def test_too_few_examples_for_an_interval_are_said(learn, shell, table):
    write_jsonl(table, read_jsonl(table)[:5])
    assert learn() == 0
    assert shell("score", "model.zip", table, "--text", "text", "--store", "store", "--interval", "0.9") == 0
    assert {row["low"] for row in rows_of(shell.out)} == {""}
    assert "needs at least 9 different examples and has 5" in shell.err


def test_lines_on_standard_input(model, shell, monkeypatch):
    for verb in ("score", "rank", "explain", "suggest"):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"calm sail\nstorm\n")))
        assert shell(verb, model, "--store", "store") == 0
        assert "calm sail" in shell.out


def test_an_explanation_adds_up(model, shell, table):
    flags = ("--text", "text", "--store", "store", "--top", "3", "--examples", "2")
    assert shell("explain", model, table, *flags, "--json") == 0
    found = json.loads(shell.out)
    assert len(found) == 3
    scores = [each["explanation"]["score"] for each in found]
    assert scores == sorted(scores, reverse=True)
    texts = [row["text"] for row in read_jsonl(table)]
    for each in found:
        why = each["explanation"]
        assert texts[each["row"]] == why["text"]
        assert len(why["neighbours"]) == len(why["pulls"]) == 2
        total = why["base"] + sum(pull["pull"] for pull in why["pulls"]) + why["others_pull"]
        assert total == pytest.approx(why["score"])
    assert shell("explain", model, table, *flags) == 0
    assert f"row {found[0]['row']}" in shell.out
    assert "Nearest examples" in shell.out


def test_an_empty_text_is_not_explained(model, shell):
    new = write_jsonl(shell.folder / "new.jsonl", [{"text": ""}, {"text": "storm"}])
    assert shell("explain", model, new, "--text", "text", "--store", "store") == 0
    assert "row 1" in shell.out
    assert "1 text left out" in shell.err


def test_suggested_rows_are_new_and_the_model_remembers_them(model, shell, table):
    rows = [*read_jsonl(table)[:10], {"text": ""}, *({"text": f"a new text {n}"} for n in range(6))]
    rows.append({"text": "A NEW  TEXT 3"})
    pool = write_jsonl(shell.folder / "pool.jsonl", rows)
    assert shell("suggest", model, pool, "--text", "text", "--store", "store", "--count", "4") == 0
    found = rows_of(shell.out)
    assert [row["suggested"] for row in found] == ["1", "2", "3", "4"]
    assert len({row["text"] for row in found}) == 4
    assert all(row["text"].startswith("a new text") for row in found)
    assert "12 of 18 texts left aside" in shell.err
    assert set(load_learner(model).suggested) == {row["text"] for row in found}
    two = write_jsonl(shell.folder / "two.jsonl", [{"text": ""}, {"text": "the last new text"}])
    asked = ("--text", "text", "--store", "store", "--output", "next.csv")
    assert shell("suggest", model, two, *asked) == 0
    assert "1 of 2 texts left aside: empty, copies, or scored already\n" in shell.err
    assert "1 row in next.csv\n" in shell.err
    for row in found:
        row["rating"] = 2.0
    labelled = write_jsonl(shell.folder / "labelled.jsonl", found)
    assert shell("learn", labelled, *ASK, "--store", "store", "--model", model) == 0
    assert shell("score", model, pool, "--text", "text", "--store", "store", "--interval", "0.8") == 0
    assert "the coverage is not promised" in shell.err


def test_suggesting_keeps_what_another_process_taught_the_model_meanwhile(model, shell, table, monkeypatch):
    choose = ValueLearner.suggest_rows

    def choose_meanwhile(self, texts, n):
        other = ValueLearner(encoder="hash:16", cache_dir=shell.folder / "store")
        other.load_model(shell.folder / model)
        other.update("taught meanwhile", 4.0)
        other.save_model(shell.folder / model)
        return choose(self, texts, n)

    monkeypatch.setattr(ValueLearner, "suggest_rows", choose_meanwhile)
    pool = write_jsonl(shell.folder / "pool.jsonl", [{"text": f"new {number}"} for number in range(9)])
    assert shell("suggest", model, pool, "--text", "text", "--store", "store", "--count", "4") == 0
    saved = load_learner(shell.folder / model)
    assert saved.examples[-1].text == "taught meanwhile"
    assert len(saved.suggested) == 4


def test_what_is_suggested_while_another_process_learns_is_not_saved_over_its_answers(model, shell):
    pytest.importorskip("fcntl")
    pool = write_jsonl(shell.folder / "pool.jsonl", [{"text": f"new {number}"} for number in range(9)])
    before = (shell.folder / model).read_bytes()
    with sole_writer(shell.folder / model):
        assert shell("suggest", model, pool, "--text", "text", "--store", "store", "--count", "4") == 0
    assert len(rows_of(shell.out)) == 4
    assert "cannot remember what was suggested (another semascope learn or serve is at work on" in shell.err
    assert (shell.folder / model).read_bytes() == before


def test_nothing_to_suggest(model, shell, table):
    assert shell("suggest", model, table, "--text", "text", "--store", "store") == 0
    assert rows_of(shell.out) == []
