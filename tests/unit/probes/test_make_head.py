import pytest

from semascope.errors import ConfigError
from semascope.probes.head import HEADS, make_head


def test_an_unknown_head_names_the_known_and_the_near_one() -> None:
    with pytest.raises(
        ConfigError,
        match=r"head is 'rigde'.*mean, median, tfidf, ridge, mlp, boosting; did you mean 'ridge'",
    ):
        make_head("rigde", kind="regression", measure="mae")


def test_a_head_of_the_other_kind_is_said_to_be_so() -> None:
    with pytest.raises(ConfigError, match="'ridge' is one for a regression"):
        make_head("ridge", kind="classification", measure="accuracy")


def test_an_unknown_measure_is_refused_before_anything_is_fitted() -> None:
    with pytest.raises(ConfigError, match="'speed'"):
        make_head("ridge", kind="regression", measure="speed")


def test_the_heads_of_a_default_study() -> None:
    assert tuple(HEADS["regression"]) == ("mean", "median", "tfidf", "ridge", "mlp", "boosting")
    assert tuple(HEADS["classification"]) == ("majority", "tfidf", "logistic", "mlp", "boosting")


def test_settings_reach_the_head() -> None:
    head = make_head("ridge", kind="regression", measure="mse", target_names=["a", "b"])
    assert (head.measure, head.target_names) == ("mse", ("a", "b"))
    assert make_head("majority", kind="classification", measure="accuracy", n_classes=3).n_classes == 3
    for name in ("tfidf", "logistic", "mlp", "boosting"):
        assert make_head(name, kind="classification", measure="f1", positive=1).positive == 1
