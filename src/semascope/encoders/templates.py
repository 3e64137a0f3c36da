"""How a task's instruction and a text become the prompt, per model family, to the byte.

Sources: the model cards of the families. A text without a role (studies, learners, maps) is a symmetric task:
instruct families use the query template when there is an instruction and the raw text otherwise; E5 uses its
``query: ``; BGE stays raw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from semascope.errors import ConfigError

Role = Literal["query", "document"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """One family's way of writing prompts. ``{task}`` and ``{text}`` are filled in."""

    family: str
    trained: bool  # whether the family was trained to follow an instruction
    instructed: str  # a text with an instruction: a query, or a text without a role
    plain: str  # a text without role or instruction
    query: str  # a query without an instruction
    document: str


_PLAIN = "{text}"
_ASKED = (
    "{task}\n{text}"  # a family that was not trained for instructions gets the sentence in front, when asked
)

TEMPLATES = {
    template.family: template
    for template in (
        Template(
            family="plain", trained=False, instructed=_ASKED, plain=_PLAIN, query=_PLAIN, document=_PLAIN
        ),
        # No space after "Query:": a space changes the first token.
        Template(
            family="qwen3",
            trained=True,
            instructed="Instruct: {task}\nQuery:{text}",
            plain=_PLAIN,
            query=_PLAIN,
            document=_PLAIN,
        ),
        Template(
            family="e5-instruct",
            trained=True,
            instructed="Instruct: {task}\nQuery: {text}",
            plain=_PLAIN,
            query=_PLAIN,
            document=_PLAIN,
        ),
        Template(
            family="e5",
            trained=False,
            instructed="query: {task}\n{text}",
            plain="query: {text}",
            query="query: {text}",
            document="passage: {text}",
        ),
        Template(
            family="bge-en",
            trained=False,
            instructed=_ASKED,
            plain=_PLAIN,
            query="Represent this sentence for searching relevant passages: {text}",
            document=_PLAIN,
        ),
    )
}


def get_template(family: str) -> Template:
    """The template of ``family``."""
    if family not in TEMPLATES:
        raise ConfigError(
            f"template family is {family!r}; known are {', '.join(TEMPLATES)}; name one of them"
        )
    return TEMPLATES[family]


def write_prompt(text: str, *, family: str, instruction: str = "", role: Role | None = None) -> str:
    r"""The exact string that the encoder sees.

    Parameters
    ----------
    text
        One text, unchanged.
    family
        Template family, a key of ``TEMPLATES``.
    instruction
        Sentence of the task; empty for none. Documents never carry it.
    role
        Side of a retrieval task; None for a symmetric task.

    Examples
    --------
    >>> write_prompt("low tide at noon", family="qwen3", instruction="Identify the topic")
    'Instruct: Identify the topic\nQuery:low tide at noon'
    >>> write_prompt("low tide at noon", family="e5", role="document")
    'passage: low tide at noon'
    """
    template = get_template(family)
    if role == "document":
        pattern = template.document
    elif instruction:
        pattern = template.instructed
    else:
        pattern = template.query if role == "query" else template.plain
    # Not str.format: braces in a text are the text's own.
    before, _, after = pattern.partition("{text}")
    return before.replace("{task}", instruction) + text + after


def prompt_prefix(prompt: str, *, family: str) -> str:
    r"""The part of a prompt that precedes its text, found from the prompt alone; "" where the family writes none.

    A long prompt is read in windows, and each window needs this part again. A text that itself begins as the
    family's template does cannot be told from a template. Families that were not trained for instructions have one
    only as the beginning of the text, so it is not found again here.

    Parameters
    ----------
    prompt
        What ``write_prompt`` gave.
    family
        Template family, a key of ``TEMPLATES``.

    Returns
    -------
    str
        A beginning of ``prompt``.

    Examples
    --------
    >>> prompt_prefix("Instruct: Identify the topic\nQuery:low tide at noon", family="qwen3")
    'Instruct: Identify the topic\nQuery:'
    >>> prompt_prefix("low tide at noon", family="qwen3")
    ''
    """
    template = get_template(family)
    for pattern in (template.query, template.document, template.plain):
        before = pattern.partition("{text}")[0]
        if before and prompt.startswith(before):
            return before
    if template.trained:
        opening, _, closing = template.instructed.partition("{text}")[0].partition("{task}")
        end = prompt.find(closing, len(opening)) if prompt.startswith(opening) else -1
        if end >= 0:
            return prompt[: end + len(closing)]
    return ""
