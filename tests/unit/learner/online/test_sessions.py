"""``semascope learn`` and ``suggest`` on a model into which a service has learnt what its file does not hold yet."""

from __future__ import annotations

import pytest
from semascope_test_served_models import ENCODER, FIRST, examples_of, journal_of, learn, new_model, opened

from semascope.data.table import Table
from semascope.errors import ArtifactError, ConfigError
from semascope.learner.labelling.next_rows import suggest_next
from semascope.learner.labelling.session import Job, open_session
from semascope.learner.model_file import load_learner
from semascope.learner.opening import EncoderWish, open_learner
from semascope.probes.learnt_since import said_of_journal
from semascope.probes.scorer import Scorer

pytestmark = pytest.mark.filterwarnings("ignore::semascope.learner.advice.LearnerWarning")
TABLE = Table.from_columns({"t": ["from a file", "and one more"], "s": [2.0, 3.0]})


@pytest.fixture
def crashed(model):
    """A model whose service was killed when it had acknowledged one example."""
    service = opened(model)
    service.apply([learn("served", 3.0, "r1")])
    service._held.close()
    return model


@pytest.fixture
def wish(tmp_path):
    return EncoderWish(encoder="hash:8", store=tmp_path / "store")


def job(**given):
    return Job(text=["t"], target="s", **given)


def test_learning_on_puts_it_in_first(crashed, wish):
    with open_session(job(model=crashed), wish, lambda: TABLE) as session:
        assert not journal_of(crashed).exists()
        assert examples_of(load_learner(crashed)) == [*FIRST.items(), ("served", 3.0)]
        session.learn()
    assert [text for text, _ in examples_of(load_learner(crashed))][10:] == [
        "served",
        "from a file",
        "and one more",
    ]
    with opened(crashed) as service:
        assert service.apply([learn("served", 3.0, "r1")])[0].repeated


def test_another_output_gets_it_and_leaves_the_model_as_it_is(crashed, wish, tmp_path):
    before, lines = crashed.read_bytes(), journal_of(crashed).read_bytes()
    output = tmp_path / "other.zip"
    with open_session(job(model=crashed, output=output), wish, lambda: TABLE) as session:
        session.learn()
    assert ("served", 3.0) in examples_of(load_learner(output))
    assert (crashed.read_bytes(), journal_of(crashed).read_bytes()) == (before, lines)


def test_another_model_does_not_take_the_place_of_one_with_a_journal(crashed, wish, tmp_path):
    for given in ({}, {"model": new_model(tmp_path / "mine.zip")}):
        with (
            pytest.raises(ArtifactError, match="holds 1 operation of semascope serve that would be lost"),
            open_session(job(output=crashed, **given), wish, lambda: TABLE),
        ):
            pytest.fail("it was begun")
    with open_session(job(output=crashed, ask=True), wish, lambda: TABLE) as session:  # which goes on with it
        assert "served" in session.opened.learner.training_texts


def test_a_session_and_a_service_exclude_each_other(model, wish):
    with (
        opened(model),
        pytest.raises(ConfigError, match="another semascope learn or serve is at work"),
        open_session(job(model=model), wish, lambda: TABLE),
    ):
        pytest.fail("two writers")


def test_suggesting_puts_it_in(crashed, wish):
    found = suggest_next(open_learner(crashed, wish), crashed, ["a", "b"], 1)
    assert found.forgotten == ""
    assert not journal_of(crashed).exists()
    saved = load_learner(crashed)
    assert examples_of(saved)[10:] == [("served", 3.0)]
    assert len(saved.suggested) == 1


def test_a_scorer_says_what_it_lacks(crashed, tmp_path):
    with pytest.warns(
        UserWarning, match=r"model\.zip does not have 1 example yet that semascope serve"
    ) as said:
        Scorer.load(crashed, encoder=ENCODER)
    assert said[0].filename == __file__
    link = tmp_path / "link.zip"
    link.symlink_to(crashed)
    assert "does not have 1 example yet" in said_of_journal(link)
    lines = journal_of(crashed).read_bytes()
    opened(crashed).close()
    assert said_of_journal(crashed) == ""
    journal_of(crashed).write_bytes(lines)  # as after a crash between the file and the removal
    assert said_of_journal(crashed) == ""


def test_nothing_is_said_where_there_is_no_model(tmp_path):
    assert [said_of_journal(path) for path in (tmp_path, tmp_path / "none", tmp_path.parent.parents[-1])] == [
        ""
    ] * 3
