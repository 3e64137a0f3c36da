"""A session with a learner as a service would have it: a table in memory, no terminal, no files but the model."""

from __future__ import annotations

import dataclasses

import pytest

from semascope.data.table import Table
from semascope.errors import ConfigError
from semascope.learner.labelling.next_rows import suggest_next
from semascope.learner.labelling.session import Job, open_session
from semascope.learner.model_file import load_learner
from semascope.learner.opening import EncoderWish, open_learner

pytestmark = pytest.mark.filterwarnings("ignore::semascope.learner.advice.LearnerWarning")
TEXTS = [f"text number {number}" for number in range(30)]
TABLE = Table.from_columns(
    {"t": TEXTS, "s": [float(n % 5) if n < 20 else None for n in range(30)], "by": ["me"] * 30}
)


@pytest.fixture
def wish(tmp_path):
    return EncoderWish(encoder="hash:8", store=tmp_path / "store")


@pytest.fixture
def job(tmp_path):
    return Job(text=["t"], target="s", metadata=["by"], output=tmp_path / "model.zip")


def test_rows_are_learnt_then_asked_for_then_suggested(job, wish):
    with open_session(job, wish, lambda: TABLE) as session:
        learnt = session.learn()
    assert (learnt.learnt, learnt.left_out) == (20, {"no score": tuple(range(20, 30))})
    more = dataclasses.replace(job, model=job.output, ask=True)
    with open_session(more, wish, lambda: TABLE) as session:
        asking = session.asking()
        for score in (1.0, 2.0, 3.0):
            asking.answer(asking.next(), score)
        asked = session.asked(asking)
    assert (asked.answered, asked.learnt + asked.held_out) == (3, 23)
    saved = load_learner(job.output)
    assert saved.examples[0].metadata == {"by": "me"}
    assert len(saved.examples) + len(saved.held_out) == 23
    scored = {example.text for example in (*saved.examples, *saved.held_out)}
    found = suggest_next(open_learner(job.output, wish), job.output, TEXTS, 4)
    assert (len(found.places), found.left_aside, found.forgotten) == (4, 23, "")
    assert scored.isdisjoint(TEXTS[place] for place in found.places)
    assert {TEXTS[place] for place in found.places} <= set(load_learner(job.output).suggested)


def test_a_job_that_cannot_be_done_reads_no_table(job, wish):
    def read():
        raise AssertionError("read before it was known that the job can be done")

    for changes in ({"output": None}, {"target": None}, {"replace": True}, {"alphas": [0.0]}):
        with (
            pytest.raises(ConfigError, match=r"--output|--target|--replace|alpha is 0\.0"),
            open_session(dataclasses.replace(job, **changes), wish, read),
        ):
            pass


def test_two_sessions_never_learn_into_one_model(job, wish):
    with (
        open_session(job, wish, lambda: TABLE),
        pytest.raises(ConfigError, match="another semascope learn or serve is at work"),
        open_session(job, wish, lambda: TABLE),
    ):
        pass
