"""Named instructions that a user can ask for without writing the sentence."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from semascope.errors import ConfigError
from semascope.words.texts import BETWEEN

if TYPE_CHECKING:
    from collections.abc import Sequence

PRESETS = {
    "default": "",
    "sentiment": "Classify the sentiment of the given text as positive, negative, or neutral",
    "topic": "Identify the topic or theme of the given text",
    "toxicity": "Classify the given text as either toxic or not toxic",
    "emotion": "Identify the emotion expressed in the given text",
    "intent": "Identify the intent of the author of the given text",
    "quality": "Judge how well written and informative the given text is",
    "language": "Identify the language in which the given text is written",
    "readability": "Judge how difficult the given text is to read",
    "similarity": "Retrieve texts that have the same meaning as the given text",
    "urgency": "Classify how urgent the given text is",
}
"""Sentence of each preset; "default" is no instruction. The first four are those of the newsgroups study."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """A task sentence and the short name it goes by in tables."""

    name: str
    sentence: str


def parse_instruction(written: str) -> Instruction:
    """``NAME=SENTENCE``, or the NAME of a preset.

    Examples
    --------
    >>> parse_instruction("pace=Judge how fast the story moves").sentence
    'Judge how fast the story moves'
    """
    name, given, sentence = written.partition("=")
    name, sentence = name.strip(), sentence.strip()
    if given:
        if not name or not sentence:
            raise ConfigError(
                f"instruction is {written!r}; it must be NAME=SENTENCE; give both a name and a sentence"
            )
        if name in PRESETS and PRESETS[name] != sentence:
            raise ConfigError(
                f"instruction {name!r} is a preset with another sentence; choose another name for yours"
            )
        return Instruction(name, sentence)
    if name not in PRESETS:
        near = get_close_matches(name, PRESETS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "write your own as NAME=SENTENCE"
        raise ConfigError(f"instruction is {name!r}; presets are {', '.join(PRESETS)}; {hint}")
    return Instruction(name, PRESETS[name])


def parse_instructions(written: Sequence[str]) -> list[Instruction]:
    """Each as ``parse_instruction`` reads it, for cells that are named by them.

    Raises
    ------
    ConfigError
        For a name that stands for two sentences, or that holds what stands between the parts of a cell's name.
    """
    found = [parse_instruction(one) for one in written]
    names = [one.name for one in found]
    for name in names:
        if BETWEEN.strip() in name:
            raise ConfigError(
                f"instruction is named {name!r}; {BETWEEN.strip()!r} stands between the parts of a cell's name; choose another name"
            )
        if names.count(name) > 1:
            raise ConfigError(
                f"instruction {name!r} is given twice; each name stands for one sentence; remove one"
            )
    return found
