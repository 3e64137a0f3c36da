"""A text that comes while nothing else is to do is read and computed by one thread, which may take all cores."""

import asyncio
import gc
import threading
import weakref

import numpy as np
import pytest

from semascope.encoders.hashing import HashEncoder
from semascope.encoders.loading import load_encoder
from semascope.encoders.protocol import Tokenized
from semascope.serve.refusals import NoVector
from semascope.serve.served.encoders import SharedEncoders

TEXTS = [f"the tide is {height} feet" for height in range(40)]
ALONE = "encode-alone"


class InTwoSteps(HashEncoder):
    """Says which thread computed, on how many cores, how many texts; computes when it is let."""

    def __init__(self, dim=16):
        super().__init__(dim)
        self.worker_count = 2
        self.computed, self.read_by = [], []
        self.gate, self.entered = threading.Event(), threading.Event()
        self.gate.set()
        self.reading = None  # what happens while a prompt is read

    def group_tokens(self):
        return 1_000

    def tokenize(self, prompts):
        self.read_by.append(_thread())
        if self.reading is not None:
            self.reading()
        return Tokenized(lengths=self.lengths(prompts), parts=list(prompts))

    def compute(self, parts, *, cores=1):
        if parts == ["warm"]:
            return super().encode(parts)
        self.computed.append((_thread(), cores, len(parts)))
        self.entered.set()
        assert self.gate.wait(20)
        if any("poison" in part for part in parts):
            raise RuntimeError("the encoder chokes")
        rows = super().encode(parts)
        rows[[number for number, part in enumerate(parts) if "nothing" in part]] = 0
        return rows


def _thread():
    return threading.current_thread().name.partition("_")[0]


def served(work, *encoders):
    """What ``work(*shared)`` returns on a loop of its own."""

    async def run():
        together = SharedEncoders(store=None, most_waiting=1_000)
        shared = [together.share(each) for each in encoders]
        for each in shared:
            each.load()
            each.start()
        try:
            return await asyncio.wait_for(work(*shared), 30)
        finally:
            for each in encoders:
                each.gate.set()
            await together.stop()

    return asyncio.run(run())


async def until(event):
    assert await asyncio.to_thread(event.wait, 20)


async def read_alone(shared, text):
    """Read it once the thread for such texts is free: it tells of a text a moment before."""
    for _ in range(2_000):
        if shared.batches.alone.is_free:
            return await shared.read([text])
        await asyncio.sleep(0.001)
    raise AssertionError("it is not free again")


def test_one_after_the_other_they_go_to_one_thread_that_tries_all_cores():
    encoder = InTwoSteps()

    async def work(shared):
        return [await read_alone(shared, text) for text in TEXTS]

    reads = served(work, encoder)
    np.testing.assert_array_equal(np.vstack([read.vectors for read in reads]), encoder.encode(TEXTS))
    assert {(thread, texts) for thread, _, texts in encoder.computed} == {(ALONE, 1)}
    assert {cores for _, cores, _ in encoder.computed} == {1, 2}
    assert set(encoder.read_by[1:]) == {ALONE}


@pytest.mark.parametrize("requests", [[TEXTS[:2]], [[text] for text in TEXTS]])
def test_what_is_not_alone_is_computed_on_one_core_a_batch(requests):
    encoder = InTwoSteps()

    async def work(shared):
        await asyncio.gather(*[shared.read(texts) for texts in requests])

    served(work, encoder)
    assert {(thread, cores) for thread, cores, _ in encoder.computed} == {("encode-batches", 1)}
    assert sum(texts for _, _, texts in encoder.computed) == sum(map(len, requests))


def test_who_comes_meanwhile_does_not_wait_for_it():
    encoder = InTwoSteps()

    async def work(shared):
        encoder.gate.clear()
        first = asyncio.ensure_future(shared.read(["first"]))
        await until(encoder.entered)
        encoder.entered.clear()
        second = asyncio.ensure_future(shared.read(["second"]))
        await until(encoder.entered)
        encoder.gate.set()
        await asyncio.gather(first, second)

    served(work, encoder)
    assert [thread for thread, _, _ in encoder.computed] == [ALONE, "encode-batches"]


def test_two_encoders_have_one_such_thread():
    """Of two teams of OpenMP none stays awake."""
    encoders = InTwoSteps(16), InTwoSteps(32)
    before, threads = set(threading.enumerate()), set()  # another service may be in this process

    async def work(one, other):
        for shared in (one, other, one):
            await read_alone(shared, "tide")
            threads.update(each for each in threading.enumerate() if each.name.startswith(ALONE))

    served(work, *encoders)
    assert {thread for each in encoders for thread, _, _ in each.computed} == {ALONE}
    assert len(threads - before) == 1


def test_a_text_that_fails_fails_alone():
    async def work(shared):
        found = []
        for text in ("fine", "poison", "nothing", None, "good"):
            found += await asyncio.gather(read_alone(shared, text), return_exceptions=True)
        return found

    found = served(work, InTwoSteps())
    assert [type(each).__name__ for each in found] == [
        "Read",
        "RuntimeError",
        "NoVector",
        "DataError",
        "Read",
    ]
    with pytest.raises(NoVector, match="no vector for the text 'nothing'"):
        raise found[2]


def test_a_text_whose_client_goes_while_it_is_read_is_not_computed():
    encoder, has_gone, is_read = InTwoSteps(), threading.Event(), threading.Event()

    def reading():
        is_read.set()
        assert has_gone.wait(20)

    async def work(shared):
        encoder.reading = reading
        gone = asyncio.ensure_future(shared.read(["gone"]))
        await until(is_read)
        gone.cancel()
        await asyncio.wait([gone])
        encoder.reading = None
        has_gone.set()
        await read_alone(shared, "here")

    served(work, encoder)
    assert encoder.computed == [(ALONE, 2, 1)]


def test_what_it_has_is_finished_at_the_end():
    encoder = InTwoSteps()

    async def run():
        together = SharedEncoders(store=None, most_waiting=10)
        shared = together.share(encoder)
        shared.start()
        encoder.gate.clear()
        read = asyncio.ensure_future(shared.read(["tide"]))
        await until(encoder.entered)
        stopping = asyncio.ensure_future(together.stop())
        await asyncio.sleep(0.01)
        assert not stopping.done()
        encoder.gate.set()
        await stopping
        return await read

    np.testing.assert_array_equal(asyncio.run(run()).vectors, encoder.encode(["tide"]))


def test_it_keeps_no_encoder_that_nobody_has():
    async def run():
        together = SharedEncoders(store=None, most_waiting=10)
        encoder = InTwoSteps()
        shared, kept = together.share(encoder), weakref.ref(encoder)
        shared.start()
        await shared.read(["tide"])
        del shared, encoder
        for _ in range(200):
            gc.collect()
            if kept() is None:
                break
            await asyncio.sleep(0.01)
        assert kept() is None
        await together.stop()

    asyncio.run(run())


def test_rows_of_a_network_are_those_of_the_library_on_all_cores():
    encoder = load_encoder("minilm", precision="float32")
    rows = [encoder.compute(encoder.tokenize([text]).parts, cores=2)[0] for text in TEXTS[:5]]
    np.testing.assert_allclose(rows, encoder.encode(TEXTS[:5]), atol=2e-6)
