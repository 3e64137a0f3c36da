"""The thread that learns: groups on one write, places that run out, clients that go, a file written in time, and an end."""

from __future__ import annotations

import asyncio
import logging
import os
import threading

import pytest
from tests.running_service import make_learner

from semascope.encoders.hashing import HashEncoder
from semascope.errors import ArtifactError, DataError
from semascope.learner.model_file import load_learner
from semascope.learner.online.durable import QUIET, DurableLearner
from semascope.learner.online.operations import Forget, Learn
from semascope.serve.learning import writer as writing
from semascope.serve.learning.writer import Writer
from semascope.serve.refusals import NotLearnt, Overloaded

pytestmark = pytest.mark.filterwarnings("ignore::semascope.learner.advice.LearnerWarning")
ENCODER = HashEncoder(16)


class Gated(DurableLearner):
    """Tells when it is asked, and does nothing until it may."""

    def __init__(self, *given) -> None:
        super().__init__(*given)
        self.may, self.asked = threading.Event(), threading.Event()
        self.groups: list[int] = []
        self.may.set()

    def apply(self, operations):
        self.groups.append(len(operations))
        self.asked.set()
        assert self.may.wait(10)
        return super().apply(operations)


@pytest.fixture
def model(tmp_path):
    return make_learner(tmp_path / "model.zip")


@pytest.fixture
def learner(model):
    """Closed again, so that a test which fails lets the model go."""
    with Gated.open(model, ENCODER, model.parent / "store") as learner:
        yield learner


def learn(text: str, request_id: str = "") -> Learn:
    return Learn(text=text, score=1.0, vector=ENCODER.encode([text])[0], request_id=request_id)


def with_writer(learner, work, *, most=100):
    """What ``work`` returns, given a writer that runs."""

    async def go():
        writer = Writer(learner, name="model", most_waiting=most)
        writer.start()
        try:
            return await work(writer)
        finally:
            learner.may.set()
            await writer.stop()

    return asyncio.run(go())


async def held(learner, writer, text="first"):
    """The task of an operation that the thread is at, and does not go on with."""
    learner.may.clear()
    first = asyncio.create_task(writer.apply(learn(text)))
    await asyncio.to_thread(learner.asked.wait, 10)
    return first


def test_what_waits_is_written_down_together(learner, monkeypatch):
    synced = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(handle) or fsync(handle))

    async def work(writer):
        first = await held(learner, writer)
        others = [asyncio.create_task(writer.apply(learn(f"text {place}"))) for place in range(50)]
        await asyncio.sleep(0)
        synced.clear()
        learner.may.set()
        await asyncio.gather(first, *others)
        return [task.result().number for task in (first, *others)]

    assert with_writer(learner, work) == list(range(1, 52))
    assert learner.groups == [1, 50]
    assert len(synced) < 10  # two groups, a folder, and the model file at the end


def test_a_group_has_an_end(learner, monkeypatch):
    monkeypatch.setattr(writing, "MOST", 20)

    async def work(writer):
        first = await held(learner, writer)
        others = [asyncio.create_task(writer.apply(learn(f"text {place}"))) for place in range(50)]
        await asyncio.sleep(0)
        learner.may.set()
        await asyncio.gather(first, *others)

    with_writer(learner, work)
    assert learner.groups == [1, 20, 20, 10]


def test_one_that_cannot_be_done_is_refused_alone(learner):
    async def work(writer):
        asked = [learn("a"), Forget(text="nobody said this"), learn("b")]
        return await asyncio.gather(*map(writer.apply, asked), return_exceptions=True)

    first, refused, last = with_writer(learner, work)
    assert (first.number, last.number) == (1, 2)
    assert isinstance(refused, DataError)


def test_more_than_may_wait_are_refused_and_places_come_free(learner):
    async def work(writer):
        first = await held(learner, writer)
        second = asyncio.create_task(writer.apply(learn("second")))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded, match="at most 2 may"):
            await writer.apply(learn("third"))
        learner.may.set()
        await asyncio.gather(first, second)
        return await writer.apply(learn("third"))

    assert with_writer(learner, work, most=2).number == 3


def test_whoever_goes_while_it_waits_is_not_learnt_and_frees_the_place(learner, model):
    async def work(writer):
        first = await held(learner, writer)
        gone = asyncio.create_task(writer.apply(learn("gone")))
        await asyncio.sleep(0)
        gone.cancel()
        learner.may.set()
        await first
        await asyncio.gather(writer.apply(learn("a")), writer.apply(learn("b")))

    with_writer(learner, work, most=3)
    assert [each.text for each in load_learner(model).examples][6:] == ["first", "a", "b"]


def test_whoever_goes_too_late_is_learnt(learner, model):
    async def work(writer):
        first = await held(learner, writer)
        first.cancel()
        learner.may.set()
        await writer.apply(learn("a"))

    with_writer(learner, work)
    assert [each.text for each in load_learner(model).examples][6:] == ["first", "a"]


def test_stopping_learns_what_was_accepted_and_writes_the_file(learner, model):
    async def work(writer):
        first = await held(learner, writer)
        second = asyncio.create_task(writer.apply(learn("second")))
        await asyncio.sleep(0)
        stopping = asyncio.create_task(writer.stop())
        await asyncio.sleep(0)
        with pytest.raises(NotLearnt, match="the service is about to stop"):
            await writer.apply(learn("third"))
        learner.may.set()
        await stopping
        return first.result().number, second.result().number

    assert with_writer(learner, work) == (1, 2)
    assert not model.with_name(".model.zip.journal").exists()
    assert len(load_learner(model).examples) == 8
    DurableLearner.open(model, ENCODER, model.parent / "store").close()  # nobody holds it


def test_the_file_is_written_when_nothing_comes_any_more(model, monkeypatch):
    monkeypatch.setattr(writing, "_LOOK_SECONDS", 0.01)
    now = [0.0]

    async def work(writer):
        await writer.apply(learn("a"))
        journal = model.with_name(".model.zip.journal")
        assert journal.exists()
        now[0] += QUIET
        while journal.exists():
            await asyncio.sleep(0.01)

    with Gated.open(model, ENCODER, model.parent / "store", clock=lambda: now[0]) as learner:
        with_writer(learner, work)


def test_a_file_that_cannot_be_written_is_logged_and_learning_goes_on(learner, caplog, monkeypatch):
    def full() -> None:
        raise ArtifactError("model.zip cannot be written (No space left on device)")

    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING, "semascope"):
        patch.setattr(learner, "due", lambda: True)
        patch.setattr(learner, "fold", full)

        async def work(writer):
            await writer.apply(learn("a"))
            answer = await writer.apply(learn("b"))
            patch.undo()
            return answer

        assert with_writer(learner, work).number == 2
    assert "model: model.zip cannot be written" in caplog.text


def test_an_error_that_nobody_foresaw_does_not_end_the_thread(learner, caplog, monkeypatch):
    async def work(writer):
        with monkeypatch.context() as patch:
            patch.setattr(learner, "apply", lambda operations: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                await writer.apply(learn("a"))
        return await writer.apply(learn("b"))

    assert with_writer(learner, work).number == 1
    assert "model: learning failed" in caplog.text
