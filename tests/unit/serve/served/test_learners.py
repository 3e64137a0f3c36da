"""What a learner behind a service is opened from, and how much of its work may wait."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest
from tests.running_service import EXAMPLES, make_learner, service_of

from semascope.encoders.hashing import HashEncoder
from semascope.errors import ArtifactError
from semascope.learner.learner import ValueLearner
from semascope.serve.refusals import Overloaded
from semascope.serve.served import turns
from semascope.serve.served.turns import Turns

pytestmark = pytest.mark.filterwarnings("ignore::semascope.learner.advice.LearnerWarning")


class OfItsOwn(ValueLearner):
    def _get_embedding_vector(self, text):
        return np.append(super()._get_embedding_vector(text), len(text))


def trained(kind, folder, **given):
    learner = kind(encoder=HashEncoder(16), cache_dir=folder / "store", **given)
    for text, score in EXAMPLES.items():
        learner.add_training_example(text, score)
    learner.train()
    return learner


def test_vectors_of_a_users_own_code_are_refused(tmp_path):
    trained(OfItsOwn, tmp_path).save_model(tmp_path / "own.zip")
    with pytest.raises(
        ArtifactError, match="class 'OfItsOwn' makes with code of its own; a service has no such code"
    ):
        service_of(tmp_path / "own.zip")


@pytest.mark.parametrize("learn", [False, True])
def test_examples_that_were_added_and_never_trained_on(tmp_path, learn):
    """Who only reads answers by what was fitted, as the library does; who learns fits them in when it starts."""
    learner = trained(ValueLearner, tmp_path)
    learner.add_training_example("spring tide", 9.5)
    path = learner.save_model(tmp_path / "model.zip")
    service = service_of(path, learn=learn)
    assert service.learner().about["examples"] == (7 if learn else 6)
    if learn:
        learner.train()
    line = service.learner()._model().fitted().line
    np.testing.assert_allclose(line.coef_, learner.ridge.coef_, rtol=1e-9)
    asyncio.run(service.learner().stop())


def test_what_is_said_of_a_learner(tmp_path):
    about = service_of(make_learner(tmp_path / "model.zip")).learner().about
    assert about == {
        "targets": ["score"],
        "classes": [],
        "head": "ridge",
        "learn": False,
        "examples": 6,
        "learnt_range": [1.0, 9.0],
    }


def test_a_narrower_model_gets_vectors_that_are_cut(tmp_path):
    learner = trained(ValueLearner, tmp_path, embedding_dim=8)
    learner.save_model(tmp_path / "narrow.zip")
    service = service_of(tmp_path / "narrow.zip")

    async def score():
        service.start()
        scored = await service.learner().score(["high tide"])
        await service.stop()
        return scored.scores.values[0, 0]

    assert asyncio.run(score()) == learner.predict("high tide")


def test_heavy_work_takes_turns_and_only_so_much_of_it_waits(monkeypatch):
    monkeypatch.setattr(turns, "MOST", 3)
    at_once, most, may = [], [], threading.Event()

    def work():
        at_once.append(1)
        most.append(len(at_once))
        assert may.wait(10)
        at_once.pop()

    async def go():
        line = Turns()
        tasks = [asyncio.create_task(line.take(work)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded, match="at most 3 may"):
            await line.take(work)
        tasks[-1].cancel()  # whoever goes frees the place
        await asyncio.sleep(0)
        tasks[-1] = asyncio.create_task(line.take(work))
        may.set()
        await asyncio.gather(*tasks)

    asyncio.run(go())
    assert most == [1, 1, 1]
