"""Requests share batches, and each gets its own rows: of any encoder, with and without a store, whoever goes away or fails."""

import asyncio
import gc
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.embedding.path import embed
from semascope.embedding.steps import PathInSteps
from semascope.encoders.hashing import HashEncoder
from semascope.encoders.loading import load_encoder
from semascope.serve.batching.batches import Batches
from semascope.serve.refusals import NotReady, NoVector, Overloaded
from semascope.store.vectors import VectorStore

TEXTS = [f"the tide is {height} feet at {hour} o'clock" for height in range(8) for hour in range(1, 9)]


class Watcher:
    """What a service is told of its batches."""

    def __init__(self):
        self.batches, self.of_store = [], 0

    def batch(self, *, texts, tokens, seconds):
        self.batches.append(texts)

    def stored(self, *, texts):
        self.of_store += texts


class Gated(HashEncoder):
    """Computes when it is let, and fails on a word."""

    def __init__(self):
        super().__init__(16)
        self.gate, self.entered = threading.Event(), threading.Event()

    def encode(self, prompts):
        self.entered.set()
        assert self.gate.wait(20)
        if any("poison" in prompt for prompt in prompts):
            raise RuntimeError("the encoder chokes")
        rows = super().encode(prompts)
        rows[[number for number, prompt in enumerate(prompts) if "nothing" in prompt]] = 0
        return rows


def served(encoder, work, *, store=None, most=4_096, watcher=None):
    """What ``work(batches)`` returns on a loop of its own."""

    async def run():
        batches = Batches(PathInSteps(encoder, store), most_texts=most, watcher=watcher)
        batches.start()
        try:
            return await asyncio.wait_for(work(batches), 30)
        finally:
            if isinstance(encoder, Gated):
                encoder.gate.set()
            await batches.stop()

    return asyncio.run(run())


async def until(event):
    assert await asyncio.to_thread(event.wait, 20)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=70), min_size=1, max_size=12))
def test_each_request_gets_its_own_rows_in_its_own_order(requests):
    encoder = HashEncoder(16)

    async def work(batches):
        return await asyncio.gather(*[batches.read(texts) for texts in requests])

    for texts, read in zip(requests, served(encoder, work), strict=True):
        known = embed(texts, encoder=encoder)
        np.testing.assert_array_equal(read.vectors, known.vectors)
        np.testing.assert_array_equal(read.tokens, known.tokens)


def test_rows_of_a_network_are_those_of_the_library():
    """Batches of anybody's texts, long ones and cut ones among them, and instructions and roles side by side."""
    encoder = load_encoder("minilm", precision="float32")
    texts = [*TEXTS[:20], "tide " * 400, "", "ebb"]

    async def work(batches):
        asked = [{}, {"instruction": "Find the tide"}, {"role": "query"}]
        single = asyncio.gather(*[batches.read([text]) for text in texts])
        return await single, await asyncio.gather(*[batches.read(texts, **each) for each in asked]), asked

    watcher = Watcher()
    single, together, asked = served(encoder, work, watcher=watcher)
    known = embed(texts, encoder=encoder)
    np.testing.assert_allclose(np.vstack([read.vectors for read in single]), known.vectors, atol=2e-6)
    assert [bool(read.truncated[0]) for read in single] == known.truncated.tolist()
    assert [int(read.tokens[0]) for read in single] == known.tokens.tolist()
    for read, each in zip(together, asked, strict=True):
        same = embed(texts, encoder=encoder, **each)
        np.testing.assert_allclose(read.vectors, same.vectors, atol=2e-6)
    assert max(watcher.batches) > 1


@pytest.mark.parametrize("long", ["truncate", "head-tail", "chunk"])
def test_long_texts_are_read_as_the_encoder_reads_them(long):
    encoder = load_encoder("minilm", precision="float32", long=long)
    texts = ["tide " * 700, "short", "a tide that " * 90, "word " * 254, "word " * 253]

    async def work(batches):
        return await batches.read(texts)

    read, known = served(encoder, work), embed(texts, encoder=encoder)
    np.testing.assert_allclose(read.vectors, known.vectors, atol=2e-6)
    np.testing.assert_array_equal(read.tokens, known.tokens)
    np.testing.assert_array_equal(read.truncated, known.truncated)


def test_what_comes_while_a_batch_is_computed_is_the_next_batch():
    encoder, watcher = Gated(), Watcher()

    async def work(batches):
        first = asyncio.ensure_future(batches.read(["first"]))
        await until(encoder.entered)
        others = [asyncio.ensure_future(batches.read([text])) for text in TEXTS[:40]]
        while batches.waiting_tokens == 0:
            await asyncio.sleep(0.001)
        encoder.gate.set()
        await asyncio.gather(first, *others)

    served(encoder, work, watcher=watcher)
    assert watcher.batches[0] == 1
    assert sum(watcher.batches) == 41
    assert len(watcher.batches) <= 4


def test_what_arrives_in_one_turn_of_the_loop_is_one_batch():
    watcher = Watcher()

    async def work(batches):
        await asyncio.gather(*[batches.read([text]) for text in TEXTS[:30]])

    served(HashEncoder(16), work, watcher=watcher)
    assert watcher.batches == [30]


def test_what_the_store_has_is_not_computed_and_nothing_is_put_there(tmp_path):
    encoder, store, watcher = HashEncoder(16), VectorStore(tmp_path), Watcher()
    embed(TEXTS[:5], encoder=encoder, store=store)

    async def work(batches):
        return await batches.read([*TEXTS[3:7]])

    read = served(encoder, work, store=store, watcher=watcher)
    np.testing.assert_array_equal(read.vectors, encoder.encode(TEXTS[3:7]))
    assert (watcher.of_store, watcher.batches) == (2, [2])
    assert store.count(encoder.fingerprint) == 5


def test_a_damaged_store_is_told_and_the_rows_are_computed(tmp_path, caplog):
    encoder, store = HashEncoder(16), VectorStore(tmp_path)
    embed(TEXTS[:5], encoder=encoder, store=store)
    (segment,) = tmp_path.rglob("*.arrow")
    content = bytearray(segment.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 64] = bytes(64)
    segment.write_bytes(content)

    async def work(batches):
        return await batches.read(TEXTS[:5])

    read = served(encoder, work, store=VectorStore(tmp_path))
    np.testing.assert_array_equal(read.vectors, encoder.encode(TEXTS[:5]))
    assert "damaged" in caplog.text


def test_no_more_is_accepted_than_there_is_room_for_and_the_refusal_says_when():
    encoder = Gated()

    async def work(batches):
        first = asyncio.ensure_future(batches.read(TEXTS[:8]))
        await until(encoder.entered)
        with pytest.raises(Overloaded, match=r"8 texts wait, and at most 10 may") as refused:
            await batches.read(TEXTS[:3])
        assert refused.value.seconds >= 1
        assert batches.held == 8
        encoder.gate.set()
        await first
        await batches.read(TEXTS[:3])
        assert batches.held == 0

    served(encoder, work, most=10)


def test_what_an_accepted_request_asks_besides_finds_room():
    encoder = Gated()

    async def work(batches):
        first = asyncio.ensure_future(batches.read(TEXTS[:8]))
        await until(encoder.entered)
        besides = asyncio.ensure_future(batches.read(TEXTS[:8], instruction=None))
        await asyncio.sleep(0.01)
        encoder.gate.set()
        await asyncio.gather(first, besides)

    served(encoder, work, most=10)


def test_a_request_larger_than_the_room_is_taken_where_nothing_else_waits():
    async def work(batches):
        return await batches.read(TEXTS)

    assert len(served(HashEncoder(16), work, most=10).vectors) == len(TEXTS)


def test_who_goes_away_frees_the_place_and_is_not_computed():
    encoder, watcher = Gated(), Watcher()

    async def work(batches):
        first = asyncio.ensure_future(batches.read(["first"]))
        await until(encoder.entered)
        gone = asyncio.ensure_future(batches.read(TEXTS[:50]))
        while batches.waiting_tokens == 0:
            await asyncio.sleep(0.001)
        assert batches.held == 51
        gone.cancel()
        await asyncio.wait([gone])
        assert batches.held == 1
        encoder.gate.set()
        await first
        await batches.read(["last"])

    served(encoder, work, watcher=watcher)
    assert sum(watcher.batches) == 2


def test_only_whose_text_is_to_blame_fails():
    encoder = Gated()

    async def work(batches):
        first = asyncio.ensure_future(batches.read(["first"]))
        await until(encoder.entered)
        texts = [["fine"], ["poison"], ["good"], ["nothing"], ["fine", "poison"]]
        waiting = [asyncio.ensure_future(batches.read(each)) for each in texts]
        while batches.waiting_tokens == 0:
            await asyncio.sleep(0.001)
        encoder.gate.set()
        await first
        return await asyncio.gather(*waiting, return_exceptions=True)

    found = served(encoder, work)
    assert [type(each).__name__ for each in found] == [
        "Read",
        "RuntimeError",
        "Read",
        "NoVector",
        "RuntimeError",
    ]
    with pytest.raises(NoVector, match="no vector for the text 'nothing'"):
        raise found[3]


def test_a_text_that_cannot_be_read_fails_alone():
    async def work(batches):
        return await asyncio.gather(
            batches.read(["fine"]), batches.read([None]), batches.read(["good"]), return_exceptions=True
        )

    found = served(HashEncoder(16), work)
    assert [type(each).__name__ for each in found] == ["Read", "DataError", "Read"]


def test_what_was_accepted_is_finished_at_the_end_and_nothing_is_accepted_after_it():
    encoder = Gated()

    async def run():
        batches = Batches(PathInSteps(encoder, None), most_texts=100)
        with pytest.raises(NotReady):
            await batches.read(["early"])
        batches.start()
        accepted = [asyncio.ensure_future(batches.read([text])) for text in TEXTS[:20]]
        await until(encoder.entered)
        stopping = asyncio.ensure_future(batches.stop())
        await asyncio.sleep(0.01)
        with pytest.raises(NotReady, match="starts or stops"):
            await batches.read(["late"])
        encoder.gate.set()
        found = await asyncio.gather(*accepted)
        await stopping
        return found

    assert len(asyncio.run(run())) == 20


def test_nothing_of_a_request_is_held_when_it_is_over():
    class Text(str):
        __slots__ = ("__weakref__",)

    async def work(batches):
        texts = [Text(text) for text in TEXTS[:10]]
        kept = [weakref.ref(text) for text in texts]
        read = await batches.read(texts)
        del texts
        await batches.read(["another"])
        gc.collect()
        assert len(read.vectors) == 10
        return [ref() for ref in kept]

    assert served(HashEncoder(16), work) == [None] * 10
