"""Texts for the load test: each is handed out once, so that nothing kept from an earlier request answers."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from encoding_texts import cut, read_texts

WORKS = {"tweets": ("tweets",), "posts": ("posts",), "mixed": ("tweets", "posts")}


class Deal:
    """Shuffled texts, without repeats, handed out from the front."""

    def __init__(self, texts: Sequence[str], *, seed: int, name: str) -> None:
        self.name = name
        self._texts = list(dict.fromkeys(text for text in texts if text.strip()))
        self._all = len(self._texts)
        random.Random(seed).shuffle(self._texts)

    def take(self, count: int) -> list[str]:
        """So many that nobody has had; or the end of the program."""
        if count > len(self._texts):
            sys.exit(
                f"error: {self.name} hold {self._all:,} different texts, too few for this run; give fewer --texts or --rounds, or"
                " another file"
            )
        taken, self._texts = self._texts[:count], self._texts[count:]
        return taken


class Supply:
    """What each work of a run sends: tweets, posts, or as many of one as of the other in random order."""

    def __init__(self, settings: argparse.Namespace, checkpoint: Path, *, limit: int, prefix: str) -> None:
        self._random = random.Random(settings.seed)
        self._deals = {}
        for name in ("tweets", "posts"):
            texts = read_texts(getattr(settings, f"{name}_file"), f"--{name}-file")
            random.Random(settings.seed).shuffle(texts)
            texts = texts[: settings.pool]  # cutting all of them takes longer than a short run
            prompts = cut([prefix + text for text in texts], limit, checkpoint=checkpoint)
            texts = [prompt.removeprefix(prefix) for prompt in prompts]
            self._deals[name] = Deal(texts, seed=settings.seed, name=name)

    def take(self, work: str, count: int) -> list[str]:
        """``count`` texts of a work that no earlier call gave."""
        names = WORKS[work]
        shares = [count // len(names) + (place < count % len(names)) for place in range(len(names))]
        found = [
            text for name, share in zip(names, shares, strict=True) for text in self._deals[name].take(share)
        ]
        self._random.shuffle(found)
        return found
