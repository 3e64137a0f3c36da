"""``store verify`` loads the encoders of a store anew and compares their kept rows."""

from __future__ import annotations

import json
import shutil

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")


@pytest.fixture
def folder(tiny_bert, shell):
    return shutil.copytree(tiny_bert, shell.folder / "tiny")


def embed(shell, table) -> None:
    assert shell(
        "embed", table, "--text", "text", "--encoder", "tiny", "--precision", "float32", "--store", "store",
        "--output", "v.npy",
    ) == 0  # fmt: skip


def kept(shell):
    (file,) = (shell.folder / "store").glob("*/canary.json")
    return file


def test_an_encoder_that_gives_its_row_again_is_said(shell, table, folder):
    embed(shell, table)
    assert shell("store", "verify", "--store", "store") == 0
    said = f"canary of {folder}: same, distance "
    assert said in shell.out
    assert "of 8e-06 allowed; written " in shell.out.partition(said)[2]
    assert shell("store", "verify", "--store", "store", "--json") == 0
    found = json.loads(shell.out)
    assert [check["state"] for check in found["canaries"]] == ["same"]
    assert [check["problem"] for check in found["segments"]] == [""] * len(found["segments"])


def test_a_row_that_is_not_given_again_is_said_and_ends_with_1(shell, table, folder):
    from dataclasses import replace

    from semascope.store.canary import read_canary, write_canary

    embed(shell, table)
    file = kept(shell)
    canary = read_canary(file.parent, json.loads(file.read_text())["fingerprint"])
    file.unlink()
    write_canary(file.parent, replace(canary, vector=-canary.vector))
    assert shell("store", "verify", "--store", "store") == 1
    assert f"canary of {folder}: different, distance 2 of 8e-06 allowed" in shell.out
    assert f"semascope store clear --fingerprint {canary.fingerprint} --store store" in shell.out
    assert shell("store", "verify", "--store", "store", "--files-only") == 0
    assert "canary" not in shell.out
    (shell.folder / "more.csv").write_text("text\nhigh water at noon\n")
    assert shell(
        "embed", "more.csv", "--text", "text", "--encoder", "tiny", "--precision", "float32", "--store", "store",
        "--output", "w.npy",
    ) == 2  # fmt: skip
    assert "gives the store's canary prompt another row" in shell.err
    assert shell("store", "clear", "--store", "store", "--fingerprint", canary.fingerprint, "--yes") == 0
    embed(shell, table)
    assert shell("store", "verify", "--store", "store") == 0


def test_an_encoder_that_is_another_one_today_is_not_tried(shell, table, folder):
    embed(shell, table)
    config = folder / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"layer_norm_eps": 0.5}))
    assert shell("store", "verify", "--store", "store") == 0
    assert "not tried; its files are others today" in shell.out


def test_a_row_that_speaks_for_none_is_cleared_too(shell, table, folder):
    embed(shell, table)
    for segment in kept(shell).parent.glob("*.arrow"):
        segment.unlink()
    fingerprint = json.loads(kept(shell).read_text())["fingerprint"]
    assert shell("store", "clear", "--store", "store", "--fingerprint", fingerprint, "--yes") == 0
    assert "no vectors to delete" in shell.out
    assert not list((shell.folder / "store").glob("*/canary.json"))
