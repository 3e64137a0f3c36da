"""What deploy/ starts is a command that parses, of extras that exist, in a process that may do what it must."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
import typer

from semascope.cli.verbs import app
from semascope.serve.running import _IDLE_SECONDS
from semascope.serve.settings import ServeSettings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CONTAINER = (DEPLOY / "Containerfile").read_text(encoding="utf8")
PAGE = (ROOT / "docs" / "running-a-service.md").read_text(encoding="utf8")
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"][
    "optional-dependencies"
]


def parsed(words: list[str]) -> dict:
    """The settings of a command line, as the command reads them."""
    program, verb, *rest = words
    assert Path(program).name == "semascope"
    command = typer.main.get_command(app).commands[verb]
    return command.make_context(verb, rest).params


def instructions(name: str) -> list[str]:
    """What stands behind each such instruction, its lines joined."""
    return re.findall(rf"^{name} (.*)$", CONTAINER.replace("\\\n", ""), flags=re.MULTILINE)


@pytest.fixture(scope="module")
def unit() -> configparser.ConfigParser:
    read = configparser.ConfigParser(interpolation=None, strict=True)  # no key twice
    read.optionxform = str
    read.read_string((DEPLOY / "semascope.service").read_text(encoding="utf8"))
    return read


def test_the_unit_starts_a_service_that_systemd_lets_finish(unit):
    service = unit["Service"]
    started = parsed(shlex.split(service["ExecStart"]))
    assert started["artifacts"] == ["model.zip"] and started["host"] == "127.0.0.1"
    assert int(service["TimeoutStopSec"]) > ServeSettings().stop_seconds
    assert int(service["LimitNOFILE"]) > started["connections"] + 200
    assert service["KillSignal"] == "SIGTERM" and "-HUP" in service["ExecReload"]
    assert service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}"
    assert service["EnvironmentFile"] in PAGE


def test_the_page_puts_things_where_the_unit_looks_for_them(unit):
    service = unit["Service"]
    program = Path(shlex.split(service["ExecStart"])[0])
    assert f"python3 -m venv {program.parents[1]} && {program.parent / 'pip'} install" in PAGE
    assert f"useradd --system --home {service['WorkingDirectory']} {service['User']}" in PAGE
    assert f"{service['WorkingDirectory']}/model.zip" in PAGE


def test_the_container_copies_files_that_are_there_and_extras_that_exist():
    copied = [line.split() for line in instructions("COPY") if not line.startswith("--from=")]
    for *sources, _ in copied:
        for source in sources:
            assert (ROOT / source).exists(), source
    named = re.search(r"for n in \(([^)]*)\)", CONTAINER)
    extras = set(re.findall(r"'([\w-]+)'", named[1]))
    assert extras <= EXTRAS.keys() and {"local", "serve"} <= extras
    needed = {
        extra
        for name in extras
        for line in EXTRAS[name]
        for found in re.findall(r"^semascope\[([\w,]+)\]", line)
        for extra in found.split(",")
    }
    assert needed <= extras, "the line that reads pyproject.toml follows no extra into another"


def test_the_code_that_lists_the_container_s_packages_lists_them(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    codes = re.findall(r'python -c "(import tomllib; .*?)" >', CONTAINER)
    for code in codes:
        exec(compile(code, "Containerfile", "exec"), {})
    listed = capsys.readouterr().out.split("\n")
    assert len(codes) == 2 and {"numpy>=2.0", "fastapi>=0.160", "bm25s>=0.3"} <= set(listed)
    assert not [line for line in listed if line.startswith("semascope")]


def test_the_container_starts_a_service_that_signals_reach_and_others_can_reach():
    start, given = (json.loads(instructions(name)[-1]) for name in ("ENTRYPOINT", "CMD"))
    started = parsed([*start, *given])
    assert started["host"] == "0.0.0.0" and str(started["port"]) in instructions("EXPOSE")
    check = json.loads(re.search(r"CMD (\[.*\])$", instructions("HEALTHCHECK")[0])[1])
    assert f"http://127.0.0.1:{started['port']}/readyz" in check[-1]
    compile(check[-1], "HEALTHCHECK", "exec")
    for line in re.findall(r"^podman run (.*)$", PAGE, flags=re.MULTILINE):
        words = shlex.split(line)
        parsed([*start, *words[words.index("semascope") + 1 :]])


def test_the_page_says_the_limits_that_hold():
    settings = parsed(["semascope", "serve", "minilm"])
    rows = dict(re.findall(r"^\| (`--[^|]+) \|[^|]+\| ([^|]+) \|$", PAGE, flags=re.MULTILINE))
    said = {
        flag: value
        for flags, values in rows.items()
        for flag, value in zip(re.findall(r"`--([\w-]+)`", flags), values.split("; "), strict=True)
    }
    known = {flag: settings[flag.replace("-", "_")] for flag in said}
    said["max-body"] = str(int(said["max-body"].removesuffix(" MiB")) * 2**20)
    said["max-held"] = str(int(said["max-held"].removesuffix(" GiB")) * 2**30)
    assert {flag: float(value.replace(",", "")) for flag, value in said.items()} == known
    assert len(known) == 7
    limits = ServeSettings()
    for sentence in (
        f"head within {limits.head_seconds:g} seconds and its body within {limits.body_seconds:g} more",
        f"each {limits.body_rate / 2**10:g} KiB that come",
        f"never has more than {limits.body_seconds:g} left",
        f"nothing is read for {limits.read_seconds:g} seconds",
        f"for {limits.stop_seconds:g} seconds at most",
        f"after {_IDLE_SECONDS} idle seconds",
    ):
        assert sentence in PAGE, sentence


def test_every_number_that_a_service_counts_is_on_the_page():
    from semascope.serve.metrics import Metrics

    for family in Metrics().registry.collect():
        assert f"`{family.name}" in PAGE, family.name
