"""What every head promises, for every head."""

import json

import numpy as np
import pytest
from sklearn.base import clone

from semascope.errors import ConfigError, DataError
from semascope.extras import is_installed
from semascope.probes.head import HEADS, TEXT_HEADS, make_head, predict_unmapped

pytestmark = pytest.mark.long

CASES = [(kind, name) for kind, names in HEADS.items() for name in names]
NUMBERS = [case for case in CASES if case[0] == "regression"]
CLASSES = [case for case in CASES if case[0] == "classification"]
LEARNERS = [case for case in CASES if case[1] not in ("mean", "median", "majority")]
MEASURES = {"regression": "mae", "classification": "accuracy"}


def only(cases):
    return pytest.mark.parametrize("case", cases, indirect=True, ids=lambda case: f"{case[0]}-{case[1]}")


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def case(request):
    kind, name = request.param
    if name == "boosting" and not is_installed("lightgbm"):
        pytest.skip("needs LightGBM")
    return kind, name


def head_of(case, **more):
    kind, name = case
    return make_head(name, kind=kind, measure=MEASURES[kind], **more)


def read_by(case, x):
    """The rows as the head takes them: vectors, or texts of which each word says how large one entry is."""
    if case[1] not in TEXT_HEADS:
        return x
    sizes = np.digitize(x, (-0.5, 0.5))
    words = [[f"entry{place}size{size}" for place, size in enumerate(row) if size != 1] for row in sizes]
    return np.array([" ".join(each) for each in words], dtype=object)


def rows_of(case, n: int = 90, *, seed: int = 0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 12)).astype(np.float32)
    read = read_by(case, x)
    scores = x[:, :3] * 2 + 0.5 * rng.standard_normal((n, 3))
    if case[0] == "classification":
        return read, scores.argmax(axis=1)
    scores = scores[:, :2].copy()
    scores[::7, 1] = np.nan
    return read, scores


def test_shapes_and_types(case) -> None:
    x, y = rows_of(case)
    head = head_of(case).fit(x, y)
    assert (head.kind, head.name) == case
    predicted = head.predict(x[:5])
    if case[0] == "regression":
        assert (predicted.shape, predicted.dtype) == ((5, 2), np.float64)
        assert head.predict(x[:0]).shape == (0, 2)
    else:
        assert (predicted.shape, predicted.dtype) == ((5,), np.int64)
        assert head.predict_proba(x[:0]).shape == (0, 3)
        np.testing.assert_allclose(head.predict_proba(x).sum(axis=1), 1.0, atol=1e-6)
        np.testing.assert_array_equal(head.predict_proba(x).argmax(axis=1), head.predict(x))
    assert np.isfinite(predicted).all()


def test_equal_seeds_give_equal_predictions(case) -> None:
    x, y = rows_of(case)
    one, two = head_of(case).fit(x, y, seed=7), head_of(case).fit(x, y, seed=7)
    np.testing.assert_array_equal(one.predict(x), two.predict(x))
    assert one.choices == two.choices


def test_state_goes_through_json_and_predicts_the_same_bits(case) -> None:
    x, y = rows_of(case)
    head = head_of(case).fit(x, y)
    arrays, settings = head.state()
    again = type(head).from_state(arrays, json.loads(json.dumps(settings)))
    np.testing.assert_array_equal(again.predict(x), head.predict(x))
    if case[0] == "classification":
        np.testing.assert_array_equal(again.predict_proba(x), head.predict_proba(x))
    assert again.get_params() == head.get_params()


def test_choices_are_json_and_notes_are_sentences(case) -> None:
    head = head_of(case).fit(*rows_of(case))
    assert json.loads(json.dumps(head.choices)) == head.choices
    assert all(isinstance(note, str) for note in head.notes)


@only(LEARNERS)
def test_it_learns(case) -> None:
    x, y = rows_of(case, 400)
    new, truth = rows_of(case, 200, seed=1)
    predicted = head_of(case).fit(x, y).predict(new)
    if case[0] == "classification":
        assert (predicted == truth).mean() > 0.6  # chance is 1 in 3
    else:
        error = np.nanmean(np.abs(predicted - truth))
        assert error < 0.75 * np.nanmean(np.abs(truth))  # a head that knew nothing would predict 0


def test_it_clones_like_any_estimator(case) -> None:
    head = head_of(case)
    assert clone(head).get_params() == head.get_params()


@only(CLASSES)
def test_a_class_that_no_row_has_is_never_predicted(case) -> None:
    x, y = rows_of(case)
    y = np.array([0, 2, 4])[y]
    head = head_of(case, n_classes=6).fit(x, y)
    shares = head.predict_proba(x)
    assert shares.shape == (90, 6)
    assert (shares[:, [1, 3, 5]] == 0).all()
    assert set(head.predict(x)) <= {0, 2, 4}


@only(CLASSES)
def test_one_class_only_is_always_predicted(case) -> None:
    x, y = rows_of(case, 20)
    head = head_of(case, n_classes=3).fit(x, np.ones_like(y))
    np.testing.assert_array_equal(head.predict_proba(x[:2]), [[0, 1, 0], [0, 1, 0]])


@only(NUMBERS)
def test_equal_targets_and_zero_vectors_are_predicted_as_they_are(case) -> None:
    x, _ = rows_of(case, 30)
    constant = head_of(case).fit(x, np.full((30, 1), 7.0))
    np.testing.assert_allclose(constant.predict(x), 7.0, atol=0.3)
    nothing = read_by(case, np.zeros((30, 12), dtype=np.float32))
    blank = head_of(case).fit(nothing, np.full((30, 1), 7.0))
    np.testing.assert_allclose(blank.predict(nothing), 7.0, atol=1e-6)


@only(LEARNERS)
def test_copies_on_one_side_leave_nothing_to_choose_on(case) -> None:
    x, y = rows_of(case, 20)
    with pytest.raises(DataError, match="has 1 distinct training rows"):
        head_of(case).fit(x, y, components=np.zeros(20, dtype=np.int64))


def test_few_rows_still_fit(case) -> None:
    x, y = rows_of(case, 4)
    if case[0] == "regression":
        y = np.array([[1.0, 2.0], [2.0, np.nan], [3.0, 5.0], [4.0, 6.0]])
    else:
        y = np.array([0, 1, 0, 1])
    assert np.isfinite(head_of(case).fit(x, y).predict(x)).all()


def test_a_regression_has_no_probabilities() -> None:
    head = make_head("mlp", kind="regression", measure="mae").fit(*rows_of(("regression", "mlp")))
    with pytest.raises(ConfigError, match="probabilities were asked of a regression"):
        head.predict_proba(np.zeros((1, 12), dtype=np.float32))


@only(NUMBERS)
def test_maps_come_back_with_the_rest_of_the_state(case) -> None:
    rng = np.random.default_rng(3)
    x = rng.standard_normal((400, 4)).astype(np.float32)
    y = np.clip(x[:, :2] + 0.3 * rng.standard_normal((400, 2)), 0, None).round()  # half and more are 0
    x = read_by(case, x)
    head = head_of(case).fit(x, y)
    arrays, settings = head.state()
    again = type(head).from_state(arrays, json.loads(json.dumps(settings)))
    np.testing.assert_array_equal(again.predict(x), head.predict(x))
    np.testing.assert_array_equal(predict_unmapped(again, x), predict_unmapped(head, x))
    if case[1] in ("ridge", "tfidf"):
        assert not np.array_equal(predict_unmapped(head, x), head.predict(x))
