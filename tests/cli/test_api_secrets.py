"""A key stands nowhere: not on the screen, in a log, a file, a message, a process's arguments, nor at another host."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import subprocess
import sys
import threading
import traceback
from pathlib import Path

import pytest

from semascope.encoders.api import retrying

pytest.importorskip("httpx2")

KEY = "sk-planted-0f3a9c-7715-never-shown"
PART = "0f3a9c-7715"  # no shortened form either
REPEATED = {"error": {"message": f"Incorrect API key provided: {KEY}.", "type": "invalid_request_error"}}
STUDY = ("--text", "text", "--target", "rating", "--head", "ridge", "--repeats", "1", "--verbose")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """What is asked for again is asked for at once: the waits are no secret."""
    monkeypatch.setattr(retrying, "FIRST_PAUSE", 0.005)


@pytest.fixture
def server(api_server):
    with api_server.FaultServer(dim=16, key=KEY) as running:
        yield running


@pytest.fixture
def logged():
    """Every record of every logger at its most talkative, as text."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s %(args)s"))
    handler.setLevel(logging.DEBUG)
    root = logging.getLogger()
    before = {
        name: logging.getLogger(name).level for name in ("", "httpx2", "httpcore2", "asyncio", "semascope")
    }
    for name in before:
        logging.getLogger(name).setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture(params=["environment", ".env"])
def planted(request, tmp_path, monkeypatch):
    """The key where a user may keep it; the file that holds it is no finding."""
    monkeypatch.delenv("MINE_API_KEY", raising=False)
    if request.param == "environment":
        monkeypatch.setenv("MINE_API_KEY", KEY)
    else:
        (tmp_path / ".env").write_text(f"MINE_API_KEY={KEY}\n")
    return request.param


def faults_of(api_server):
    """What a server does that would bring a key into a message, with the address of another host."""
    faults = api_server.faults
    return {
        "none": None,
        "401 that repeats it": faults.status(401, REPEATED),
        "400 that repeats it": faults.status(400, REPEATED),
        "429 that repeats it": faults.status(429, {**REPEATED, "code": "insufficient_quota"}),
        "a header that repeats it": faults.status(403, REPEATED, x_echo=KEY),
        "200 with it and no vectors": faults.Fault(name="echo", body=json.dumps(REPEATED).encode()),
        "a page with it": faults.Fault(name="page", status=403, body=f"<html>{KEY}</html>".encode()),
        "an address with it": faults.redirect(302, f"http://127.0.0.1:1/{KEY}"),
    }


NAMES = list(faults_of(type("", (), {"faults": type("", (), {
    "status": staticmethod(lambda *a, **b: 0), "redirect": staticmethod(lambda *a: 0), "Fault": staticmethod(lambda **a: 0)
})})))  # fmt: skip


def findings(folder: Path, *texts: str) -> list[str]:
    """Where the key stands: in texts, or in any byte or name below a folder but ``.env``."""
    found = [f"text {number}" for number, text in enumerate(texts) if PART in text]
    for path in folder.rglob("*"):
        if PART in path.name or (
            path.is_file() and path.name != ".env" and PART.encode() in path.read_bytes()
        ):
            found.append(str(path))
    return found


@pytest.mark.parametrize("fault", NAMES)
@pytest.mark.parametrize("verb", ["embed", "study", "learn", "doctor"])
def test_no_verb_shows_or_keeps_it(shell, table, api_server, server, planted, logged, verb, fault):
    happens = faults_of(api_server)[fault]
    # most in the middle of the work; a body that is never right would be asked for again for minutes
    first = 0 if happens and happens.status == 200 else 1
    server.script = happens and api_server.when(lambda asked: asked.number >= first, happens)
    name = f"api:mine/m@{server.url}"
    arguments = {
        "embed": ("embed", table, "--text", "text", "--output", "v.npy", "--encoder", name, "--store", "store"),
        "study": ("study", table, *STUDY, "--output", "run", "--store", "store", "--encoder", "hash:8", "--encoder", name),
        "learn": ("learn", table, "--text", "text", "--target", "rating", "--output", "m.zip", "--encoder", name, "--store", "store"),
        "doctor": ("doctor", "--encoder", name, "--json"),
    }[verb]  # fmt: skip
    code = shell(*arguments)
    assert (code == 0) is (happens is None)
    assert any(KEY in entry.headers.get("authorization", "") for entry in server.requests)  # it was at stake
    assert "Traceback" not in shell.err
    assert logged.getvalue()
    assert findings(shell.folder, shell.out, shell.err, logged.getvalue()) == []


def test_a_zip_holds_no_key_either(shell, table, server, planted):
    name = f"api:mine/m@{server.url}"
    made = ("learn", table, "--text", "text", "--target", "rating", "--encoder", name, "--store", "store")
    assert shell(*made, "--output", "m.zip") == 0
    import zipfile

    with zipfile.ZipFile("m.zip") as archive:
        inside = {each: archive.read(each) for each in archive.namelist()}
    assert inside
    assert not [each for each, content in inside.items() if PART.encode() in content]


@pytest.mark.parametrize("code", [307, 308])
def test_another_host_or_port_gets_no_key(shell, table, api_server, server, planted, code):
    with api_server.FaultServer(dim=16) as other:
        for target in (other.url, other.url.replace("127.0.0.1", "localhost")):
            server.script = api_server.when(
                lambda asked: True, api_server.faults.redirect(code, f"{target}/embeddings")
            )
            assert shell("doctor", "--encoder", f"api:mine/m@{server.url}") in (0, 2)
        assert other.requests
        assert all("authorization" not in entry.headers for entry in other.requests)
        assert findings(shell.folder, *(str(entry.headers) for entry in other.log)) == []


def test_a_key_in_an_address_or_a_table_is_not_repeated(shell, table, server):
    for name in (f"api:mine/m@http://user:{KEY}@localhost/v1", f"api:mine/m@{server.url}?key={KEY}"):
        for given in (["--encoder", name], ["--encoder", f"far={name}"]):
            assert shell("embed", table, "--text", "text", "--output", "v.npy", *given) == 2
            assert "not shown" in shell.err
            assert findings(shell.folder, shell.out, shell.err) == []
    (shell.folder / "own.yaml").write_text(f"mine: {{base_url: 'http://localhost/v1', key: {KEY}}}\n")
    assert shell("encoders", "--providers", "own.yaml") == 2
    assert PART not in shell.out + shell.err


def test_a_fault_of_ours_shows_no_key_in_its_traceback(api_server, server, monkeypatch):
    """A traceback with all locals, as some tools print it."""
    from semascope.encoders.loading import load_encoder

    server.script = api_server.when(lambda asked: True, api_server.faults.status(401, REPEATED))
    encoder = load_encoder(f"api:mine/m@{server.url}", api_key=KEY)
    with pytest.raises(Exception, match="does not take the key") as caught:
        encoder.encode(["ebb"])
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    frames, error = [], told
    while error is not None:
        frames += [frame for frame in error.stack if "/tests/" not in frame.filename]
        error = error.__cause__ or error.__context__
    assert len(frames) > 5
    shown = [
        f"{frame.name}: {name}"
        for frame in frames
        for name, value in (frame.locals or {}).items()
        if PART in value
    ]
    assert shown == []
    assert PART not in repr(encoder) + repr(vars(encoder)) + repr(encoder.recipe)


def test_the_arguments_of_processes_hold_no_key(shell, table, server, planted):
    """``speed`` times each encoder in a process of its own."""
    seen: set[str] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(path.read_bytes().replace(b"\0", b" ").decode("utf8", "replace"))
                except OSError:
                    continue
            done.wait(0.02)

    if not Path("/proc/self/cmdline").exists():
        pytest.skip("no /proc here")
    watcher = threading.Thread(target=watch)
    watcher.start()
    name = f"api:mine/m@{server.url}"
    try:
        assert shell("speed", table, "--text", "text", "--limit", "2", "--encoder", name) == 0
    finally:
        done.set()
        watcher.join()
    assert any(re.search(r"semascope speed .*api:mine/m", each) for each in seen)
    assert not [each for each in seen if PART in each]


def test_a_whole_process_at_its_most_talkative(tmp_path, table, server, api_server):
    """As somebody runs it who looks for the reason: all loggers on, warnings shown, python's own development mode."""
    server.script = api_server.when(lambda asked: asked.number > 0, api_server.faults.status(500, REPEATED))
    code = (
        "import logging, sys; logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)\n"
        "from semascope.cli.main import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    name = f"api:mine/m@{server.url}"
    given = ["doctor", "--encoder", name, "--json"]
    environment = {**os.environ, "MINE_API_KEY": KEY, "PYTHONDEVMODE": "1", "HTTPX_LOG_LEVEL": "trace"}
    done = subprocess.run(
        [sys.executable, "-c", code, *given],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "DEBUG" in done.stderr
    assert findings(tmp_path, done.stdout, done.stderr) == []
