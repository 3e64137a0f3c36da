"""Models that are tuned on the training rows, in the same table as heads on frozen vectors."""

from __future__ import annotations

import json
import math
import random
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save

from semascope.encoders.loading import load_encoder
from semascope.errors import ArtifactError, ConfigError, DataError, EncoderError
from semascope.probes.artifact import read_card
from semascope.probes.scorer import Scorer
from semascope.store.speeds import Speeds
from semascope.studies.folder import RunFolder
from semascope.studies.heads.asking.tuned import FEWEST_TO_TUNE
from semascope.studies.heads.computing import tuning
from semascope.studies.heads.computing.fit import fold_cell, selection_folds
from semascope.studies.heads.task import heads_task
from semascope.studies.heads.winner import save_scorer
from semascope.tuning.needs import needs_of

pytestmark = pytest.mark.long

WORDS = ["the", "tide", "water", "noon", "low", "six", "ship", "high"]


def order_rows(n: int, *, seed: int = 1) -> list[dict]:
    """Which of two words comes first: neither words nor a mean of frozen vectors can tell, a network that learns can."""
    rng, rows = random.Random(seed), []
    for number in range(n):
        words, first = [rng.choice(WORDS) for _ in range(4)], rng.random() < 0.5
        places = sorted(rng.sample(range(6), 2))
        for place, word in zip(places, ("storm", "calm") if first else ("calm", "storm"), strict=True):
            words.insert(place, word)
        score = round((1 if first else -1) + rng.gauss(0, 0.1), 2)
        rows.append(
            {
                "body": f"{' '.join(words)} {number}",
                "score": score,
                "twice": None if number % 7 == 0 else 2 * score + 10,
                "mood": "glad" if first else "sad",
            }
        )
    return rows


@pytest.fixture(scope="module")
def model(make_tiny, tmp_path_factory):
    return make_tiny(tmp_path_factory.mktemp("qwen2") / "tiny", "qwen2", pooling="last")


def recipe(model, **more) -> dict:
    return {"model": str(model), "name": "lora", "lora": 8, "rate": 2e-2, "epochs": 8, "patience": 8, **more}


@pytest.fixture(scope="module")
def run(model, make_desk, tmp_path_factory):
    """A study whose answer only the tuned model has: rows of the files, the desk and the result."""
    desk, rows = make_desk(tmp_path_factory.mktemp("tuned")), order_rows(240)
    return desk, rows, desk.run(rows, tuned=[recipe(model)])


def prepared_again(desk, rows, model, **asked):
    task, folder = heads_task(
        desk.ask(rows, tuned=[recipe(model)], **asked), output=desk.folder / "run", store=desk.store
    )
    return task.prepared, folder


def test_what_no_frozen_vector_holds_is_learnt_by_tuning(run):
    _, _, result = run
    cells = {cell.id: cell for cell in result.cells}
    assert result.winner == "lora"
    assert cells["lora"].estimate.value < 0.35  # the noise alone is 0.08
    assert min(cell.estimate.value for cell in result.cells if cell.id != "lora") > 0.5
    verdict = cells["lora"].verdict  # of 48 rows: on some processors a lopsided one keeps the word open
    assert verdict.gain > 0.4
    assert verdict.p < 0.01
    assert cells["lora"].reads == "texts"


def test_all_cells_are_chosen_on_the_one_fold_that_the_tuned_model_predicts(run, model):
    desk, rows, result = run
    prepared, folder = prepared_again(desk, rows, model)
    of = prepared.rows
    folds = selection_folds(of, seed=42)
    tables = folder.read_tables("out_of_fold", ["lora", "median"])
    inner = of.table.rows[of.split.train[folds == tuning.INNER]]
    assert sorted(tables["lora"]["row"].to_pylist()) == sorted(inner.tolist())
    assert len(tables["median"]) == len(of.split.train)
    # What ranks the median is its error on those rows alone, by hand.
    lines = tables["median"].to_pylist()
    expected = np.mean(
        [abs(line["truth"] - line["prediction"]) for line in lines if line["row"] in set(inner.tolist())]
    )
    cells = {cell.id: cell for cell in result.cells}
    assert cells["median"].selection == pytest.approx(expected)
    told = [note for note in result.notes if "chosen on" in note.title]
    assert [note.title for note in told] == [
        f"Cells were chosen on {len(inner)} of {len(of.split.train)} training rows"
    ]


def _held(place: Path) -> int:
    """Bytes of a tuned cell's numbers: the network's in its precision, the head's as they lie in their file."""
    each_takes = {"float32": 4, "bfloat16": 2}[load_encoder(str(place / "encoder")).precision]
    numbers = load_file(place / "encoder" / "model.safetensors")
    head = load_file(place / "head.safetensors")
    return each_takes * sum(each.size for each in numbers.values()) + sum(
        each.nbytes for each in head.values()
    )


def test_the_folds_are_those_that_heads_are_folded_by(run, model):
    desk, rows, _ = run
    prepared, _ = prepared_again(desk, rows, model)
    folded = fold_cell(
        np.zeros((len(prepared.rows), 1), dtype=np.float32),
        prepared.rows,
        factory=prepared.factory("mean"),
        seed=42,
    )
    assert np.array_equal(selection_folds(prepared.rows, seed=42), folded.fold)


def test_the_winner_is_the_very_model_that_was_measured(run):
    desk, rows, result = run
    place = desk.folder / "run" / "winner"
    card = read_card(place)
    assert (card.head, card.called, card.rows) == ("tuned", "lora", 192)
    assert "this very model" in card.measured
    scores = Scorer.load(place).score([row["body"] for row in rows])
    held_out = result.held_out
    found = scores.values[held_out.rows, 0]
    limits = [row["score"] for place, row in enumerate(rows) if place not in set(held_out.rows.tolist())]
    assert np.clip(found, min(limits), max(limits)) == pytest.approx(
        held_out.predictions["lora"][:, 0], abs=1e-3
    )


def test_a_zipped_winner_scores_alike_wherever_it_was_zipped(run, tmp_path):
    desk, rows, _ = run
    place, texts = desk.folder / "run" / "winner", [row["body"] for row in rows[:9]]
    expected = Scorer.load(place).score(texts).values
    saved = Scorer.load(place).save(tmp_path / "scorer.zip")
    by_hand = shutil.make_archive(str(tmp_path / "by_hand"), "zip", place.parent, "winner")  # with its folder
    flat = shutil.make_archive(str(tmp_path / "flat"), "zip", place)
    for file in (saved, by_hand, flat):
        assert np.array_equal(Scorer.load(file).score(texts).values, expected)
    copied = Scorer.load(saved).save(tmp_path / "copied")
    assert read_card(copied).encoder == str(copied / "encoder")
    assert np.array_equal(Scorer.load(copied).score(texts).values, expected)


def test_a_zip_whose_names_climb_out_is_refused(run, tmp_path):
    desk, _, _ = run
    file = Scorer.load(desk.folder / "run" / "winner").save(tmp_path / "scorer.zip")
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("encoder/../../evil.txt", "x")
    with pytest.raises(ArtifactError, match="only plain file names"):
        Scorer.load(file)
    assert not list(tmp_path.rglob("evil.txt"))


def test_a_scorer_without_its_encoder_says_so(run, tmp_path):
    desk, _, _ = run
    place = Path(shutil.copytree(desk.folder / "run" / "winner", tmp_path / "copy"))
    shutil.rmtree(place / "encoder")
    with pytest.raises(ArtifactError, match="lacks the folder encoder/"):
        Scorer.load(place)


def test_a_tuned_folder_says_what_it_has_seen_and_how_it_was_tuned(run):
    desk, _, _ = run
    folder = desk.folder / "run" / "winner" / "encoder"
    encoder = load_encoder(str(folder))
    assert len(encoder.seen) == 192
    about = json.loads((folder / "tuned.json").read_text())
    assert about["template"] == encoder.space.template
    assert about["recipe"]["lora"] == 8
    assert any("tuned with it" in line for line in encoder.stated)


def test_adapters_are_in_the_weights_that_are_kept(run, model):
    desk, _, _ = run
    kept = load_file(desk.folder / "run" / "winner" / "encoder" / "model.safetensors")
    base = load_file(model / "model.safetensors")
    assert not any("lora" in name for name in kept)
    unlike = {name for name in kept if not np.array_equal(kept[name], base[name])}
    assert unlike
    assert all(name.endswith("_proj.weight") for name in unlike)


def test_the_record_tells_what_was_trained_and_what_it_took(run):
    desk, _, _ = run
    record = desk.records()["lora"]
    assert record["choices"]["trained"] == "adapters of rank 8"
    assert record["choices"]["loss"] == "absolute"
    assert record["choices"]["rows"] == 192
    assert len(record["training"]["scores"]) == 8
    assert record["training"]["tokens_a_second"] > 0
    assert record["costs"]["encode_seconds_per_1000"] > 0
    assert record["costs"]["memory_bytes"] == _held(RunFolder(desk.folder / "run").of_cell("lora"))
    assert list((desk.folder / "run" / "cells").glob("lora-*/curves/*/events*"))  # for TensorBoard
    assert not list((desk.folder / "run" / "cells").glob("lora-*/stage*"))


def test_a_tuned_model_has_the_price_of_the_network_that_it_is(run):
    """By the speed that was noted of its base, for the tokens that it reads: no timing of its own, which would differ by chance."""
    desk, _, _ = run
    records = desk.records()
    speed = Speeds(desk.store.root).of(records["lora"]["base"])
    costs = records["lora"]["costs"]
    texts = costs["tokens"] / 240  # none is cut
    assert costs["truncated_rows"] == 0
    assert costs["encode_seconds_per_1000"] == pytest.approx(1000 * texts / speed, rel=1e-9)
    assert costs["encoded_on"] == "cpu"


def test_a_study_that_goes_on_trains_nothing_again(run, monkeypatch, model):
    desk, rows, result = run
    monkeypatch.setattr(tuning, "tune_cell", lambda *given, **more: pytest.fail("it was trained again"))
    again = desk.run(rows, tuned=[recipe(model)], head=["ridge", "mlp"])
    assert {cell.id for cell in again.cells} == {cell.id for cell in result.cells} | {
        "hash:16 · default · 16 · mlp"
    }
    assert again.winner == "lora"


def test_a_target_that_is_mostly_one_value_gets_a_map_to_medians(make_desk, model, tmp_path):
    """Five sixths of the rows have the score 5, whatever they say; the rest follow the order of two words."""
    rows, rng = order_rows(240), random.Random(2)
    for row in rows:
        row["score"] = 5.0 if rng.random() < 0.7 else float(round(row["score"]) + 2)
    desk = make_desk(tmp_path)
    result = desk.run(rows, tuned=[recipe(model, epochs=2)])
    cell = next(cell for cell in result.cells if cell.id == "lora")
    place = RunFolder(desk.folder / "run").of_cell("lora")
    table = RunFolder(desk.folder / "run").read_tables("held_out", ["lora"])["lora"]
    mapped, ranked = (np.array(table[name].to_pylist()) for name in ("prediction", "unmapped"))
    assert cell.choices["median_map"] == ["score"]
    assert (mapped == 5.0).mean() > 0.5
    assert len(set(ranked.tolist())) > len(
        set(mapped.tolist())
    )  # it makes ties, and ranks by what it was made of
    order = np.argsort(ranked)
    assert (np.diff(mapped[order]) >= 0).all()
    assert "map_0_knots" in load_file(place / "head.safetensors")


def test_a_folder_that_is_not_the_trained_network_is_not_used(desk, tiny_bert, monkeypatch):
    """As if the adapters had been left out of what was written."""
    monkeypatch.setattr("semascope.tuning.adapters.merge_adapters", drop_adapters)
    tuned = [{"model": str(tiny_bert), "name": "lora", "lora": 4, "rate": 0.3, "epochs": 2}]
    with pytest.raises(EncoderError, match="rows whose cosine to those of the trained network is"):
        desk.run(order_rows(100), tuned=tuned)


def drop_adapters(network):
    from peft.tuners.tuners_utils import BaseTunerLayer

    for name, module in list(network.named_modules()):
        if isinstance(module, BaseTunerLayer):
            parent, _, last = name.rpartition(".")
            base = module.get_base_layer()
            setattr(network.get_submodule(parent), last, base)


def test_another_recipe_under_the_same_name_is_refused(run, model):
    desk, rows, _ = run
    with pytest.raises(ConfigError, match=r"'lora' was trained by other settings .*rate 0.02, now 0.01"):
        desk.run(rows, tuned=[recipe(model, rate=1e-2)])


class Killed(BaseException):
    pass


def test_a_training_that_was_killed_goes_on_and_ends_the_same(run, model, make_desk, tmp_path, monkeypatch):
    first, rows, _ = run
    desk = make_desk(tmp_path)
    monkeypatch.setattr("semascope.tuning.state.EVERY", 0.0)
    steps = []

    def dies(at):
        def progress(step):
            if step.unit == "steps":
                steps.append(step.done)
                if len(steps) == at:
                    raise Killed

        return progress

    for at in (20, 30, 30):  # in the first training twice, and in the second
        steps.clear()
        with pytest.raises(Killed):
            run_with(desk, rows, model, dies(at))
    steps.clear()
    result = run_with(desk, rows, model, dies(10_000))
    whole = first.records()["lora"]["training"]["steps"]
    assert len(steps) == whole - (
        19 + 29 + 29
    )  # the step that was under way is done again, and none before it
    mine, theirs = (
        RunFolder(one.folder / "run").read_tables("held_out", ["lora"])["lora"]["prediction"].to_pylist()
        for one in (desk, first)
    )
    assert mine == theirs
    assert result.winner == "lora"


def run_with(desk, rows, model, progress, **more):
    from semascope.studies.run import complete

    task, folder = heads_task(
        desk.ask(rows, tuned=[recipe(model, **more)]), output=desk.folder / "run", store=desk.store
    )
    return complete(task, folder, progress=progress)


def test_classes_and_several_targets_with_holes_are_tuned_too(desk, tiny_bert):
    rows = order_rows(110)
    found = desk.run(
        rows,
        target="mood",
        head="logistic",
        tuned=[{"model": str(tiny_bert), "name": "all", "epochs": 1, "balance": True}],
    )
    cell = next(cell for cell in found.cells if cell.id == "all")
    shares = found.held_out.probabilities["all"]
    assert shares.sum(axis=1) == pytest.approx(1.0)
    assert cell.choices["class_weights"] == "balanced"
    assert cell.choices["trained"] == "all weights but the table of token vectors"
    several = desk.run(
        rows, target=["score", "twice"], output="several",
        tuned=[{"model": str(tiny_bert), "name": "all", "epochs": 2, "init": "zero"}],
    )  # fmt: skip
    cell = next(cell for cell in several.cells if cell.id == "all")
    assert [part.target for part in cell.targets] == ["score", "twice"]
    assert all(math.isfinite(part.estimate.value) for part in cell.targets)


def test_repeats_train_once_a_split_when_asked_and_not_otherwise(desk, tiny_bert):
    rows = order_rows(110)
    tuned = [{"model": str(tiny_bert), "name": "all", "epochs": 1}]
    study = desk.ask(rows, tuned=tuned, repeats=None)
    task, _ = heads_task(study, output=desk.folder / "once", store=desk.store)
    assert task.prepared.repeats == 1
    assert any("would train all 15 times more" in line for line in task.prepared.remarks)
    result = desk.run(rows, tuned=tuned, repeats=3, output="three")
    cell = next(cell for cell in result.cells if cell.id == "all")
    assert cell.repeat is not None
    assert len(set(cell.repeat.values)) == 3
    assert cell.repeat.values[0] == pytest.approx(cell.estimate.value)


@pytest.mark.parametrize(
    ("asked", "error", "says"),
    [
        ({"model": "hash:16"}, ConfigError, "'hash:16' is no network"),
        ({"model": "nowhere/at-all-here"}, Exception, "nowhere/at-all-here"),
        ({"model": "TINY", "tokens": 99}, ConfigError, "99 tokens; it reads at most 24"),
        (
            {"model": "TINY", "lora": 4, "layers": ["q_proj"]},
            ConfigError,
            "the linear layers of .* are query, key",
        ),
        ({"model": "TINY", "name": "ridge"}, ConfigError, "'ridge'; that is the name of a head"),
        ({"model": "TINY", "balance": True}, ConfigError, "leave out balance"),
    ],
)
def test_what_cannot_be_tuned_is_refused(desk, tiny_bert, asked, error, says):
    asked = {name: str(tiny_bert) if value == "TINY" else value for name, value in asked.items()}
    with pytest.raises(error, match=says):
        desk.run(order_rows(100), tuned=[asked])


def test_two_of_one_name_are_refused(desk, tiny_bert):
    with pytest.raises(ConfigError, match="each needs a name of its own"):
        desk.run(order_rows(100), tuned=[str(tiny_bert), {"model": str(tiny_bert), "epochs": 2}])


def test_too_few_rows_are_refused_before_anything_is_computed(desk, tiny_bert):
    with pytest.raises(DataError, match=rf"48 values .* tuned on {FEWEST_TO_TUNE} or more"):
        desk.run(order_rows(60), tuned=[str(tiny_bert)])
    assert not (desk.folder / "run").exists()


def test_a_training_that_explodes_names_its_step(desk, tiny_bert):
    tuned = [{"model": str(tiny_bert), "name": "wild", "rate": 1.0, "head_rate": 1.0, "epochs": 1}]
    steps = []

    def poisoned(network):
        forward = network.forward

        def bad(sequences):
            steps.append(1)
            return forward(sequences) * (float("nan") if network.training and len(steps) > 4 else 1.0)

        network.forward = bad
        return network

    task, folder = heads_task(
        desk.ask(order_rows(100), tuned=tuned), output=desk.folder / "run", store=desk.store
    )
    from semascope.studies.run import complete

    start = task.prepared.tuned["wild"][1]
    load = type(start).load
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(start), "load", lambda self, **more: poisoned(load(self, **more)))
        with pytest.raises(DataError, match=r"tuning 'wild' failed: .* lower rate"):
            complete(task, folder)
    assert "ridge" in " ".join(desk.records())  # what was finished stays


def test_a_cell_that_another_version_of_the_weights_would_answer_is_not_handed_over(run, model, tmp_path):
    desk, rows, result = run
    prepared, _ = prepared_again(desk, rows, model)
    chosen = next(cell for cell in result.cells if cell.id == "lora")
    place = tmp_path / "copy" / "winner"
    place.parent.mkdir()
    (tmp_path / "copy" / "cells").symlink_to(desk.folder / "run" / "cells")
    result = replace(result, folder=str(tmp_path / "copy"))
    save_scorer(prepared, result, chosen, place, notes=[], progress=lambda step: None)
    weights = place / "encoder" / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(Exception, match="another space: weights"):
        Scorer.load(place)


def test_memory_is_foreseen_within_a_factor_of_the_weights(tiny_bert, model):
    from semascope.tuning.recipe import Tuned
    from semascope.tuning.start import Start

    for folder, asked in ((tiny_bert, {}), (model, {"lora": 8})):
        wanted = Tuned(model=str(folder), **asked)
        start = Start.of(load_encoder(str(folder)), wanted)
        network = start.load(outputs=1, recipe=wanted, device="cpu", seed=1)
        needs = needs_of(start, wanted)
        numbers = sum(value.numel() for value in network.network.parameters())
        if not asked:
            assert needs.weights == pytest.approx(4 * numbers, rel=0.05)
            trained = sum(value.numel() for value in network.trained().values())
            assert needs.state == pytest.approx(16 * trained, rel=0.1)
        assert needs.total > needs.weights


def test_somebody_is_asked_before_much_is_trained(desk, tiny_bert, monkeypatch):
    monkeypatch.setattr("semascope.studies.forecast.LONG", 0.0)
    asked = []

    def no(question):
        asked.append(question)
        return False

    task, folder = heads_task(
        desk.ask(order_rows(100), tuned=[str(tiny_bert)]),
        output=desk.folder / "run",
        store=desk.store,
        agree=no,
    )
    from semascope.studies.run import complete

    with pytest.raises(ConfigError, match="nothing was computed, as asked"):
        complete(task, folder)
    assert asked[0].startswith("Training takes up to")
    assert not (desk.folder / "run" / "records.jsonl").exists()


def test_a_model_that_goes_on_from_a_tuned_folder_has_seen_what_that_one_has(run, make_desk, tmp_path):
    first, rows, _ = run
    base = first.folder / "run" / "winner" / "encoder"
    seen_before = load_encoder(str(base)).seen
    desk = make_desk(tmp_path)
    tuned = [{"model": str(base), "name": "further", "epochs": 1}]
    result = desk.run(rows, tuned=tuned)
    assert result.winner != "further"  # it has seen the rows that choose
    assert math.isnan(next(cell for cell in result.cells if cell.id == "further").selection)
    assert any(
        "further" in note.title or "further" in note.text for note in result.notes if note.level == "warning"
    )
    kept = load_encoder(str(RunFolder(desk.folder / "run").of_cell("further") / "encoder"))
    assert set(seen_before.tolist()) <= set(kept.seen.tolist())
    with pytest.raises(ConfigError, match="tuned on rows of this table"):
        desk.run(rows, tuned=tuned, repeats=3, output="again")


def test_a_base_that_has_changed_is_not_taken_for_the_one_that_was_tuned(make_desk, make_tiny, tmp_path):
    folder = make_tiny(tmp_path / "model", "bert", pooling="mean")
    desk, rows = make_desk(tmp_path), order_rows(100)
    tuned = [{"model": str(folder), "name": "all", "epochs": 1}]
    desk.run(rows, tuned=tuned)
    weights = load_file(folder / "model.safetensors")
    name = next(name for name in weights if name.endswith("query.weight"))
    (folder / "model.safetensors").write_bytes(save({**weights, name: weights[name] + 1}))
    with pytest.raises(ConfigError, match="the model that 'all' was tuned from has changed"):
        desk.run(rows, tuned=tuned, head=["ridge", "mlp"])


def test_a_third_that_is_one_group_is_refused_before_anything_is_trained(desk, tiny_bert):
    rows = [{**row, "who": f"p{number % 4}"} for number, row in enumerate(order_rows(120))]
    with pytest.raises(DataError, match="would be one group"):
        desk.run(rows, group="who", tuned=[str(tiny_bert)])
    assert not (desk.folder / "run").exists()


def test_what_a_killed_run_took_is_counted(desk, model, monkeypatch):
    rows, short = order_rows(120), {"epochs": 2, "patience": 2}
    monkeypatch.setattr("semascope.tuning.state.EVERY", 0.0)

    def dies(step):
        if step.unit == "steps" and step.done == step.total:  # all but the keeping is done
            raise Killed

    for _ in range(2):
        with pytest.raises(Killed):
            run_with(desk, rows, model, dies, **short)
    run_with(desk, rows, model, lambda step: None, **short)
    record = desk.records()["lora"]
    spent = record["training"]["steps"] * record["training"]["seconds_a_step"]
    assert record["costs"]["fit_seconds"] >= spent * 0.99
