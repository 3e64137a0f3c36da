"""What transformers prints while it loads reaches a reader only where it matters."""

from __future__ import annotations

import logging
import shutil

import pytest

from semascope.encoders.engine.network import without_report
from semascope.encoders.loading import load_encoder
from semascope.errors import EncoderError

pytest.importorskip("torch")
pytest.importorskip("transformers")


@pytest.fixture
def written(monkeypatch):
    """Lines of the logger that writes the report."""
    from transformers.utils import logging as theirs

    theirs.get_logger("transformers.modeling_utils")  # sets up the root of theirs
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    root = logging.getLogger("transformers")
    root.addHandler(handler)
    yield lines
    root.removeHandler(handler)


def edited(folder, target, change):
    from safetensors.torch import load_file, save_file

    copy = shutil.copytree(folder, target)
    weights = load_file(copy / "model.safetensors")
    change(weights)
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    return copy


def without_pooler(weights):
    for name in [name for name in weights if "pooler" in name]:
        del weights[name]


def test_a_folder_without_a_pooler_head_loads_in_silence(tiny_bert, tmp_path, written):
    import transformers

    folder = edited(tiny_bert, tmp_path / "copy", without_pooler)
    load_encoder(str(folder), precision="float32", device="cpu").encode(["tide tables"])
    assert written == []
    transformers.AutoModel.from_pretrained(folder)
    assert any(
        "LOAD REPORT" in line for line in written
    )  # this is what is not shown, and others still get it


def test_the_report_is_written_where_loading_fails(tiny_bert, tmp_path, written):
    def cut(weights):
        name = "encoder.layer.0.output.dense.weight"
        weights[name] = weights[name][:-1].contiguous()

    folder = edited(tiny_bert, tmp_path / "copy", cut)
    with pytest.raises(EncoderError, match="cannot be loaded"):
        load_encoder(str(folder), precision="float32", device="cpu").encode(["tide tables"])
    (report,) = [line for line in written if "LOAD REPORT" in line]
    assert "encoder.layer.0.output.dense.weight" in report.replace("{0}", "0")


def test_other_lines_pass_and_the_logger_is_left_as_it_was(written):
    logger = logging.getLogger("transformers.modeling_utils")

    def load(number):
        logger.warning("of another kind")
        logger.warning("Net LOAD REPORT from: there")
        return number + 1

    assert without_report(load)(1) == 2
    assert written == ["of another kind"]
    assert not logger.filters
