"""What the encoding benchmark measures on: an encoder's checkpoint with the texts that it is given."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from encoding_shapes import Shape, shape_of
from encoding_texts import at_limit, cut, read_texts
from semascope.encoders.loading import load_encoder
from semascope.encoders.local import LocalEncoder
from semascope.encoders.templates import write_prompt
from semascope.errors import SemascopeError

TEXTS = {"posts": 600, "tweets": 2_000, "passages": 600, "long": 200}  # of MiniLM; larger networks get fewer
_MINILM_FLOPS = 21_233_664  # of the linear layers, a token
_FEWEST = 24


@dataclass
class Work:
    """What was measured on one set of texts."""

    name: str
    prompts: list[str]
    lengths: np.ndarray  # (n,) tokens that the network sees
    seconds: dict[str, list[float]] = field(default_factory=dict)  # by candidate, one a round
    processor: dict[str, list[float]] = field(default_factory=dict)  # processor seconds of the same
    rates: dict[str, list[float]] = field(default_factory=dict)  # of the products, one a round
    sizes: dict[str, int] = field(default_factory=dict)  # batch that OpenVINO was fastest with
    nearest: dict[str, float] = field(default_factory=dict)  # smallest cosine to the base's rows
    farthest: dict[str, float] = field(
        default_factory=dict
    )  # largest difference of an entry of unit-length rows
    attention: dict[str, str] = field(default_factory=dict)  # the form that the packed path took
    peaks: dict[str, int] = field(default_factory=dict)  # bytes


@dataclass
class Subject:
    """An encoder, its shape and its works."""

    name: str
    folder: Path
    max_tokens: int
    shape: Shape
    works: list[Work]

    @property
    def kind(self) -> str:
        """What bars are set for: the name, or "decoder" where a token sees only earlier ones."""
        return "decoder" if self.shape.causal else self.name


def make_subject(name: str, settings: argparse.Namespace, works: list[str]) -> Subject:
    """The encoder that a name or a folder stands for, with its texts; or the end of the program.

    Parameters
    ----------
    name
        As for ``semascope --encoder``.
    settings
        ``texts``, ``longest`` and the files of the texts.
    works
        Names, keys of ``TEXTS``; empty for those that suit the network.
    """
    try:
        encoder = load_encoder(name, device="cpu")
    except SemascopeError as error:
        sys.exit(f"error: {error}")
    if not isinstance(encoder, LocalEncoder):
        sys.exit(f"error: encoder {name!r} has no network of layers; name one with weights in a folder")
    folder = encoder.checkpoint.transformer
    shape = shape_of(folder)
    works = works or (["passages", "posts"] if shape.causal else ["posts", "tweets", "long"])
    limit = min(encoder.max_tokens, settings.longest)
    share = min(1.0, _MINILM_FLOPS / shape.linear_flops(np.ones(1, dtype=np.int64)))
    made = []
    for work in works:
        wanted = settings.texts or max(_FEWEST, round(TEXTS[work] * share / 10) * 10)
        source = "posts" if work == "long" else work
        texts = read_texts(getattr(settings, f"{source}_file"), f"--{source}-file")
        if work == "long":
            texts = at_limit(texts, wanted, limit=limit, count_tokens=encoder.count_tokens)
        prompts = [write_prompt(text, family=encoder.space.template) for text in texts[:wanted]]
        if encoder.max_tokens > limit:
            prompts = cut(prompts, limit, checkpoint=folder)
        lengths = np.minimum(encoder.count_tokens(prompts), encoder.max_tokens)
        made.append(Work(name=work, prompts=prompts, lengths=lengths))
    shown = name if not Path(name).is_dir() else Path(name).resolve().name
    return Subject(
        name=shown, folder=encoder.checkpoint.folder, max_tokens=encoder.max_tokens, shape=shape, works=made
    )
