"""``api:PROVIDER/MODEL`` wherever an encoder can stand, and the flags about it, against a server on the loopback."""

from __future__ import annotations

import json

import numpy as np
import pytest
import yaml

from semascope.encoders.api.session import current

pytest.importorskip("httpx2")

KEY = "sk-an-invented-key-4711"
STUDY = ("--text", "text", "--target", "rating", "--head", "ridge", "--repeats", "1", "--store", "store")


@pytest.fixture
def server(api_server):
    with api_server.FaultServer(dim=24) as running:
        yield running


@pytest.fixture
def locked(api_server):
    """A server that answers nobody without the key."""
    with api_server.FaultServer(dim=24, key=KEY) as running:
        yield running


@pytest.fixture
def open_name(server):
    return f"api:mine/tide-small@{server.url}"


def refuse_all(api_server, code, body=None):
    return api_server.when(lambda asked: True, api_server.faults.status(code, body))


def one_line(shell):
    assert shell.err.splitlines()[-1].startswith("error: "), shell.err
    assert "Traceback" not in shell.err
    return shell.err.splitlines()[-1]


@pytest.fixture
def collection(tmp_path):
    """Eight documents, each found by its own query; the qrels say so."""
    folder = tmp_path / "collection"
    (folder / "qrels").mkdir(parents=True)
    ids = range(8)
    (folder / "corpus.jsonl").write_text(
        "".join(json.dumps({"_id": f"d{n}", "title": "", "text": f"tide number{n}"}) + "\n" for n in ids)
    )
    (folder / "queries.jsonl").write_text(
        "".join(json.dumps({"_id": f"q{n}", "text": f"number{n}"}) + "\n" for n in ids)
    )
    lines = "".join(f"q{n}\td{n}\t1\n" for n in ids)
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{lines}")
    return folder


@pytest.mark.parametrize(
    "arguments",
    [
        ("embed", "TABLE", "--text", "text", "--output", "v.npy", "--encoder", "API"),
        ("study", "TABLE", *STUDY, "--output", "run", "--encoder", "API"),
        ("study", "TABLE", *STUDY, "--output", "run", "--encoder", "hash:8", "--encoder", "two=API"),
        ("retrieve", "COLLECTION", "--output", "run", "--encoder", "API"),
        ("index", "TABLE", "--text", "text", "--output", "idx", "--encoder", "API"),
        ("learn", "TABLE", "--text", "text", "--target", "rating", "--output", "m.zip", "--encoder", "API"),
        ("map", "TABLE", "--text", "text", "--output", "map", "--layout", "pca", "--encoder", "API"),
        ("geometry", "TABLE", "--text", "text", "--output", "geo", "--encoder", "API"),
        ("switch", "hash:24", "API", "TABLE", "--text", "text", "--output", "switch"),
        ("speed", "TABLE", "--text", "text", "--limit", "4", "--encoder", "API"),
        ("doctor", "--encoder", "API"),
    ],
    ids=lambda arguments: f"{arguments[0]}-{arguments.count('--encoder')}",
)
def test_every_verb_takes_one(shell, table, collection, server, open_name, arguments):
    places = {"TABLE": table, "COLLECTION": collection}
    given = [
        places.get(each, str(each).replace("API", open_name) if "API" in str(each) else each)
        for each in arguments
    ]
    store = [] if {"--store", "doctor", "speed"} & set(arguments) else ["--store", "store"]
    code = shell(*given, *store)
    assert code == (3 if arguments[0] == "switch" else 0), shell.err
    assert server.paid()
    assert current().settings.trusted_hosts == frozenset()  # settled for the command alone
    if arguments[0] == "embed":
        texts = [json.loads(line)["text"] for line in table.read_text().splitlines()]
        np.testing.assert_allclose(
            np.load("v.npy"), pytest.importorskip("api_server").make_rows(texts, 24), atol=1e-6
        )


def test_what_was_made_with_one_loads_again_and_asks_only_for_what_is_new(shell, table, open_name, server):
    assert shell(*("learn", table, "--text", "text", "--target", "rating"), "--output", "m.zip",
                 *("--encoder", open_name, "--store", "store")) == 0  # fmt: skip
    assert (
        shell("index", table, "--text", "text", "--output", "idx", "--encoder", open_name, "--store", "store")
        == 0
    )
    before = len(server.requests)
    (shell.folder / "new.jsonl").write_text('{"text": "a text that nobody saw"}\n')
    assert shell("score", "m.zip", "new.jsonl", "--text", "text", "--store", "store") == 0
    assert shell("search", "idx", "a query") == 0
    asked = [text for entry in server.requests[before:] for text in entry.texts]
    assert set(asked) <= {
        "a text that nobody saw",
        "a query",
        *server.requests[0].texts,
    }  # and the known prompt
    assert {"a text that nobody saw", "a query"} <= set(asked)
    assert (
        shell(
            "embed", table, "--text", "text", "--output", "v.npy", "--encoder", open_name, "--store", "store"
        )
        == 0
    )
    assert "80 found in the store" in shell.out


@pytest.mark.filterwarnings("default:this scorer was made with")
def test_a_moved_server_is_named_again(shell, table, api_server, open_name):
    assert shell(*("learn", table, "--text", "text", "--target", "rating"), "--output", "m.zip",
                 *("--encoder", open_name, "--store", "store")) == 0  # fmt: skip
    (shell.folder / "new.jsonl").write_text('{"text": "ebb"}\n')
    with api_server.FaultServer(dim=24) as moved:
        other = f"api:mine/tide-small@{moved.url}"
        assert (
            shell("score", "m.zip", "new.jsonl", "--text", "text", "--store", "store", "--encoder", other)
            == 0
        )
        assert moved.paid()["ebb"] == 1
        assert "another address" in shell.err
        another = f"api:mine/tide-large@{moved.url}"
        assert (
            shell("score", "m.zip", "new.jsonl", "--text", "text", "--store", "store", "--encoder", another)
            == 2
        )
        assert "is of another space" in one_line(shell)


def test_base_url_is_the_address_of_names_without_one(shell, table, server):
    given = ("embed", table, "--text", "text", "--output", "v.npy", "--store", "store")
    assert shell(*given, "--encoder", "api:mine/m", "--base-url", f"{server.url}/", "--json") == 0
    assert server.paid()
    server.log.clear()
    assert shell(*given, "--encoder", f"api:mine/m@{server.url}", "--base-url", server.url) == 0
    assert not server.requests  # the same encoder: all is in the store


@pytest.mark.parametrize(
    ("encoder", "url", "says"),
    [
        ("hash:8", "http://localhost:1/v1", "no encoder behind an API is named, but hash:8"),
        ("api:mine/m@http://localhost:2/v1", "http://localhost:1/v1", "has an address already, and another one was given"),
        ("api:mine/m", "localhost", "--base-url is 'localhost'; accepted is http"),
        ("api:mine/m", "http://name:pass@localhost/v1", "--base-url holds a user name or a password"),
        ("api:mine/m", None, "the table has no provider 'mine'"),
        ("api:mine", "http://localhost:1/v1", "accepted is api:PROVIDER/MODEL"),
        ("api:openai/text-embedding-3-small", None, "cannot be asked: provider 'openai' needs a key: OPENAI_API_KEY"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_line(shell, table, monkeypatch, encoder, url, says):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    given = ("embed", table, "--text", "text", "--output", "v.npy", "--encoder", encoder)
    assert shell(*given, *(("--base-url", url) if url else ()), "--store", "store") == 2
    assert says in one_line(shell)
    assert "pass@" not in shell.err


def test_base_url_that_nothing_needs_is_said(shell, table, server):
    given = ("embed", table, "--text", "text", "--output", "v.npy", "--store", "store")
    assert shell(*given, "--base-url", server.url, "--limit", "2") == 0
    assert "warning: --base-url was given, and no encoder behind an API was asked" in shell.err


def test_the_environment_names_one_and_base_url_finds_it(shell, table, server, monkeypatch):
    monkeypatch.setenv("SEMASCOPE_ENCODER", "api:mine/m")
    given = ("embed", table, "--text", "text", "--output", "v.npy", "--store", "store", "--limit", "2")
    assert shell(*given, "--base-url", server.url) == 0
    assert sum(server.paid().values()) == 3  # and the known prompt


@pytest.mark.parametrize("cost", ["-1", "nan"])
def test_a_cost_that_is_none(shell, table, open_name, cost):
    given = (
        "embed",
        table,
        "--text",
        "text",
        "--output",
        "v.npy",
        "--encoder",
        open_name,
        "--max-cost",
        cost,
    )
    assert shell(*given) == 2
    assert "max-cost is " in one_line(shell)


# --- keys: which address gets one ---


@pytest.mark.parametrize(
    ("flags", "is_typed", "gets_it"),
    [
        ([], False, False),  # a study file names the address
        (["--base-url", "URL"], False, True),  # and the command line names it too
        (["--encoder", "api:mine/m@URL"], True, True),
    ],
)
def test_an_address_out_of_a_file_gets_no_key_of_the_environment(
    shell, table, locked, monkeypatch, flags, is_typed, gets_it
):
    monkeypatch.setenv("MINE_API_KEY", KEY)
    encoders = ["hash:8"] if is_typed else ["hash:8", f"api:mine/m@{locked.url}"]
    asked = {"data": str(table), "text": "text", "target": "rating", "head": ["ridge"], "encoder": encoders}
    (shell.folder / "study.yaml").write_text(yaml.safe_dump(asked))
    typed = [each.replace("URL", locked.url) for each in flags]
    if is_typed:
        typed = ["--encoder", "hash:8", *typed]
    code = shell("study", "study.yaml", "--repeats", "1", "--store", "store", "--output", "run", *typed)
    assert code == (0 if gets_it else 1), shell.err
    assert bool(locked.paid()) is gets_it
    assert any("authorization" in entry.headers for entry in locked.requests) is gets_it


def test_an_address_out_of_an_artifact_gets_no_key_of_the_environment(shell, table, locked, monkeypatch):
    monkeypatch.setenv("MINE_API_KEY", KEY)
    name = f"api:mine/m@{locked.url}"
    made = ("learn", table, "--text", "text", "--target", "rating", "--output", "m.zip", "--store", "store")
    assert shell(*made, "--encoder", name) == 0
    (shell.folder / "new.jsonl").write_text('{"text": "ebb"}\n')
    locked.log.clear()
    scored = ("score", "m.zip", "new.jsonl", "--text", "text", "--store", "store")
    assert shell(*scored) == 2
    assert "answers nobody without a key" in one_line(shell)
    assert all("authorization" not in entry.headers for entry in locked.requests)
    assert shell(*scored, "--base-url", locked.url) == 0
    assert locked.paid()["ebb"] == 1


# --- a cell whose API fails ---


def failing_study(shell, table, name, *more):
    given = ("study", table, *STUDY, "--output", "run", "--encoder", "hash:8", "--encoder", f"far={name}")
    return shell(*given, *more, "--json")


@pytest.mark.parametrize(
    ("code", "body", "says"),
    [
        (401, None, "answers nobody without a key"),
        (402, None, "has no quota left"),
        (404, None, "does not serve this"),
    ],
)
def test_a_cell_fails_with_its_reason_and_the_next_run_completes_it(
    shell, table, api_server, server, open_name, code, body, says
):
    server.script = refuse_all(api_server, code, body)
    assert failing_study(shell, table, open_name, "--instruction", "default", "--instruction", "topic") == 1
    record = json.loads(shell.out)
    assert "hash:8" in " ".join(cell["id"] for cell in record["cells"])
    assert not [cell["id"] for cell in record["cells"] if cell["id"].startswith("far")]
    ((failed, reason),) = record["failed"].items()
    assert failed == "every cell of far"
    assert says in reason
    assert says in shell.err
    assert len(server.requests) == 1  # it is not asked again for the second instruction
    assert "1 cell failed" in (shell.folder / "run" / "report.html").read_text()
    server.script = None
    assert failing_study(shell, table, open_name, "--instruction", "default", "--instruction", "topic") == 0
    record = json.loads(shell.out)
    assert len([cell["id"] for cell in record["cells"] if cell["id"].startswith("far")]) == 2
    assert not record["failed"]
    assert record["made"]["cells computed now"] == 2


def test_a_cell_that_fails_in_the_middle_keeps_what_came(shell, table, api_server, server, open_name):
    server.script = api_server.when(lambda asked: asked.number > 2, api_server.faults.status(402))
    assert failing_study(shell, table, open_name) == 1
    assert list(json.loads(shell.out)["failed"]) == ["far · default · 24 · ridge"]
    came = sum(server.paid().values())
    assert came > 1
    server.script = None
    assert failing_study(shell, table, open_name) == 0
    # nothing was paid for twice but the known prompt, once in each run
    assert max(server.paid().values()) == 2
    assert sorted(server.paid().values())[-2] == 1


@pytest.mark.parametrize("late", [0, 1])
def test_encoding_ahead_fills_the_store_with_what_comes(shell, table, api_server, server, open_name, late):
    server.script = api_server.when(lambda asked: asked.number >= late, api_server.faults.status(402))
    given = (
        "study",
        table,
        *STUDY,
        "--output",
        "run",
        "--encoder",
        "near=hash:16",
        "--encoder",
        f"far={open_name}",
    )
    last = ("--encoder", "hash:8", "--only-embed")
    assert shell(*given, *last) == 2
    assert "1 encoder gave no vectors, and those of all others are in the store" in one_line(shell)
    server.script = None
    assert shell(*given, *last, "--json") == 0
    encoded = {
        each["encoder"]: each["account"]["encoded_tokens"] > 0 for each in json.loads(shell.out)["encoded"]
    }
    assert encoded == {"near": False, "far": True, "hash:8": False}


def test_a_missing_key_fails_its_cells_alone(shell, table, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert failing_study(shell, table, "api:openai/text-embedding-3-small") == 1
    record = json.loads(shell.out)
    ((failed, reason),) = record["failed"].items()
    assert failed == "far · default · 1536 · ridge"
    assert "OPENAI_API_KEY is neither in the environment nor in .env; set it" in reason


def test_nothing_is_judged_without_the_baseline(shell, table, api_server, server, open_name):
    server.script = api_server.when(lambda asked: asked.number > 0, api_server.faults.status(402))
    given = ("study", table, *STUDY, "--output", "run", "--encoder", open_name, "--encoder", "hash:8")
    assert shell(*given) == 2
    assert "nothing can be judged, because the baseline" in one_line(shell)
    server.script = None
    assert shell(*given, "--json") == 0
    made = json.loads(shell.out)["made"]
    assert made["cells computed now"] < 5  # those of the other encoder were kept


def test_ways_of_searching_fail_alone_too(shell, collection, api_server, server, open_name):
    pytest.importorskip("bm25s")
    server.script = api_server.when(lambda asked: asked.number > 0, api_server.faults.status(402))
    given = ("retrieve", collection, "--store", "store", "--output", "run", "--encoder", f"far={open_name}")
    both = ("--encoder", "hash:16", "--encoder", "hybrid:far+bm25", "--json")
    assert shell(*given, *both) == 1, shell.err
    record = json.loads(shell.out)
    assert set(record["failed"]) == {"far", "hybrid:far+bm25"}
    assert {cell["id"] for cell in record["cells"]} >= {"hash:16"}
    server.script = None
    assert shell(*given, *both) == 0, shell.err
    assert {cell["id"] for cell in json.loads(shell.out)["cells"]} >= {"far", "hybrid:far+bm25"}


def test_a_map_says_which_encoder_failed_and_keeps_the_rows_of_the_others(
    shell, table, api_server, server, open_name
):
    server.script = refuse_all(api_server, 402)
    given = ("map", table, "--text", "text", "--output", "map", "--layout", "pca", "--store", "store")
    assert shell(*given, "--encoder", "hash:8", "--encoder", f"far={open_name}") == 2
    assert one_line(shell).startswith("error: far has no quota left")
    server.script = None
    assert shell(*given, "--encoder", "hash:8", "--encoder", f"far={open_name}") == 0


# --- looked at, and checked ---


def test_the_doctor_says_what_came(shell, locked, monkeypatch):
    monkeypatch.setenv("MINE_API_KEY", KEY)
    assert shell("doctor", "--encoder", f"api:mine/m@{locked.url}", "--json") == 0
    found = json.loads(shell.out)
    assert found["address"] == locked.url
    assert (found["key"], found["model"], found["answers_as"]) == ("MINE_API_KEY", "m", "m")
    assert (found["width"], found["encoding_came"], found["index"]) == (24, "float", True)
    assert found["again"] == pytest.approx(1, abs=1e-6)
    assert found["among"] == pytest.approx(1, abs=1e-6)
    assert found["tokens_used"] == locked.requests[0].tokens
    assert len(locked.requests) == 3
    assert KEY not in shell.out + shell.err


@pytest.mark.parametrize(
    ("fault", "says", "code"),
    [
        ("NO_INDEX", "without index", 0),
        ("BASE64", "base64 came", 0),
        ("NO_USAGE", "the provider does not say", 0),
        ("OTHER_MODEL", "a text among others got another row than alone", 1),
    ],
)
def test_the_doctor_sees_what_is_odd(shell, api_server, server, open_name, fault, says, code):
    fault = getattr(api_server.faults, fault)
    server.script = api_server.when(lambda asked: code == 0 or len(asked.texts) > 1, fault)
    assert shell("doctor", "--encoder", open_name) == code
    assert says in shell.out


def test_the_doctor_says_why_nothing_came(shell, api_server, server, open_name):
    server.script = refuse_all(api_server, 403, {"error": {"message": "not for you"}})
    assert shell("doctor", "--encoder", open_name) == 2
    assert "brought no vectors: status 403: not for you" in one_line(shell)
    assert len(server.requests) == 1


def test_parity_compares_an_api_with_another_path(shell, api_server, server, open_name):
    assert shell("doctor", "--parity", open_name, open_name) == 0
    with api_server.FaultServer(dim=24, drift=1) as other:
        assert shell("doctor", "--parity", open_name, f"api:mine/m@{other.url}", "--json") == 1
    assert json.loads(shell.out)["verdict"] == "different"
    with api_server.FaultServer(dim=8) as narrow:
        assert shell("doctor", "--parity", open_name, f"api:mine/m@{narrow.url}") == 2
    assert "rows of 24 numbers" in one_line(shell)


def test_parity_leaves_out_what_a_provider_refuses(shell, api_server, server, open_name):
    server.refuses = lambda text: "emoji" in text or not text.strip() or "CLS" in text
    assert shell("doctor", "--parity", open_name, open_name, "--json") == 0
    found = json.loads(shell.out)
    assert [each for each in found["left_out"] if each.startswith("special tokens spelled out: status 400")]
    assert "special tokens spelled out" not in [row["what"] for row in found["rows"]]


def test_providers_stand_beside_the_catalogue(shell, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert shell("encoders", "--json") == 0
    found = {record["name"]: record for record in json.loads(shell.out) if record["place"] == "api"}
    small = found["api:openai/text-embedding-3-small"]
    assert (small["dim"], small["key"], small["key_is_set"]) == (1536, "OPENAI_API_KEY", True)
    assert found["api:mistral/mistral-embed"]["key_is_set"] is False
    assert shell("encoders") == 0
    for said in ("https://api.openai.com/v1", "0.02 USD", "OPENAI_API_KEY set;", "http://localhost:11434/v1"):
        assert said in " ".join(shell.out.split())
    assert KEY not in shell.out


def test_one_model_is_explained_and_nothing_is_asked(shell, server, open_name, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert shell("encoders", open_name) == 0
    assert "no table says it" in shell.out
    assert not server.requests
    assert shell("encoders", "api:openai/text-embedding-3-small") == 0
    for said in ("OPENAI_API_KEY, not set", "256, 512, 768, 1024, 1536", "1,000,000 tokens", "2,048 texts"):
        assert said in shell.out


def test_an_own_table_is_given_as_a_flag(shell, server):
    own = {
        "mine": {
            "base_url": server.url,
            "key": "",
            "models": {"m": {"dim": 24, "price": 1, "currency": "EUR"}},
        }
    }
    (shell.folder / "own.yaml").write_text(yaml.safe_dump(own))
    assert shell("encoders", "api:mine/m", "--providers", "own.yaml") == 0
    assert "1 EUR a million tokens" in shell.out
    assert shell("encoders", "api:mine/m") == 2
    assert "the table has no provider 'mine'" in one_line(shell)


def test_a_plan_asks_nothing(shell, table, server, open_name):
    given = ("study", table, *STUDY, "--encoder", open_name, "--encoder", "api:openai/text-embedding-3-small")
    assert shell(*given, "--plan", "--json") == 0
    widths = [each["widths"] for each in json.loads(shell.out)["encoders"]]
    assert widths == [[], [1536]]
    assert not server.requests


def test_verifying_a_store_asks_an_api_only_when_told(shell, table, server, open_name):
    given = (
        "embed",
        table,
        "--text",
        "text",
        "--output",
        "v.npy",
        "--encoder",
        open_name,
        "--store",
        "store",
    )
    assert shell(*given) == 0
    server.log.clear()
    assert shell("store", "verify", "--store", "store", "--json") == 0
    assert "not asked unless you say so: --ask-apis" in shell.out
    assert not server.requests
    assert shell("store", "verify", "--store", "store", "--ask-apis", "--json") == 0
    assert len(server.requests) == 1
    assert '"same"' in shell.out
    server.drift = 1
    assert shell("store", "verify", "--store", "store", "--ask-apis", "--json") == 1
    assert '"different"' in shell.out
