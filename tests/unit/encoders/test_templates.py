"""Prompts to the byte, and the part of a prompt that precedes its text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.encoders.catalogue import family_of
from semascope.encoders.entries import ENTRIES
from semascope.encoders.templates import TEMPLATES, prompt_prefix, write_prompt
from semascope.errors import ConfigError

TEXT = "T {text}\n{task} "  # braces, a newline and a blank at the end are the text's own
SEARCH = "Represent this sentence for searching relevant passages: "
PROMPTS = [
    # family, instruction, role, what stands before the text
    ("plain", "", None, ""),
    ("plain", "", "query", ""),
    ("plain", "", "document", ""),
    ("plain", "Find", None, "Find\n"),
    ("plain", "Find", "document", ""),
    ("qwen3", "", None, ""),
    ("qwen3", "", "query", ""),
    ("qwen3", "", "document", ""),
    ("qwen3", "Find", None, "Instruct: Find\nQuery:"),
    ("qwen3", "Find", "query", "Instruct: Find\nQuery:"),
    ("qwen3", "Find", "document", ""),
    ("e5-instruct", "", None, ""),
    ("e5-instruct", "", "query", ""),
    ("e5-instruct", "Find", None, "Instruct: Find\nQuery: "),
    ("e5-instruct", "Find", "query", "Instruct: Find\nQuery: "),
    ("e5-instruct", "Find", "document", ""),
    ("e5", "", None, "query: "),
    ("e5", "", "query", "query: "),
    ("e5", "", "document", "passage: "),
    ("e5", "Find", None, "query: Find\n"),
    ("e5", "Find", "document", "passage: "),
    ("bge-en", "", None, ""),
    ("bge-en", "", "query", SEARCH),
    ("bge-en", "", "document", ""),
    ("bge-en", "Find", None, "Find\n"),
    ("arctic-v2", "", None, ""),
    ("arctic-v2", "", "query", "query: "),
    ("arctic-v2", "", "document", ""),
    ("arctic-v2", "Find", None, "Find\n"),
    ("arctic-v2", "Find", "query", "query: Find\n"),
    ("nomic", "", None, "classification: "),
    ("nomic", "", "query", "search_query: "),
    ("nomic", "", "document", "search_document: "),
    ("nomic", "clustering", None, "clustering: "),
    ("nomic", "clustering", "document", "search_document: "),
    ("nomic", "Find", None, "classification: Find\n"),
    ("nomic", "Find", "query", "search_query: Find\n"),
    ("gemma", "", None, "task: classification | query: "),
    ("gemma", "", "query", "task: search result | query: "),
    ("gemma", "", "document", "title: none | text: "),
    ("gemma", "sentence similarity", None, "task: sentence similarity | query: "),
    ("gemma", "Find", "query", "task: Find | query: "),
    ("gemma", "Find", "document", "title: none | text: "),
    ("jina-v3", "", None, ""),
    ("jina-v3", "", "query", "Represent the query for retrieving evidence documents: "),
    ("jina-v3", "", "document", "Represent the document for retrieval: "),
]
lines = st.text(st.characters(blacklist_characters="\n", blacklist_categories=["Cs"]), max_size=40)


@pytest.mark.parametrize(("family", "instruction", "role", "before"), PROMPTS)
@pytest.mark.parametrize("text", [TEXT, ""], ids=["text", "empty"])
def test_prompts_to_the_byte(family, instruction, role, before, text):
    assert write_prompt(text, family=family, instruction=instruction, role=role) == before + text


def test_every_family_is_held_to_the_byte():
    assert {family for family, *_ in PROMPTS} == set(TEMPLATES)
    assert {entry.template for entry in ENTRIES} <= set(TEMPLATES)


def test_gte_qwen2_has_the_blank_that_qwen3_has_not():
    family = family_of("Alibaba-NLP/gte-Qwen2-1.5B-instruct")
    assert (
        write_prompt("summit define", family=family, instruction="Find", role="query")
        == "Instruct: Find\nQuery: summit define"
    )


def test_braces_of_an_instruction_are_its_own():
    assert (
        write_prompt("body", family="qwen3", instruction="a {text} b") == "Instruct: a {text} b\nQuery:body"
    )


@pytest.mark.parametrize(
    ("family", "prompt", "prefix"),
    [
        ("qwen3", "Instruct: Find\nQuery:body\nQuery:more", "Instruct: Find\nQuery:"),
        ("qwen3", "Instruct: Find\nQuery: body", "Instruct: Find\nQuery:"),
        ("qwen3", "Instruct: nothing follows", ""),
        ("qwen3", "body", ""),
        ("e5-instruct", "Instruct: Find\nQuery: body", "Instruct: Find\nQuery: "),
        ("e5-instruct", "Instruct: Find\nQuery:body", ""),
        ("e5", "query: body", "query: "),
        ("e5", "passage: body", "passage: "),
        ("e5", "body", ""),
        ("bge-en", SEARCH + "body", SEARCH),
        ("bge-en", "body", ""),
        ("arctic-v2", "query: body", "query: "),
        ("arctic-v2", "body", ""),
        ("nomic", "classification: body", "classification: "),
        ("nomic", "clustering: body", "clustering: "),
        ("nomic", "search_query: Find\nbody", "search_query: "),
        ("nomic", "body", ""),
        ("gemma", "task: clustering | query: body | query: more", "task: clustering | query: "),
        ("gemma", "task: Find | query: body", "task: Find | query: "),
        ("gemma", "title: none | text: body", "title: none | text: "),
        ("gemma", "task: nothing follows", ""),
        ("plain", "Find\nbody", ""),
        ("plain", "Instruct: Find\nQuery:body", ""),
    ],
)
def test_the_part_before_the_text_is_found_from_the_prompt_alone(family, prompt, prefix):
    assert prompt_prefix(prompt, family=family) == prefix


@given(text=lines, instruction=lines.filter(bool), family=st.sampled_from(["qwen3", "e5-instruct"]))
def test_prefix_and_text_make_the_prompt_again(text, instruction, family):
    for role in (None, "query"):
        prompt = write_prompt(text, family=family, instruction=instruction, role=role)
        assert prompt_prefix(prompt, family=family) + text == prompt


@given(text=lines, role=st.sampled_from([None, "query", "document"]))
def test_prefix_and_text_make_the_prompt_of_e5_again(text, role):
    prompt = write_prompt(text, family="e5", role=role)
    assert prompt_prefix(prompt, family="e5") + text == prompt


@given(
    text=lines,
    family=st.sampled_from(["nomic", "gemma"]),
    role=st.sampled_from([None, "query", "document"]),
    place=st.integers(0, 9),
)
def test_every_task_of_a_family_is_found_again(text, family, role, place):
    tasks = ("", *TEMPLATES[family].tasks)
    prompt = write_prompt(text, family=family, role=role, instruction=tasks[place % len(tasks)])
    assert prompt_prefix(prompt, family=family) + text == prompt


@pytest.mark.parametrize(
    ("family", "instruction", "known"),
    [
        ("plain", "Find", False),
        ("qwen3", "Find", True),
        ("nomic", "clustering", True),
        ("nomic", "Find", False),
        ("gemma", "fact checking", True),
        ("gemma", "Find", False),
    ],
)
def test_a_family_knows_the_instructions_that_it_was_trained_with(family, instruction, known):
    assert TEMPLATES[family].knows(instruction) is known


def test_a_family_that_is_not_known_is_refused():
    with pytest.raises(ConfigError, match="template family is 'gtr'; known are plain, qwen3"):
        prompt_prefix("body", family="gtr")
