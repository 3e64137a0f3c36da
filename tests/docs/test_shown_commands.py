"""Commands that README and docs show parse with the flags that exist, and name files that are there."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from semascope.cli.verbs import app

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "tutorial.md"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ENCODERS = re.compile(r"(?:bm25|hybrid:).*|(?:[\w-]+=)?api:.*|hash:\d+|minilm|e5-small-q4|[\w-]+/[\w.-]+")
YOURS = re.compile(r"[A-Z][A-Z0-9._]*")  # FILE, FOLDER: the reader's own
SPACES = {"OLD", "NEW"}  # arguments that are encoders, or files of vectors
WRITES = {"fetch": "newsgroups.jsonl", "demo": "runs/demo"}  # what a verb writes without --output


def text(page: Path) -> str:
    return page.read_text(encoding="utf8")


def lines(page: Path) -> list[str]:
    """Of the blocks of shell (in a console block, what stands behind the prompt), and of code that is indented."""
    shell = re.findall(r"^```sh\n(.*?)^```$", text(page), flags=re.DOTALL | re.MULTILINE)
    typed = re.findall(r"^(?:\$ |    (?=semascope ))(.+)$", text(page), flags=re.MULTILINE)
    return [line for block in shell for line in block.splitlines()] + typed


def commands(line: str) -> Iterator[list[str]]:
    """The words of each command of a line of shell."""
    words: list[str] = []
    for word in shlex.split(line.replace("; ", " ; "), comments=True):
        if word in {";", "&&", "|", ">"}:
            yield words
            words = []
        else:
            words.append(word)
    yield words


def find(words: list[str]) -> tuple[Any, list[str]]:
    """The verb, and the words behind it."""
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands") and words and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    return command, words


def parameters(command: Any) -> list[Any]:
    """Those that a model of settings gives a command, too."""
    return command.get_params(typer.Context(command))


SHOWN = [
    (page, words[1:])
    for page in PAGES
    for line in lines(page)
    for words in commands(line)
    if words[:1] == ["semascope"]
]
MENTIONED = [
    (page.name, line) for page in PAGES for line in re.findall(r"`semascope ([a-z][^`|\n]+)`", text(page))
]


@pytest.mark.parametrize(
    ("page", "words"), SHOWN, ids=lambda part: part.name if isinstance(part, Path) else "-".join(part[:2])
)
def test_a_shown_command_parses(page, words):
    command, words = find(words)
    assert not hasattr(command, "commands"), f"{page.name}: no such verb: {words}"
    command.make_context(command.name, list(words))  # raises what the command line would say


@pytest.mark.parametrize(("page", "line"), MENTIONED)
def test_a_mentioned_command_exists_with_its_flags(page, line):
    command, words = find(shlex.split(line))
    assert not hasattr(command, "commands") or words[:1] in ([], ["--help"]), f"{page}: {line}: no such verb"
    known = {option for parameter in parameters(command) for option in parameter.opts} | {"--help"}
    for word in words:
        if word.startswith("--"):
            assert word.partition("=")[0] in known, f"{page}: {line}: no flag {word}"


def given(words: list[str]) -> tuple[list[str], list[str]]:
    """What a command is given to read, and what it writes."""
    command, rest = find(words)
    values = command.make_context(command.name, list(rest), resilient_parsing=True).params
    files = [
        p.name
        for p in parameters(command)
        if p.param_type_name == "argument" and p.metavar not in {"[NAME]", "[TEXT]", *SPACES}
    ]
    encoders = values.get("encoder") or ()
    own = [encoders] if isinstance(encoders, str) else list(encoders)
    own += [values[p.name] for p in parameters(command) if p.metavar in SPACES]
    named = [values[name] for name in (*files, "model", "from_") if values.get(name)]
    read = [path for each in named for path in (each if isinstance(each, list | tuple) else [each])]
    if command.name == "serve":  # its artifacts may be encoders; before "=" stands what each is called
        own, read = [name.rpartition("=")[2] for name in read], []
    read += [name.rpartition("=")[2] for name in own if not ENCODERS.fullmatch(name)]
    return [str(path) for path in read], [str(values.get("output") or WRITES.get(words[0], ""))]


def written(page: Path) -> Iterator[tuple[list[str], set[str]]]:
    """Each command of a page, with the files that are there when it runs."""
    there = set(re.findall(r'open\("([\w.]+)", "w"', text(page))) | set(
        re.findall(r"^# ([\w.]+\.yaml)", text(page), flags=re.MULTILINE)
    )
    if "(tutorial.md)" in text(page):
        there |= {path for _, files in written(TUTORIAL) for path in files}
    for line in lines(page):
        for words in commands(line):
            if words[:1] == ["cp"]:
                there.add(Path(words[1]).name)
            elif words[:1] == ["semascope"] and len(words) > 1:
                yield words[1:], set(there)
                there |= set(given(words[1:])[1])


@pytest.mark.parametrize("page", [page for page in PAGES if lines(page)], ids=lambda page: page.name)
def test_the_files_that_are_named_are_there(page):
    for words, there in written(page):
        for path in given(words)[0]:
            parents = {str(parent) for parent in (Path(path), *Path(path).parents)} - {"."}
            there_now = YOURS.fullmatch(path) or parents & there or (ROOT / path).exists()
            assert there_now, f"{page.name}: {shlex.join(words)}: there is no {path}"


def test_the_page_of_commands_is_what_the_commands_say():
    spec = importlib.util.spec_from_file_location("make_cli_page", ROOT / "docs" / "make_cli_page.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    assert text(ROOT / "docs" / "cli.md") == maker.page(), "run: python docs/make_cli_page.py"
