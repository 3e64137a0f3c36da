"""Networks that score texts are refused, though a backbone could be read from their weights."""

from __future__ import annotations

import json
import shutil

import pytest

from semascope.encoders.loading import load_encoder
from semascope.errors import EncoderError

pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")


def edit(file, **changes) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def classifier(plain, folder, kind: str = "SequenceClassification"):
    maker = getattr(transformers, f"AutoModelFor{kind}")
    maker.from_pretrained(plain, **({"num_labels": 1} if "Class" in kind else {})).save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(plain).save_pretrained(folder)
    return folder


@pytest.mark.parametrize(
    ("kind", "gives"),
    [
        ("SequenceClassification", "scores for a text or a pair of texts, as cross-encoders do"),
        ("TokenClassification", "classes for tokens"),
        ("QuestionAnswering", "places of answers"),
        ("MultipleChoice", "scores for pairs of texts"),
        ("NextSentencePrediction", "scores for pairs of texts"),
    ],
)
def test_a_classifier_is_named_and_refused(tiny_bert_plain, tmp_path, kind, gives):
    folder = classifier(tiny_bert_plain, tmp_path / "tiny", kind)
    with pytest.raises(
        EncoderError, match=f"holds a BertFor{kind}: it gives {gives}, no vectors; .*choose one of those"
    ):
        load_encoder(str(folder))


def test_a_chain_of_modules_makes_it_no_encoder(tiny_bert, tiny_bert_plain, tmp_path):
    folder = classifier(tiny_bert_plain, tmp_path / "tiny")
    shutil.copytree(tiny_bert / "1_Pooling", folder / "1_Pooling")
    shutil.copy(tiny_bert / "modules.json", folder)
    with pytest.raises(EncoderError, match="BertForSequenceClassification: it gives scores"):
        load_encoder(str(folder))


def test_what_version_6_of_sentence_transformers_saves_is_refused_by_name(
    tiny_bert_plain, make_tiny, tmp_path
):
    sentence_transformers = pytest.importorskip("sentence_transformers")
    pairs = classifier(tiny_bert_plain, tmp_path / "pairs")
    causal = make_tiny(tmp_path / "causal", "qwen3", pooling=None, head=True)
    for folder in (pairs, causal):
        saved = tmp_path / f"saved-{folder.name}"
        sentence_transformers.CrossEncoder(str(folder), device="cpu").save_pretrained(
            str(saved), create_model_card=False
        )
        with pytest.raises(
            EncoderError, match=r"is a CrossEncoder of sentence-transformers: .*choose one of those"
        ):
            load_encoder(str(saved))


def test_what_its_earlier_versions_saved_is_refused_too(tiny_bert_plain, tmp_path):
    folder = shutil.copytree(tiny_bert_plain, tmp_path / "tiny")
    edit(folder / "config.json", sentence_transformers={"activation_fn": "torch.nn.modules.linear.Identity"})
    with pytest.raises(EncoderError, match="is a CrossEncoder of sentence-transformers"):
        load_encoder(str(folder))


@pytest.mark.parametrize("kind", ["SparseEncoder", "MultiVectorEncoder"])
def test_other_kinds_of_sentence_transformers_are_refused(tiny_bert, tmp_path, kind):
    folder = shutil.copytree(tiny_bert, tmp_path / "tiny")
    (folder / "config_sentence_transformers.json").write_text(json.dumps({"model_type": kind}))
    with pytest.raises(EncoderError, match=f"is a {kind} of sentence-transformers; supported is"):
        load_encoder(str(folder))


@pytest.mark.parametrize(
    "architectures",
    [["BertModel"], ["BertForMaskedLM"], ["BertForPreTraining"], ["Qwen3ForCausalLM"], [], None, "BertModel"],
)
def test_encoders_and_base_models_are_taken(tiny_bert, tmp_path, architectures):
    folder = shutil.copytree(tiny_bert, tmp_path / "tiny")
    edit(folder / "config.json", architectures=architectures)
    assert load_encoder(str(folder)).dim == 16


def test_an_encoder_whose_own_code_adds_weights_for_tokens_is_none_of_them(tiny_bert, tmp_path):
    """As gte-multilingual-base is published: a class for tokens, and a chain of modules that pools."""
    folder = shutil.copytree(tiny_bert, tmp_path / "tiny")
    edit(
        folder / "config.json",
        architectures=["NewForTokenClassification"],
        auto_map={"AutoModel": "modeling.NewModel"},
    )
    assert load_encoder(str(folder), trust_remote_code=True).dim == 16
    with pytest.raises(EncoderError, match="brings its own code"):
        load_encoder(str(folder))
