"""What the README and the docs show is what happens."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from semascope.cli.verbs import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf8"), flags=re.DOTALL)


def test_the_first_example_prints_what_the_readme_says(tmp_path):
    (code,) = blocks(ROOT / "README.md", "python")
    (shown,) = blocks(ROOT / "README.md", "text")
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == shown


def commands() -> list[tuple[str, str]]:
    lines = [
        (page.name, command.strip().removeprefix("$ "))
        for page in PAGES
        for language in ("sh", "console")
        for block in blocks(page, language)
        for line in block.splitlines()
        for command in line.partition("#")[0].split(";")
    ]
    lines += [
        (page.name, found)
        for page in PAGES
        for found in re.findall(r"`(semascope [^`|]+)`", page.read_text("utf8"))
    ]
    return [(page, line) for page, line in lines if line.startswith("semascope ")]


@pytest.mark.parametrize(("page", "line"), commands())
def test_every_command_that_is_shown_exists_with_its_flags(page, line):
    words = shlex.split(line)[1:]
    command = typer.main.get_command(app)
    while words and hasattr(command, "commands") and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    assert not hasattr(command, "commands") or not words or words[0].startswith("-"), f"{line}: no such verb"
    known = {
        option for parameter in command.get_params(typer.Context(command)) for option in parameter.opts
    } | {"--help"}
    for word in words:
        if word.startswith("--"):
            assert word.partition("=")[0] in known, f"{page}: {line}: no flag {word}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page):
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_public_name_is_there_and_documented():
    import semascope

    for name in semascope.__all__:
        assert getattr(semascope, name).__doc__, name


def test_the_readme_stays_short():
    assert len((ROOT / "README.md").read_text(encoding="utf8").splitlines()) <= 150


def test_the_page_of_commands_is_what_the_commands_say():
    import importlib.util

    spec = importlib.util.spec_from_file_location("make_cli_page", ROOT / "docs" / "make_cli_page.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf8") == maker.page(), (
        "run: python docs/make_cli_page.py"
    )
