"""The speed that a study learns on a few texts is that of a warm encoder."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from semascope.embedding import missing
from semascope.encoders.hashing import HashEncoder
from semascope.store.speeds import Speeds
from semascope.studies.heads.computing.speed import speed_of
from semascope.types import Step


class SlowAtFirst(HashEncoder):
    """128 tokens a second on a clock of its own, but for a minute to load and another for its first prompts."""

    def __init__(self) -> None:
        super().__init__(8)
        self.now, self.read = 0.0, []

    def load(self) -> None:
        self.now += 60.0

    def encode(self, prompts):
        self.now += sum(self.count_tokens(prompts)) / 128 + (0.0 if self.read else 60.0)
        self.read.append(list(prompts))
        return super().encode(prompts)


def test_what_an_encoder_does_first_is_not_its_speed(make_rows, tmp_path, monkeypatch):
    encoder, said = SlowAtFirst(), []
    clock = SimpleNamespace(perf_counter=lambda: encoder.now)
    monkeypatch.setattr(missing, "time", clock)
    texts = [f"{'tide ' * 19}{row}" for row in range(50)]  # twenty words each
    prepared = SimpleNamespace(
        encoders={"slow": encoder},
        rows=replace(make_rows([0.0] * 50, test=[0]), texts=texts),
        study=SimpleNamespace(seed=1),
        store=SimpleNamespace(root=tmp_path),
    )
    cell = SimpleNamespace(encoder="slow", instruction=SimpleNamespace(sentence=""))
    assert speed_of(prepared, cell, progress=said.append) == 128.0
    tried = [prompt for prompts in encoder.read[1:] for prompt in prompts]
    assert len(tried) == len(set(tried)) == 32 and set(encoder.read[0]) < set(tried) < set(texts)
    assert said == [Step(stage=f"trying {encoder.name}", done=0, total=32, unit="texts")]
    assert Speeds(tmp_path).of(encoder.fingerprint) == 128.0
    reads = len(encoder.read)
    assert speed_of(prepared, cell, progress=said.append) == 128.0  # as it was noted
    assert len(encoder.read) == reads
