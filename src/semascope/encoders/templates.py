"""How a task's instruction and a text become the prompt, per model family, to the byte.

Sources: the model cards of the families. A text without a role (studies, learners, maps) is a symmetric task:
instruct families use the query template when there is an instruction and the raw text otherwise; E5 uses its
``query: ``; BGE and Arctic stay raw; families with a prompt for each task use the one of classification, because a
head, a colour or a value is learned from the rows.
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
    instructed_query: str = ""  # a query with an instruction, where it is written in another way
    plain: str  # a text without role or instruction
    query: str  # a query without an instruction
    document: str
    # the tasks that it was trained with, where they are few; an instruction may be one
    tasks: tuple[str, ...] = ()
    tasked: str = ""  # a text with one of them, where that is not ``instructed``

    def knows(self, instruction: str) -> bool:
        """Whether the family was trained for an instruction: for any, or for this one among a few."""
        return instruction in self.tasks if self.tasks else self.trained

    def pattern(self, instruction: str, role: Role | None) -> str:
        """What is written for a text; ``{task}`` and ``{text}`` are still to be filled in."""
        if role == "document":
            return self.document
        if not instruction:
            return self.query if role == "query" else self.plain
        if self.tasked and instruction in self.tasks:
            return self.tasked
        return self.instructed_query if self.instructed_query and role == "query" else self.instructed


_PLAIN = "{text}"
# a family that was not trained for instructions gets the sentence in front, when asked
_ASKED = "{task}\n{text}"

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
        # Arctic Embed up to 1.5 has BGE's sentence, to the byte.
        Template(
            family="bge-en",
            trained=False,
            instructed=_ASKED,
            plain=_PLAIN,
            query="Represent this sentence for searching relevant passages: {text}",
            document=_PLAIN,
        ),
        Template(
            family="arctic-v2",
            trained=False,
            instructed=_ASKED,
            instructed_query="query: {task}\n{text}",
            plain=_PLAIN,
            query="query: {text}",
            document=_PLAIN,
        ),
        Template(
            family="nomic",
            trained=False,
            instructed="classification: {task}\n{text}",
            instructed_query="search_query: {task}\n{text}",
            plain="classification: {text}",
            query="search_query: {text}",
            document="search_document: {text}",
            tasks=("classification", "clustering", "search_query", "search_document"),
            tasked="{task}: {text}",
        ),
        Template(
            family="gemma",
            trained=True,
            instructed="task: {task} | query: {text}",
            plain="task: classification | query: {text}",
            query="task: search result | query: {text}",
            document="title: none | text: {text}",
            tasks=(
                "classification",
                "clustering",
                "sentence similarity",
                "search result",
                "question answering",
                "fact checking",
                "code retrieval",
            ),
        ),
        Template(
            family="jina-v3",
            trained=False,
            instructed=_ASKED,
            plain=_PLAIN,
            query="Represent the query for retrieving evidence documents: {text}",
            document="Represent the document for retrieval: {text}",
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
        Sentence of the task, or one of the family's own ``tasks``; empty for none. Documents never carry it.
    role
        Side of a retrieval task; None for a symmetric task.

    Examples
    --------
    >>> write_prompt("low tide at noon", family="qwen3", instruction="Identify the topic")
    'Instruct: Identify the topic\nQuery:low tide at noon'
    >>> write_prompt("low tide at noon", family="e5", role="document")
    'passage: low tide at noon'
    >>> write_prompt("low tide at noon", family="nomic", instruction="clustering")
    'clustering: low tide at noon'
    """
    pattern = get_template(family).pattern(instruction, role)
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
    tasked = [template.tasked.replace("{task}", task) for task in template.tasks]
    for pattern in (template.query, template.document, template.plain, *tasked):
        before = pattern.partition("{text}")[0]
        if before and prompt.startswith(before):
            return before
    if template.trained:
        opening, _, closing = template.instructed.partition("{text}")[0].partition("{task}")
        end = prompt.find(closing, len(opening)) if prompt.startswith(opening) else -1
        if end >= 0:
            return prompt[: end + len(closing)]
    return ""
