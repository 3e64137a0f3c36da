"""Contrastive training: against a plain loop of transformers and torch, in parts of any size, stopped at every step and taken up again."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch

from semascope.encoders.loading import load_encoder
from semascope.tuning import loop
from semascope.tuning.contrastive.cached import cached_gradients
from semascope.tuning.contrastive.examples import Labelled, Pairs
from semascope.tuning.contrastive.losses import Contrast
from semascope.tuning.contrastive.quotas import plan_batches
from semascope.tuning.contrastive.rows import RoleRows, natural_shares
from semascope.tuning.contrastive.training import train_contrastive
from semascope.tuning.dropout import SeededDropout
from semascope.tuning.loop import NotFinite, Watched
from semascope.tuning.recipe import Tuned
from semascope.tuning.start import Start
from semascope.tuning.state import StateFile
from semascope.tuning.training import rows_of

COUNT = 14
QUERIES = [f"the {word} at noon {row}" for row, word in enumerate(["tide", "ship"] * (COUNT // 2))]
DOCUMENTS = [
    f"{'high water ' * (row % 3)}in the harbour of {word} {row}"
    for row, word in enumerate(["star", "wind", "rope"] * 5)
][:COUNT]
NEGATIVES = ["a calm port", "the boats stay", "storm and wind"]
ROLES = ["hard" if row % 4 == 0 else "main" for row in range(COUNT)]


@pytest.fixture(autouse=True)
def two_at_once(monkeypatch):
    """Parts of a batch on two threads, whatever this machine has."""
    monkeypatch.setattr(loop, "processor_cores", lambda: 2)


@pytest.fixture(scope="module")
def start(tiny_bert):
    return Start.of(load_encoder(str(tiny_bert), precision="float32"), Tuned(model="x"))


def fresh(start, recipe, *, still=False):
    network = start.load(outputs=1, recipe=recipe, device="cpu", seed=1)
    for module in network.modules():
        if still and isinstance(module, SeededDropout):
            module.dropped = 0
    return network


def pairs(start, *, roles=ROLES):
    numbers = np.arange(COUNT)
    negatives = np.full((COUNT, 1), -1)
    negatives[[0, 5, 9], 0] = 2 * COUNT + np.arange(3)
    return Pairs(
        sequences=start.tokens.ids([*QUERIES, *DOCUMENTS, *NEGATIVES]),
        queries=numbers,
        documents=numbers + COUNT,
        query_groups=numbers,
        document_groups=np.concatenate([np.full(COUNT, -1), numbers, COUNT + np.arange(3)]),
        negatives=negatives,
        weights=np.where(numbers % 5 == 0, 0.5, 1.0),
        roles=roles,
    )


def labelled(start):
    labels = np.arange(2 * COUNT) % 3
    return Labelled(
        sequences=start.tokens.ids([*QUERIES, *DOCUMENTS]),
        labels=labels,
        groups=np.arange(2 * COUNT),
        roles=[f"label {label}" for label in labels],
    )


def dealt(examples, *, batch, seed=3, by_role=True):
    roles = list(examples.roles) if by_role else [""] * len(examples.groups)
    rows = RoleRows(roles=roles, groups=examples.groups, lengths=examples.row_lengths)
    return plan_batches(rows, natural_shares(rows.roles), batch=batch, seed=(seed,))


def run(network, examples, plan, recipe, **more):
    given = {
        "contrast": Contrast(temperature=0.1),
        "steps": 6,
        "a_round": 2,
        "patience": 9,
        "seed": 3,
        "precision": "float32",
    } | more
    contrast = given.pop("contrast")
    return train_contrastive(network, examples, plan, contrast, recipe, **given)


def weights(network):
    return {name: value.detach().clone() for name, value in network.trained().items()}


def assert_same_bits(one, other):
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert torch.equal(value, other[name]), name


def watch_of(network):
    """The further its weights have gone, the better."""
    begun = weights(network)

    def watch():
        gone = sum(float((value - begun[name]).abs().sum()) for name, value in weights(network).items())
        return Watched(score=(-gone,), outputs=np.full((1, 2), gone, dtype=np.float32))

    return watch


def test_it_is_the_plain_loop_of_transformers_and_torch(start):
    from transformers import AutoModel, get_linear_schedule_with_warmup

    recipe = Tuned(model="x", rate=1e-3, warmup=0.34, words=True)
    examples = pairs(start, roles=())
    plan = dealt(examples, batch=5, by_role=False)
    ours = fresh(start, recipe, still=True)
    course = run(ours, examples, plan, recipe)

    plain = AutoModel.from_pretrained(start.checkpoint.transformer, add_pooling_layer=False)
    groups = [
        {"params": [p for p in plain.parameters() if p.ndim > 1], "lr": 1e-3, "weight_decay": recipe.decay},
        {"params": [p for p in plain.parameters() if p.ndim == 1], "lr": 1e-3, "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups)
    schedule = get_linear_schedule_with_warmup(optimiser, 2, 7)
    plain.eval()  # no dropout
    optimiser.step()  # nothing has a gradient: only so that the schedule may step
    schedule.step()  # ours counts steps from 1, so that the first is no step of nothing
    tokenizer, losses, batches = start.tokens.tokenizer, [], plan.from_step(0)

    def rows(places):
        ids = [examples.sequences[place] for place in places]
        padded = tokenizer.pad({"input_ids": ids}, return_tensors="pt")
        states = plain(**padded).last_hidden_state
        mask = padded["attention_mask"].unsqueeze(2).float()
        return torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=1)

    for _ in range(6):
        batch = next(batches)
        wrong = sorted({int(p) for p in examples.negatives[batch, 0] if p >= 0})
        queries, documents = rows(batch), rows([*(batch + COUNT), *wrong])
        logits = queries @ documents.T / 0.1
        answer = torch.arange(len(batch))
        entropy = torch.nn.functional.cross_entropy
        each = entropy(logits, answer, reduction="none") / 2
        each = each + entropy(logits[:, : len(batch)].T, answer, reduction="none") / 2
        weight = torch.tensor(examples.weights[batch], dtype=torch.float32)
        loss = (each * weight).sum() / weight.sum()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(plain.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
    assert course.losses == pytest.approx(np.array(losses).reshape(3, 2).mean(1).tolist(), rel=1e-5)
    found, begun = ours.network.state_dict(), fresh(start, recipe).network.state_dict()
    for name, value in plain.state_dict().items():
        if name.endswith(
            "key.bias"
        ):  # without an effect: its gradient is rounding, and Adam makes whole steps of it
            continue
        torch.testing.assert_close(found[name], value, atol=1e-5, rtol=0)
        assert "position" in name or (found[name] - begun[name]).abs().max() > 1e-4
    ids = examples.sequences
    theirs = fresh(start, recipe)
    theirs.network.load_state_dict(plain.state_dict())
    np.testing.assert_allclose(
        rows_of(ours, ids, precision="float32"), rows_of(theirs, ids, precision="float32"), atol=1e-5
    )


@pytest.mark.parametrize("of", [pairs, labelled])
def test_parts_of_any_size_are_the_same_training(start, of):
    recipe = Tuned(model="x", rate=1e-3)
    examples, found = of(start), []
    for most in (8, 60, 100_000):
        network = fresh(start, recipe, still=True)
        course = run(network, examples, dealt(examples, batch=8), recipe, mini_batch=most)
        found.append((course.losses, rows_of(network, examples.sequences, precision="float32")))
    before = rows_of(fresh(start, recipe), examples.sequences, precision="float32")
    for losses, rows in found[1:]:
        assert losses == pytest.approx(found[0][0], rel=1e-5)
        np.testing.assert_allclose(rows, found[0][1], atol=1e-5)
        assert np.abs(rows - before).max() > 1e-2


@pytest.mark.parametrize("lora", [0, 2])
@pytest.mark.parametrize("of", [pairs, labelled])
def test_stopped_at_any_step_it_ends_with_the_same_bits(start, of, lora, tmp_path, monkeypatch):
    if lora:
        pytest.importorskip("peft")
    recipe = Tuned(model="x", rate=1e-3, lora=lora, **({"dropout": 0.3} if lora else {}))
    examples = of(start)
    plan = dealt(examples, batch=4)
    given = {"steps": 5, "a_round": 2}
    assert plan.a_epoch in (3, 5)  # by role, and an epoch ends within a round
    whole = fresh(start, recipe)
    course = run(whole, examples, plan, recipe, watch=watch_of(whole), **given)
    assert course.best_epoch == 3
    for stop in range(1, 6):
        file, seen = tmp_path / f"{stop}.safetensors", []

        def die(step, at=stop):
            if step.done == at:
                raise RuntimeError("killed")

        killed = fresh(start, recipe)
        with pytest.raises(RuntimeError, match="killed"):
            run(
                killed, examples, plan, recipe, watch=watch_of(killed), **given, progress=die,
                state=StateFile(file, {"a": 1}, every=0),
            )  # fmt: skip
        if stop > 1:  # there is a state, and the rest is done on a machine with more cores
            monkeypatch.setattr(loop, "processor_cores", lambda: 3)
        again = fresh(start, recipe)
        more = run(
            again, examples, plan, recipe, watch=watch_of(again), **given, progress=seen.append,
            state=StateFile(file, {"a": 1}, every=0),
        )  # fmt: skip
        monkeypatch.setattr(loop, "processor_cores", lambda: 2)
        assert_same_bits(weights(again), weights(whole))
        first = 1 if stop == 1 else stop  # killed before the state of that step was written
        assert seen[0].done == first
        for name in ("scores", "losses", "notes", "best_epoch", "steps", "tokens", "stopped"):
            assert getattr(more, name) == getattr(course, name), name
    assert_differ(weights(whole), weights(fresh(start, recipe)))


@pytest.mark.parametrize("first", [{"kept": 10_000}, {"mini_batch": 40}])
def test_taken_up_again_the_fewer_tokens_at_once_count(start, first, tmp_path, monkeypatch):
    """Killed at the limit of memory, it must be able to go on with less; and less, once asked for, stays."""
    recipe, examples = Tuned(model="x", rate=1e-3), pairs(start)
    plan, file, found = dealt(examples, batch=8), tmp_path / "state.safetensors", []

    def noted(passes, loss):
        lengths = [sum(len(passes.sequences[place]) for place in part) for part in passes.parts]
        found.append((max(lengths), passes.kept))
        return cached_gradients(passes, loss)

    def die(step):
        if step.done == 3:
            raise RuntimeError("killed")

    monkeypatch.setattr("semascope.tuning.contrastive.training.cached_gradients", noted)
    state = StateFile(file, {"a": 1}, every=0)
    with pytest.raises(RuntimeError, match="killed"):
        run(fresh(start, recipe), examples, plan, recipe, **first, progress=die, state=state)
    second = {"mini_batch": 40} if "kept" in first else {"kept": 10_000}
    run(fresh(start, recipe), examples, plan, recipe, **second, state=StateFile(file, {"a": 1}))
    before, after = found[:3], found[3:]
    assert len(after) == 4  # the third was not kept
    assert all(tokens <= 40 and kept == 0 for tokens, kept in after)
    assert all((tokens > 40 and kept > 0) == ("kept" in first) for tokens, kept in before)


def assert_differ(one, other):
    assert any(not torch.equal(value, other[name]) for name, value in one.items())


def test_dropout_is_on_and_follows_from_the_seed(start):
    recipe = Tuned(model="x", rate=1e-3)
    examples = pairs(start)
    plan = dealt(examples, batch=4)
    found = []
    for still, seed in ((False, 3), (False, 3), (False, 4), (True, 3)):
        network = fresh(start, recipe, still=still)
        run(network, examples, plan, recipe, seed=seed, steps=2)
        found.append(weights(network))
    assert_same_bits(found[0], found[1])
    assert_differ(found[0], found[2])
    assert_differ(found[0], found[3])


def test_the_best_look_is_kept_and_patience_ends_it(start):
    recipe = Tuned(model="x", rate=1e-2)
    examples, at = pairs(start), []
    network = fresh(start, recipe)
    scores = iter([3.0, 1.0, 2.0, 1.0, 0.0])

    def watch():
        at.append(weights(network))
        score = next(scores)
        return Watched(score=(score,), outputs=np.zeros((1, 2), dtype=np.float32))

    course = run(network, examples, dealt(examples, batch=4), recipe, steps=10, patience=2, watch=watch)
    assert (course.best_epoch, course.steps) == (2, 8)
    assert_same_bits(weights(network), at[1])
    assert_differ(at[1], at[3])


def test_what_is_told_of_a_round_is_of_its_roles(start):
    examples = pairs(start)
    course = run(fresh(start, Tuned(model="x")), examples, dealt(examples, batch=8), Tuned(model="x"))
    for note in course.notes:
        told = note["hardness"]
        assert {role: values["queries"] for role, values in told.items()} == {"main": 12, "hard": 4}
        for values in told.values():
            assert -1 <= values["nearest_wrong"] <= 1
            assert 7 <= values["wrong"] <= 7 + len(NEGATIVES)
            assert 0 <= values["first"] <= 1


def test_batches_hold_their_quotas_and_each_step_is_that_of_the_plan(start):
    examples, seen = pairs(start), []
    plan = dealt(examples, batch=4)

    class Noted:
        def __getattr__(self, name):
            return getattr(examples, name)

        def batch(self, rows, contrast):
            seen.append(rows.tolist())
            return examples.batch(rows, contrast)

    run(fresh(start, Tuned(model="x")), Noted(), plan, Tuned(model="x"), steps=5, a_round=2)
    expected = plan.from_step(0)
    assert seen == [next(expected).tolist() for _ in range(5)]
    assert all(Counter(ROLES[row] for row in rows) == {"main": 3, "hard": 1} for rows in seen)


def test_a_loss_that_is_no_number_names_its_step_and_keeps_the_best_look(start):
    recipe = Tuned(model="x", rate=1e-3)
    examples = pairs(start)

    def exploding(network, when):
        rows, calls = network.rows, []

        def bad(sequences):
            calls.append(1)
            return rows(sequences) * (float("nan") if len(calls) >= when else 1.0)

        network.rows = bad
        return network

    network, at = fresh(start, recipe), []

    def watch():
        at.append(weights(network))
        return Watched(score=(1.0,), outputs=np.zeros((1, 2), dtype=np.float32))

    exploding(network, 2 * 4 + 1)  # two parts a step: the fifth
    course = run(network, examples, dealt(examples, batch=4), recipe, watch=watch)
    assert course.best_epoch == 1
    assert course.stopped == "the loss or its gradient was no number at step 5, so training ended there"
    assert_same_bits(weights(network), at[0])
    with pytest.raises(NotFinite, match=r"no number at step 1$"):
        run(exploding(fresh(start, recipe), 1), examples, dealt(examples, batch=4), recipe, watch=watch)
