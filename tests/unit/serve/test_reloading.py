"""Artifacts that are written anew while requests come: none fails, each is answered by one of the two, and nothing stays behind."""

import asyncio
import gc
import http.client
import json
import logging
import os
import shutil
import signal
import threading
import time
import weakref

import pytest
from tests.running_service import EXAMPLES, make_constant, make_index, make_learner, running, service_of

from semascope.encoders.hashing import HashEncoder
from semascope.probes.scorer import Scorer
from semascope.retrieval.indexes.index import Index
from semascope.serve import reloading
from semascope.serve.metrics import Metrics
from semascope.serve.refusals import NotThere
from semascope.serve.served import wanted as asked
from semascope.serve.stamps import stamp_of

RELOADS = 20
CLIENTS = 8


def turned(version):
    """Examples whose scores say which version of the model was made of them."""
    return {text: score + 100.0 * version for text, score in EXAMPLES.items()}


def on_a_loop(service, work):
    """What ``work()`` returns while the service runs on a loop of its own."""

    async def run():
        service.load()
        service.start()
        try:
            return await asyncio.wait_for(work(), 60)
        finally:
            await service.stop()

    return asyncio.run(run())


def outcomes(service):
    """How many reloads ended well, and how many not."""
    read = service.metrics.registry.get_sample_value
    return tuple(
        int(read("semascope_reloads_total", {"outcome": outcome}) or 0) for outcome in ("taken", "refused")
    )


async def score(service, text="the tide is high"):
    scored = await service.scorer().score([text])
    return float(scored.scores.values[0, 0])


async def until_scored(service, value):
    """Wait until somebody has looked at the files."""
    until = time.monotonic() + 20
    while await score(service) != value:
        assert time.monotonic() < until, "nobody looked"
        await asyncio.sleep(0.01)


class Client(threading.Thread):
    """Asks for one score again and again, over one connection, and keeps the answers."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self._host = address.removeprefix("http://")
        self.answers, self.failed, self.is_over = [], [], False

    def run(self):
        connection = http.client.HTTPConnection(self._host, timeout=30)
        while not self.is_over:
            try:
                connection.request(
                    "POST",
                    "/predict",
                    json.dumps({"text": "slack water"}),
                    {"Content-Type": "application/json"},
                )
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200:
                    raise AssertionError(body)
                found = json.loads(body)["score"]
            except Exception as error:
                self.failed.append(error)
                return
            if not self.answers or self.answers[-1] != found:
                self.answers.append(found)


def test_no_request_fails_while_a_model_is_written_anew_and_each_client_sees_each_change_once(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(reloading, "_POLL_SECONDS", 0.02)
    path = make_learner(tmp_path / "model", examples=turned(0))
    new = [make_learner(tmp_path / f"new-{n}", examples=turned(n)) for n in range(1, RELOADS + 1)]
    expected = [float(Scorer.load(each).score(["slack water"]).values[0, 0]) for each in (path, *new)]
    assert len({round(value) for value in expected}) == RELOADS + 1
    service = service_of(path, watch=True)
    with running(service) as address:
        clients = [Client(address) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        for version, each in enumerate(new, start=1):
            each.replace(path)
            until = time.monotonic() + 60
            while any(
                not client.failed and pytest.approx(expected[version]) != (client.answers or [0])[-1]
                for client in clients
            ):
                assert time.monotonic() < until, "the new model was not taken"
                time.sleep(0.002)
        for client in clients:
            client.is_over = True
            client.join(30)
    assert [client.failed for client in clients] == [[]] * CLIENTS
    for client in clients:
        assert client.answers == pytest.approx(expected)
    assert outcomes(service) == (RELOADS, 0)


def test_what_is_broken_changes_nothing_and_what_is_mended_is_taken(tmp_path, caplog):
    path = make_learner(tmp_path / "model", examples=turned(0))
    good = make_learner(tmp_path / "good", examples=turned(1)).read_bytes()
    service = service_of(path)

    async def work():
        before = await score(service)
        path.write_bytes(good[: len(good) // 2])
        with caplog.at_level(logging.ERROR):
            assert await service.reload() == []
        (told,) = [record.getMessage() for record in caplog.records]
        assert told.startswith(
            "model was written anew and cannot be served; the earlier one goes on: artifact"
        )
        assert await score(service) == before
        assert service.is_ready
        assert outcomes(service) == (0, 1)
        assert await service.reload() == []  # asked for again, it is tried again
        assert outcomes(service) == (0, 2)
        path.write_bytes(good)
        assert await service.reload() == ["model"]
        assert await score(service) == pytest.approx(before + 100, abs=1)
        assert await service.reload() == []  # nothing has changed since
        assert outcomes(service) == (1, 2)

    on_a_loop(service, work)


def test_a_name_stays_what_it_is(tmp_path, caplog):
    path = make_constant(tmp_path / "taste")
    service = service_of(path)

    async def work():
        shutil.rmtree(path)
        make_index(path)
        assert await service.reload() == []
        assert await score(service) == 3.0

    on_a_loop(service, work)
    assert "taste is served as scorer, and what lies there now is of kind index" in caplog.text


def test_only_what_is_asked_for_is_looked_at(tmp_path):
    service = service_of(make_constant(tmp_path / "one"), make_constant(tmp_path / "two"), "hash:16")

    async def work():
        for name in ("one", "two"):
            make_constant(tmp_path / name, value=4.0)
        assert await service.reload(["two"]) == ["two"]
        assert await score(service) == 3.0
        assert await service.reload(["hash:16"]) == []
        assert await service.reload() == ["one"]
        assert await score(service) == 4.0
        with pytest.raises(NotThere, match="'three' is to be read again; known are one, two, hash:16"):
            await service.reload(["three"])

    on_a_loop(service, work)


def test_a_model_that_is_learnt_into_here_is_not_read_again(tmp_path):
    path = make_learner(tmp_path / "model", examples=turned(0))
    service = service_of(path, learn=True)

    async def work():
        before = await score(service)
        make_learner(tmp_path / "other", examples=turned(1)).replace(path)
        assert await service.reload() == []
        assert await score(service) == before

    on_a_loop(service, work)


def test_a_folder_that_is_gone_is_served_on(tmp_path):
    service = service_of(make_constant(tmp_path / "taste"))

    async def work():
        shutil.rmtree(tmp_path / "taste")
        assert await service.reload() == []
        assert await score(service) == 3.0
        make_constant(tmp_path / "taste", value=2.0)
        assert await service.reload() == ["taste"]
        assert await score(service) == 2.0

    on_a_loop(service, work)


def test_documents_that_another_process_adds_are_found(tmp_path):
    path = make_index(tmp_path / "tides")
    service = service_of(path)

    async def ids():
        (hits,) = await service.index().search(
            ["spring tide"], k=50, where=(), threads=service.search_threads
        )
        return {hit.id for hit in hits}

    async def work():
        before = await ids()
        Index.open(path).add(["spring tide"], ids=["new"])
        assert await ids() == before
        assert await service.reload() == ["tides"]
        assert await ids() == before | {"new"}
        Index.open(path).delete(["new"])
        assert await service.reload() == ["tides"]
        assert await ids() == before

    on_a_loop(service, work)


class Gated(HashEncoder):
    """Computes when it is let."""

    def __init__(self):
        super().__init__(16)
        self.gate, self.entered = threading.Event(), threading.Event()
        self.gate.set()

    def encode(self, prompts):
        self.entered.set()
        assert self.gate.wait(20)
        return super().encode(prompts)


def queues(service):
    """The names of encoders whose queues are told."""
    lines = service.metrics.text().decode().splitlines()
    return [line.split('"')[1] for line in lines if line.startswith("semascope_waiting_texts{")]


def test_the_queue_of_an_encoder_is_told_as_long_as_the_encoder_is_there(tmp_path):
    path = make_learner(tmp_path / "model", examples=turned(0))
    service = service_of(path)

    async def work():
        assert queues(service) == ["hash:16 (float32)"]
        make_learner(path, examples=turned(1), encoder="hash:8")
        assert await service.reload() == ["model"]
        await score(service)
        for _ in range(500):  # the threads of the earlier one end in their own time
            if len(queues(service)) == 1:
                break
            await asyncio.sleep(0.01)
        assert queues(service) == ["hash:8 (float32)"]

    on_a_loop(service, work)
    assert queues(service) == []


class Waiting:
    """A queue of so many texts, each of ten tokens."""

    def __init__(self, held):
        self.held, self.waiting_tokens = held, 10 * held


def test_queues_of_one_name_are_told_as_one_and_the_end_of_the_earlier_one_leaves_the_other():
    metrics, earlier, later = Metrics(), Waiting(3), Waiting(4)

    def told(what):
        return metrics.registry.get_sample_value(f"semascope_waiting_{what}", {"encoder": "mine"})

    metrics.watch_queue("mine", earlier)
    metrics.watch_queue("mine", later)
    assert (told("texts"), told("tokens")) == (7, 70)
    del earlier
    assert (told("texts"), told("tokens")) == (4, 40)
    metrics.unwatch_queue(later)
    assert told("texts") is None


def test_a_request_ends_on_the_encoder_that_it_began_with(tmp_path, monkeypatch):
    path = make_learner(tmp_path / "model", examples=turned(0))
    gated = Gated()
    monkeypatch.setattr(asked.Computed, "of_card", lambda self, card, *given: gated)
    service = service_of(path)

    async def work():
        before = await score(service)
        gated.gate.clear()
        gated.entered.clear()
        begun = asyncio.ensure_future(score(service))
        await asyncio.to_thread(gated.entered.wait, 20)
        monkeypatch.undo()
        make_learner(path, examples=turned(1), encoder="hash:8")
        assert await service.reload() == ["model"]
        after = await score(service)
        assert after == pytest.approx(before + 100, abs=9)
        assert [shared.encoder.dim for shared in sorted(service.encoders, key=str)] in ([8, 16], [16, 8])
        gated.gate.set()
        assert await begun == before
        gc.collect()
        assert [shared.encoder.dim for shared in service.encoders] == [8]

    on_a_loop(service, work)


def encoding_threads():
    return [thread for thread in threading.enumerate() if thread.name in ("read-prompts", "encode-batches")]


def test_nothing_stays_of_what_was_taken_anew(tmp_path):
    path = make_learner(tmp_path / "model", examples=turned(0))
    new = [
        make_learner(tmp_path / f"new-{n}", examples=turned(n), encoder=f"hash:{8 + n % 2}") for n in range(6)
    ]
    before = len(encoding_threads())
    service = service_of(path)

    async def work():
        gone, running_threads = [], len(encoding_threads())
        for each in new:
            gone += [weakref.ref(service.scorer()), weakref.ref(service.scorer().shared)]
            gone += [weakref.ref(service.scorer().scorer), weakref.ref(service.scorer().shared.encoder)]
            each.replace(path)
            assert await service.reload() == ["model"]
            await score(service)
        until = time.monotonic() + 20  # a thread that ends holds what it computed with until then
        while len(encoding_threads()) > running_threads and time.monotonic() < until:
            await asyncio.sleep(0.01)
        assert len(encoding_threads()) == running_threads
        gc.collect()
        assert [each() for each in gone] == [None] * len(gone)
        return list(service.encoders)

    assert len(on_a_loop(service, work)) == 1
    assert len(encoding_threads()) == before


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="there is no such signal here")
def test_a_signal_asks_for_a_look(tmp_path):
    service = service_of(make_constant(tmp_path / "taste"))

    async def work():
        make_constant(tmp_path / "taste", value=2.0)
        await asyncio.sleep(0.05)
        assert await score(service) == 3.0
        os.kill(os.getpid(), signal.SIGHUP)
        await until_scored(service, 2.0)

    on_a_loop(service, work)


def test_files_are_read_when_they_stay_as_they_are(tmp_path, monkeypatch):
    path = make_constant(tmp_path / "taste")
    service = service_of(path)
    half, whole = (("card.json", 1, 10, 1),), (("card.json", 1, 20, 2),)
    looks = iter([(), half, whole, (), whole, whole, whole])  # nothing, growing, gone, there, still there
    asked = []

    async def noted(names):
        asked.append((list(names), len(list(looks))))
        raise asyncio.CancelledError

    monkeypatch.setattr(reloading, "_POLL_SECONDS", 0.0)
    monkeypatch.setattr(service.reloading, "_stamps", lambda names: {"taste": next(looks)})
    monkeypatch.setattr(service.reloading, "reload", noted)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(service.reloading._watch())
    assert asked == [(["taste"], 1)]  # at the second of the last three looks


def test_a_look_that_fails_is_not_the_last_one(tmp_path, monkeypatch, caplog):
    path = make_constant(tmp_path / "taste")
    service = service_of(path, watch=True)
    stamps, fails = service.reloading._stamps, iter([True, False, True])

    def now_and_then(names):
        if next(fails, False):
            raise OSError("the network drive is away")
        return stamps(names)

    monkeypatch.setattr(reloading, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(service.reloading, "_stamps", now_and_then)

    async def work():
        make_constant(path, value=2.0)
        await until_scored(service, 2.0)

    on_a_loop(service, work)
    assert caplog.text.count("OSError: the network drive is away") == 2


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_folders_that_come_and_go_while_they_are_looked_at(tmp_path):
    """As an index is written: segments come and go."""
    kept = tmp_path / "kept"
    kept.touch()
    is_over = threading.Event()

    def churn():
        while not is_over.is_set():
            for number in range(20):
                (tmp_path / f"segment-{number}" / "inner").mkdir(parents=True)
                (tmp_path / f"segment-{number}" / "inner" / "rows").touch()
            for number in range(20):
                shutil.rmtree(tmp_path / f"segment-{number}")

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(400):
            assert "kept" in [name for name, *_ in stamp_of(tmp_path)]
    finally:
        is_over.set()
        thread.join()


def test_a_stamp_changes_with_what_is_written_and_not_with_a_lock(tmp_path):
    path = make_constant(tmp_path / "taste")
    before = stamp_of(path)
    assert before[0][0] == "card.json"
    (path / ".lock").touch()
    assert stamp_of(path) == before
    make_constant(path)  # of the same length, at another place of the disk
    assert stamp_of(path) != before
    assert stamp_of(tmp_path / "nowhere") == ()
    file = make_constant(tmp_path / "taste.zip")
    before = stamp_of(file)
    file.write_bytes(file.read_bytes() + b" ")
    assert stamp_of(file) != before
