"""Two users of one folder, in any order of calls, against a plain dict."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from semascope.store import merging
from semascope.store.vectors import VectorStore, prompt_keys

DIM = 3
PROMPTS = [f"prompt {i}" for i in range(12)]
FINGERPRINT = st.sampled_from(["enc:a", "enc:b"])
USER = st.integers(0, 1)
PICKS = st.lists(st.integers(0, len(PROMPTS) - 1), max_size=8)


class StoreAgainstDict(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.fan, merging.FAN = merging.FAN, 3  # merge often
        self.users = [VectorStore(self.folder / "store") for _ in range(2)]
        self.model: dict[tuple[str, int], np.ndarray] = {}
        self.count = 0

    def teardown(self) -> None:
        merging.FAN = self.fan
        shutil.rmtree(self.folder)

    @rule(user=USER, fingerprint=FINGERPRINT, picks=PICKS)
    def put(self, user: int, fingerprint: str, picks: list[int]) -> None:
        rows = np.arange(self.count, self.count + len(picks) * DIM, dtype=np.float32).reshape(-1, DIM)
        self.count += rows.size
        new = 0
        for pick, row in zip(picks, rows, strict=True):
            new += (fingerprint, pick) not in self.model
            self.model.setdefault((fingerprint, pick), row)
        keys = prompt_keys(fingerprint, [PROMPTS[pick] for pick in picks])
        assert self.users[user].put(fingerprint, keys, rows) == new

    @rule(user=USER, fingerprint=FINGERPRINT, picks=PICKS)
    def get(self, user: int, fingerprint: str, picks: list[int]) -> None:
        keys = prompt_keys(fingerprint, [PROMPTS[pick] for pick in picks])
        vectors, found = self.users[user].get(fingerprint, keys)
        assert found.tolist() == [(fingerprint, pick) in self.model for pick in picks]
        assert self.users[user].contains(fingerprint, keys).tolist() == found.tolist()
        for pick, row, there in zip(picks, vectors, found, strict=True):
            expected = self.model[fingerprint, pick] if there else np.zeros(vectors.shape[1])
            assert row.tolist() == expected.tolist()

    @rule(user=USER)
    def compact(self, user: int) -> None:
        self.users[user].compact()
        assert all(info.segments == 1 for info in self.users[user].info())

    @rule(user=USER)
    def reopen(self, user: int) -> None:
        self.users[user] = VectorStore(self.folder / "store")

    @rule(user=USER, fingerprint=st.none() | FINGERPRINT)
    def clear(self, user: int, fingerprint: str | None) -> None:
        self.users[user].clear(fingerprint)
        self.model = {place: row for place, row in self.model.items() if fingerprint not in (None, place[0])}

    @invariant()
    def the_account_agrees(self) -> None:
        counts = {info.fingerprint: info.rows for info in self.users[0].info()}
        assert counts == {
            name: count
            for name in ("enc:a", "enc:b")
            if (count := sum(place[0] == name for place in self.model))
        }

    @invariant()
    def only_few_segments_and_nothing_temporary_is_there(self) -> None:
        for info in self.users[0].info():
            assert info.segments < 3 * len(merging.TIERS)
        assert not list(self.folder.rglob("*.tmp"))


TestStoreAgainstDict = StoreAgainstDict.TestCase
TestStoreAgainstDict.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
