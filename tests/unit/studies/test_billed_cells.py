"""Cells behind an API: every text is paid for once, the record holds what was billed, and money is told by tokens and price."""

from __future__ import annotations

import json
import math

import pytest

from semascope.encoders.api.session import Session, session
from semascope.errors import ConfigError, EncoderError
from semascope.reports.run import run_study

ROWS = 60
WORDS = 11  # of each body, which the server counts as its tokens


@pytest.fixture
def server(api_server):
    with api_server.FaultServer(dim=16) as found:
        yield found


def ask(desk, *encoders, **more):
    return desk.ask(encoder=list(encoders), **more)


def run(desk, study, output="run", **more):
    return run_study(study, output=desk.folder / output, store=desk.store, **more)


def costs_of(result, encoder):
    return next(cell.costs for cell in result.cells if cell.encoder == encoder)


def test_each_text_is_paid_for_once_and_the_record_holds_the_bill(desk, server, priced):
    name = priced(server)
    said = []
    result = run(desk, ask(desk, name, dim=[8, 16]), say=said.append)
    assert max(server.paid().values()) == 1  # no trial for a speed either
    for cell in result.cells:
        if cell.encoder == name:
            bill = cell.costs.bill
            assert (bill["tokens"], bill["currency"]) == (ROWS * WORDS, "USD")
            assert bill["money"] == pytest.approx(ROWS * WORDS * 2e-6)
            assert cell.costs.charge_per_million == pytest.approx(WORDS * 2)
            assert cell.costs.encoded_on == "api"
            assert math.isfinite(cell.costs.encode_seconds_per_1000)
    assert any(line.startswith(f"{name}: 60 texts, about ") for line in said)
    page = (desk.folder / "run" / "report.html").read_text(encoding="utf8")
    # two cells on the same vectors share one bill
    assert f"{ROWS * WORDS} tokens were billed in 2 requests, for 0.0013 USD (estimate 0." in page
    assert f"What {name} was billed" in page
    assert "USD for a million texts" in page


def test_a_study_that_goes_on_keeps_what_the_first_run_was_billed(desk, server, priced):
    name = priced(server)
    first = run(desk, ask(desk, name, dim=[16]))
    asked = len(server.requests)
    second = run(desk, ask(desk, name, dim=[16, 8]))
    assert len(server.requests) == asked  # all vectors were in the store
    costs = [cell.costs for cell in second.cells if cell.encoder == name]
    assert len(costs) == 2
    for one in costs:
        assert one.bill == costs_of(first, name).bill
        assert one.charge_per_million == costs_of(first, name).charge_per_million
        assert one.encode_seconds_per_1000 == costs_of(first, name).encode_seconds_per_1000


def test_vectors_that_another_study_paid_for_are_priced_and_not_billed(desk, server, priced):
    name = priced(server)
    run(desk, ask(desk, name), output="one")
    asked = len(server.requests)
    costs = costs_of(run(desk, ask(desk, name), output="two"), name)
    assert len(server.requests) == asked
    assert costs.bill["tokens"] == 0
    # by our own count, for no answer told the provider's
    assert costs.charge_per_million == pytest.approx(costs.tokens / ROWS * 2)
    assert math.isfinite(costs.encode_seconds_per_1000)


def test_of_two_apis_that_are_as_good_the_one_that_charges_less_is_advised(desk, server, priced):
    priced(server)
    both = ask(desk, "api:paid/dear", "api:paid/m")
    with session(Session(yes=True)):
        result = run(desk, both)
    charges = {cell.encoder: cell.costs.charge_per_million for cell in result.cells if cell.encoder}
    assert charges == {"api:paid/dear": pytest.approx(WORDS * 1e6), "api:paid/m": pytest.approx(WORDS * 2)}
    by_cell = result.choice.by_cell
    dear, cheap = (
        next(by_cell[cell.id] for cell in result.cells if cell.encoder == name) for name in charges
    )
    # the server gives both the same rows, so that only the charge tells them
    assert dear.value == cheap.value
    assert (dear.charge, dear.currency) == (pytest.approx(WORDS * 1e6), "USD")


def test_money_and_seconds_of_a_machine_are_not_weighed_against_each_other(desk, server, priced):
    name = priced(server)
    result = run(desk, ask(desk, name, "hash:16"))
    seconds = {cell.encoder: result.choice.by_cell[cell.id].seconds for cell in result.cells if cell.encoder}
    assert all(math.isnan(each) for each in seconds.values())


def test_a_limit_below_the_estimate_computes_nothing(desk, server, priced):
    with session(Session(max_cost=0.0001)), pytest.raises(ConfigError, match=r"max_cost is 0\.0001 USD"):
        run(desk, ask(desk, priced(server)))
    assert not server.requests


def test_an_estimate_within_the_limit_runs_until_it_is_spent(desk, server, priced):
    server.special = 40  # nobody expects so many
    name = priced(server, inputs=4)
    with session(Session(max_cost=0.003)), pytest.raises(EncoderError, match="is at its limit"):
        run(desk, ask(desk, name))
    each = (WORDS + 40) * 2e-6
    paid = sum(server.paid().values()) * each
    assert 0.003 - 4 * each < paid <= 0.003 + 10 * 4 * each  # lanes, texts a request
    assert paid < 60 * each


def test_a_race_pays_for_each_text_once_and_bills_all_samples_together(desk, letters, server, priced):
    name = priced(server)
    result = run(desk, desk.ask(letters(500), encoder=["hash:16", name], race=True))
    paid = server.paid()
    assert max(paid.values()) == 1
    mine = [cell for cell in result.cells if cell.encoder == name]
    if mine:  # it may have fallen
        assert mine[0].costs.bill["tokens"] == sum(
            len(text.split()) for text in paid if not text.startswith("At 12:07")
        )


def test_the_record_is_plain_json(desk, server, priced):
    run(desk, ask(desk, priced(server)))
    lines = (desk.folder / "run" / "records.jsonl").read_text(encoding="utf8").splitlines()
    bills = [bill for line in lines if (bill := json.loads(line)["costs"].get("bill"))]
    assert len(bills) == 1
    assert bills[0]["requests"] == 2


def test_a_limit_that_is_reached_fails_the_dearer_cell_alone(desk, server, priced):
    server.special = 100  # nobody expects so many
    priced(server, inputs=4)
    said = []
    with session(Session(max_cost=0.018)):
        result = run(desk, ask(desk, "hash:16", "api:paid/m", "api:paid/big"), say=said.append)
    assert [name for name in result.failed if "api:paid/m" in name] == []
    (failed,) = (name for name in result.failed if "api:paid/big" in name)
    assert "is at its limit" in result.failed[failed]
    assert any(line.startswith("FAILED: ") and "max_cost" in line for line in said)
    assert costs_of(result, "api:paid/m").bill["tokens"] == ROWS * (WORDS + 100)  # 0.0133 USD
    paid = len(server.requests)
    with session(Session(max_cost=1.0)):  # the same command with more completes it
        again = run(desk, ask(desk, "hash:16", "api:paid/m", "api:paid/big"))
    assert not again.failed
    assert sum(len(entry.texts) for entry in server.requests if len(entry.texts) > 1) == ROWS * 2
    assert len(server.requests) > paid
