"""What commands say of money: an estimate, one question, a limit, and the true figure."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
import time

import pytest


@pytest.fixture
def server(api_server):
    with api_server.FaultServer(dim=16) as found:
        yield found


def embed(table, name):
    return [
        "embed",
        str(table),
        "--text",
        "text",
        "--encoder",
        name,
        "--output",
        "v.parquet",
        "--store",
        "store",
    ]


class Terminal:
    """The command line in a process of its own, on a pseudo-terminal."""

    def __init__(self, arguments, folder):
        self.ours, theirs = pty.openpty()
        environment = {**os.environ, "COLUMNS": "200", "TERM": "xterm"}
        command = [sys.executable, "-m", "semascope", *arguments]
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
        )
        os.close(theirs)
        self.shown = ""

    def until(self, words, seconds=60.0):
        """Read until these words are shown, or nothing more comes."""
        end = time.monotonic() + seconds
        while words not in self.shown and time.monotonic() < end:
            if select.select([self.ours], [], [], 0.2)[0]:
                try:
                    read = os.read(self.ours, 65_536)
                except OSError:  # the other end is closed
                    break
                if not read:
                    break
                self.shown += read.decode("utf8", "replace")
        return self.shown

    def say(self, line):
        os.write(self.ours, f"{line}\n".encode())

    def end(self):
        self.until("\0never")
        code = self.process.wait(timeout=60)
        os.close(self.ours)
        return code


@pytest.mark.parametrize(("answer", "code", "sent"), [("y", 0, 80), ("n", 2, 0)])
def test_somebody_at_a_terminal_is_asked_once_above_the_threshold(
    server, priced, table, tmp_path, answer, code, sent
):
    terminal = Terminal(embed(table, priced(server, "dear")), tmp_path)
    question = terminal.until("Send them? [y/N]:")
    assert "tokens of 80 texts go to api:paid/dear, for about 1,300 USD" in question
    terminal.say(answer)
    assert terminal.end() == code
    assert terminal.shown.count("Send them?") == 1
    assert sum(len(entry.texts) for entry in server.requests if len(entry.texts) > 1) == sent
    if sent:
        assert "tokens were billed in 3 requests, for" in terminal.shown
    else:
        assert "error: none of the texts was sent, as asked" in terminal.shown


def test_without_a_terminal_an_error_says_what_it_would_cost_and_what_to_type(server, priced, table, shell):
    assert shell(*embed(table, priced(server, "dear"))) == 2
    assert "80 texts go to api:paid/dear, for about 1,300 USD" in shell.err
    assert "none of them was sent; add --yes to agree, or --max-cost MONEY to set a limit" in shell.err
    assert not server.requests


@pytest.mark.parametrize("answer", [("--yes",), ("--max-cost", 5_000)])
def test_yes_and_a_limit_above_the_estimate_answer_the_question(server, priced, table, shell, answer):
    assert shell(*embed(table, priced(server, "dear")), *answer) == 0


def test_a_limit_below_the_estimate_sends_nothing(server, priced, table, shell):
    assert shell(*embed(table, priced(server)), "--max-cost", 0.0001) == 2
    assert "max_cost is 0.0001 USD" in shell.err
    assert not server.requests


def test_a_limit_and_no_price_is_refused(server, priced, table, shell):
    assert shell(*embed(table, priced(server, "free")), "--max-cost", 1) == 2
    assert "no price is known of encoder 'api:paid/free'" in shell.err
    assert not server.requests


def tokens_of(table, api_server):
    rows = [json.loads(line) for line in table.read_text().splitlines()]
    return sum(len(row["text"].split()) for row in rows)


def test_embed_tells_what_was_billed_and_json_has_it(server, priced, table, shell, api_server):
    name = priced(server)
    assert shell(*embed(table, name)) == 0
    expected = tokens_of(table, api_server)
    assert f"{expected:,} tokens were billed in 3 requests, for 0.0019 USD (estimate 0.0" in shell.out
    assert shell(*embed(table, name), "--json") == 0
    assert json.loads(shell.out)["bills"][0]["tokens"] == 0  # the store had all
    other = embed(table, name)
    other[other.index("store")] = "other"
    assert shell(*other, "--json") == 0
    (bill,) = json.loads(shell.out)["bills"]
    assert (bill["tokens"], bill["money"], bill["currency"]) == (
        expected,
        pytest.approx(expected * 2e-6),
        "USD",
    )


def test_a_local_encoder_has_no_bill(table, shell):
    assert shell(*embed(table, "hash:8"), "--json") == 0
    assert json.loads(shell.out)["bills"] == []


@pytest.mark.parametrize(
    "command",
    [
        ("map", "--text", "text"),
        ("geometry", "--text", "text"),
        ("study", "--text", "text", "--target", "rating", "--head", "ridge"),
        ("study", "--text", "text", "--target", "rating", "--head", "ridge", "--only-embed"),
    ],
)
def test_the_sum_of_all_encoders_is_what_a_command_agrees_to_before_it_sends_any(
    server, priced, table, shell, command
):
    verb, *flags = command
    instructions = ["--instruction", "default", "--instruction", "mine=Find what it is about"]
    priced(server)
    code = shell(
        verb, table, *flags, "--encoder", "api:paid/m", "--encoder", "api:paid/dear", *instructions,
        "--store", "store", "--output", "out",
    )  # fmt: skip
    assert code == 2
    assert "texts go to api:paid/m and api:paid/dear, for about" in shell.err
    assert " of 320 texts " in shell.err  # two encoders, two instructions
    assert not server.requests


def test_switch_agrees_to_both_sides_at_once(server, priced, table, shell):
    priced(server)
    switch = ["switch", "api:paid/m", "api:paid/dear", table, "--text", "text", "--target", "rating"]
    assert shell(*switch, "--output", "out", "--store", "store") == 2
    assert "160 texts go to api:paid/m and api:paid/dear" in shell.err
    assert not server.requests


def test_switch_tells_what_the_new_one_costs_and_sends_each_text_once(
    server, priced, table, shell, api_server
):
    priced(server)
    switch = ["switch", "api:paid/m", "api:paid/y", table, "--text", "text", "--target", "rating"]
    assert shell(*switch, "--output", "out", "--store", "store") in (0, 1, 3)
    charge = tokens_of(table, api_server) / 80 * 10  # CNY for a million texts
    assert f"and cost {charge:,.2f} CNY" in " ".join(shell.out.split())
    assert "over its API" in shell.out
    texts = [text for text, times in server.asked().items() if times > 2]
    assert not texts  # two models, each asked once


def test_what_a_command_that_fails_was_billed_is_told_all_the_same(server, priced, table, shell, api_server):
    name = priced(server, inputs=8)
    quota = api_server.faults.status(401)
    server.script = api_server.when(lambda asked: asked.number >= 4, quota)
    assert shell(*embed(table, name)) == 2
    paid = [entry for entry in server.requests if entry.paid and len(entry.texts) > 1]
    assert f"billed in {len(paid)} requests" in shell.err
    assert shell.err.rstrip().endswith("by all that this command sent")


def test_an_index_tells_what_its_documents_were_billed(server, priced, table, shell):
    arguments = [
        "index",
        table,
        "--text",
        "text",
        "--id",
        "id",
        "--encoder",
        priced(server),
        "--output",
        "idx",
    ]
    assert shell(*arguments, "--store", "store") == 0
    assert "tokens were billed in 3 requests, for" in shell.out


def test_two_encoders_in_two_currencies_make_one_index(server, priced, table, shell):
    priced(server)
    hybrid = "hybrid:api:paid/m+api:paid/y"
    arguments = ["index", table, "--text", "text", "--id", "id", "--encoder", hybrid, "--output", "idx"]
    assert shell(*arguments, "--store", "store", "--json") == 0, shell.err
    assert [bill["currency"] for bill in json.loads(shell.out)["added"]["bills"]] == ["USD", "CNY"]


def test_a_command_that_prints_no_account_says_what_it_was_billed(server, priced, table, shell):
    name = priced(server, "dear")
    made = ("learn", table, "--text", "text", "--target", "rating", "--output", "m.zip", "--store", "store")
    assert shell(*made, "--encoder", name, "--yes") == 0
    assert re.search(r"note: [\d,]+ tokens were billed in \d+ requests?, for .* USD", shell.err)
    assert shell(*made, "--encoder", name) == 0
    assert "billed" not in shell.err  # every vector is in the store


@pytest.mark.parametrize("limit", [(), ("--max-cost", "2")])
def test_a_service_notes_once_that_requests_are_billed_without_a_limit(server, priced, tmp_path, limit):
    process = subprocess.Popen(
        [sys.executable, "-m", "semascope", "serve", priced(server), "hash:8", "--port", "0", *limit],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines = []
    while not lines or not lines[-1].startswith("serving "):
        lines.append(process.stderr.readline())
        assert lines[-1], lines
    process.terminate()
    process.communicate(timeout=30)
    note = "note: requests are billed by api:paid/m, and nothing limits for how much; --max-cost MONEY sets a limit\n"
    assert lines[:-1] == ([] if limit else [note])
    assert not server.requests
