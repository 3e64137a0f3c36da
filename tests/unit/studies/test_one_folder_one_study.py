"""What a run folder may take up, and what it refuses, when a study comes back to it."""

from __future__ import annotations

import pytest

from semascope.errors import ConfigError, DataError
from semascope.probes.artifact import read_card
from semascope.studies.heads.asking.settings import Study


def test_the_written_study_file_is_resolved(desk, monkeypatch):
    monkeypatch.setenv("SEMASCOPE_ENCODER", "hash:8")
    desk.run(encoder=[])
    written = Study.from_yaml(desk.folder / "run" / "study.yaml")
    assert (written.encoder, written.kind, written.measure) == (["hash:8"], "regression", "mae")
    assert written.baseline == "hash:8 · default · 8 · ridge"


def test_the_default_baseline_does_not_change_silently(desk):
    desk.run(encoder="hash:16")
    with pytest.raises(ConfigError, match=r"baseline was 'hash:16 · .*' and is now 'hash:8 · default · 8"):
        desk.run(encoder=["hash:8", "hash:16"])
    with pytest.raises(ConfigError, match=r"baseline was .* and is now 'hash:16 · default · 4 · ridge'"):
        desk.run(encoder="hash:16", dim=4)
    again = desk.run(encoder=["hash:16", "hash:8"])
    assert again.family.baseline == "hash:16 · default · 16 · ridge"


def test_cells_of_an_encoder_that_is_not_asked_again_stay(desk, chooses):
    desk.run(encoder=["hash:16", "hash:8"], head=["ridge"])
    chooses("hash:8 · default · 8 · ridge")
    result = desk.run(encoder="hash:16", head=["ridge"], dim=[16, 4], choose="best")
    assert {cell.id for cell in result.cells} == {
        "mean",
        "median",
        "tfidf",
        "hash:16 · default · 16 · ridge",
        "hash:16 · default · 4 · ridge",
        "hash:8 · default · 8 · ridge",
    }
    card = read_card(desk.folder / "run" / "winner")
    assert (card.encoder, card.dim, card.head) == ("hash:8", 8, "ridge")


def test_a_name_that_now_stands_for_another_sentence_is_refused(desk):
    desk.run(instruction="mine=Judge the mood")
    with pytest.raises(
        ConfigError, match=r"instruction 'mine' was 'Judge the mood' .* and is now 'Name the topic'"
    ):
        desk.run(instruction="mine=Name the topic")


def test_a_changed_encoder_of_the_same_name_is_refused(desk, monkeypatch):
    from semascope.encoders.hashing import HashEncoder

    desk.run()
    made = HashEncoder.__init__

    def changed(self, *arguments, **named):
        made(self, *arguments, **named)
        self.fingerprint = "other"

    monkeypatch.setattr(HashEncoder, "__init__", changed)
    with pytest.raises(ConfigError, match=r"encoder 'hash:16' has changed since folder .*run was begun"):
        desk.run()


def test_a_refused_study_changes_nothing(desk):
    desk.run()
    before = {file: file.read_bytes() for file in (desk.folder / "run").rglob("*") if file.is_file()}
    with pytest.raises(ConfigError):
        desk.run(seed=3)
    with pytest.raises(ConfigError):
        desk.run(head="rigde")
    assert {file: file.read_bytes() for file in (desk.folder / "run").rglob("*") if file.is_file()} == before


def test_lost_predictions_are_computed_again(desk):
    first = desk.run()
    run = desk.folder / "run"
    whole = (run / "predictions.parquet").read_bytes()
    (run / "predictions.parquet").unlink()
    for lost in (run / "cells").glob("hash-16*/held_out.parquet"):
        lost.unlink()
    again = desk.run()
    assert again.made["cells computed now"] == 1
    assert [cell.estimate for cell in again.cells] == [cell.estimate for cell in first.cells]
    assert (run / "predictions.parquet").read_bytes() == whole


def test_the_winner_of_a_run_that_was_killed_before_it_handed_over_is_made_anew(desk, monkeypatch, chooses):
    from semascope.studies.heads import task

    desk.run(head="ridge")
    chooses("hash:16 · default · 2 · ridge")  # whatever it was, the choice is now another cell
    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(task, "save_scorer", lambda *given, **more: (_ for _ in ()).throw(KeyboardInterrupt))
        desk.run(head=["ridge", "mlp"], dim=[16, 2], choose="best")
    assert read_card(desk.folder / "run" / "winner").dim != 2
    desk.run(head=["ridge", "mlp"], dim=[16, 2], choose="best")
    assert read_card(desk.folder / "run" / "winner").dim == 2


def test_cells_stand_in_the_order_of_the_plan_whatever_was_computed_first(desk):
    desk.run(dim=[16, 2], output="grown")
    grown = desk.run(dim=[16, 8, 2], head=["ridge", "mlp"], output="grown")
    whole = desk.run(dim=[16, 8, 2], head=["ridge", "mlp"], output="whole")
    assert [cell.id for cell in grown.cells] == [cell.id for cell in whole.cells]
    assert grown.winner == whole.winner
    assert [cell.verdict for cell in grown.cells] == [cell.verdict for cell in whole.cells]


def test_a_foreign_thing_at_the_place_of_the_winner_is_not_overwritten(desk):
    (desk.folder / "run" / "winner").mkdir(parents=True)
    (desk.folder / "run" / "winner" / "mine.txt").write_text("mine")
    with pytest.raises((ConfigError, DataError, ValueError), match="is no scorer; it is not overwritten"):
        desk.run()
    assert (desk.folder / "run" / "winner" / "mine.txt").read_text() == "mine"
