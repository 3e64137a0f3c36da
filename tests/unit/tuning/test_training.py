"""The loop: against a plain one of transformers and torch, in parts, stopped early, killed and taken up again."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from semascope.encoders.loading import load_encoder
from semascope.errors import EncoderError
from semascope.tuning import loop
from semascope.tuning.batches import length_batches
from semascope.tuning.dropout import SeededDropout, masks_from
from semascope.tuning.loop import NotFinite, Watched
from semascope.tuning.recipe import Tuned
from semascope.tuning.start import Start
from semascope.tuning.state import StateFile
from semascope.tuning.training import Material, answers, train

TEXTS = [f"the tide {'high ' * (row % 5)}at noon {row}" for row in range(22)]
TARGETS = np.array([[row % 5, -(row % 3)] for row in range(22)], dtype=np.float32)
TARGETS[3, 1] = np.nan


@pytest.fixture(autouse=True)
def two_at_once(monkeypatch):
    """Parts of a batch on two threads, whatever this machine has."""
    monkeypatch.setattr(loop, "processor_cores", lambda: 2)


@pytest.fixture(scope="module")
def start(tiny_bert):
    return Start.of(load_encoder(str(tiny_bert), precision="float32"), Tuned(model="x"))


def still(network):
    """Without dropout, which another loop would draw otherwise."""
    for module in network.modules():
        if isinstance(module, SeededDropout):
            module.dropped = 0
    return network


def fresh(start, recipe, *, outputs=2):
    torch.manual_seed(0)
    network = start.load(outputs=outputs, recipe=recipe, device="cpu", seed=1)
    torch.nn.init.normal_(network.head.weight, std=0.1)
    return network


def material(start):
    return Material(sequences=start.tokens.ids(TEXTS), targets=TARGETS, loss="squared")


def weights(network):
    return {name: value.detach().clone() for name, value in network.trained().items()}


def assert_alike(start, one, other):
    """The same answers: weights may differ, as Adam turns a gradient of rounding alone into a whole step."""
    ids = start.tokens.ids(TEXTS)
    found, expected = (answers(network, ids, precision="float32") for network in (one, other))
    assert np.abs(found - expected).max() < 2e-4
    untrained = answers(fresh(start, Tuned(model="x")), ids, precision="float32")
    assert np.abs(found - untrained).max() > 2e-2  # it has gone some way


def run(start, recipe, network, **more):
    given = {"stage": 0, "epochs": recipe.epochs, "seed": 3, "precision": "float32"} | more
    return train(network, material(start), recipe, **given)


def test_it_is_the_plain_loop_of_transformers_and_torch(start):
    from transformers import AutoModel, get_linear_schedule_with_warmup

    recipe = Tuned(model="x", epochs=2, batch=4, rate=1e-3, head_rate=1e-2, warmup=0.2, words=True)
    ours = still(fresh(start, recipe))
    head = (ours.head.weight.detach().clone(), ours.head.bias.detach().clone())
    course = run(start, recipe, ours)

    plain = AutoModel.from_pretrained(start.checkpoint.transformer, add_pooling_layer=False)
    linear = torch.nn.Linear(plain.config.hidden_size, 2)
    with torch.no_grad():
        linear.weight.copy_(head[0])
        linear.bias.copy_(head[1])
    groups = [
        {"params": [p for p in plain.parameters() if p.ndim > 1], "lr": 1e-3, "weight_decay": recipe.decay},
        {"params": [p for p in plain.parameters() if p.ndim == 1], "lr": 1e-3, "weight_decay": 0.0},
        {"params": [linear.weight], "lr": 1e-2, "weight_decay": recipe.decay},
        {"params": [linear.bias], "lr": 1e-2, "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups)
    steps = 2 * math.ceil(len(TEXTS) / 4)
    schedule = get_linear_schedule_with_warmup(optimiser, round(0.2 * steps), steps + 1)
    lengths, ids = material(start).lengths, start.tokens.ids(TEXTS)
    tokenizer = start.tokens.tokenizer
    plain.eval()  # no dropout
    optimiser.step()  # nothing has a gradient: only so that the schedule may step
    schedule.step()  # ours counts steps from 1, so that the first is no step of nothing
    for epoch in range(2):
        for batch in length_batches(lengths, batch=4, seed=[3, 0, epoch]):
            padded = tokenizer.pad({"input_ids": [ids[row] for row in batch]}, return_tensors="pt")
            states = plain(**padded).last_hidden_state
            mask = padded["attention_mask"].unsqueeze(2).float()
            pooled = torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=1)
            targets = torch.from_numpy(TARGETS[batch])
            known = ~torch.isnan(targets)
            loss = (linear(pooled)[known] - targets[known]).square().mean() / 2
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_([p for group in groups for p in group["params"]], 1.0)
            optimiser.step()
            schedule.step()
    theirs = fresh(start, recipe)
    theirs.network.load_state_dict(plain.state_dict())
    theirs.head.load_state_dict(linear.state_dict())
    assert_alike(start, ours, theirs)
    assert course.steps == steps
    assert course.tokens == 2 * lengths.sum()


def test_a_batch_in_parts_is_the_batch(start, monkeypatch):
    recipe = Tuned(model="x", epochs=1, batch=8, rate=1e-3)
    whole = still(fresh(start, recipe))
    run(start, recipe, whole)
    monkeypatch.setitem(loop.MOST_TOKENS, "cpu", 20)
    parts = still(fresh(start, recipe))
    run(start, recipe, parts)
    assert_alike(start, whole, parts)


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("can't allocate memory: 9 GB")]
)
def test_memory_that_runs_out_halves_the_parts_and_changes_no_step(start, monkeypatch, error):
    recipe = Tuned(model="x", epochs=1, batch=8, rate=1e-3)
    whole, tight = still(fresh(start, recipe)), still(fresh(start, recipe))
    run(start, recipe, whole)
    forward, refused = tight.forward, []

    def short_of_memory(sequences):
        if sum(map(len, sequences)) > 30:
            refused.append(len(sequences))
            raise error
        return forward(sequences)

    monkeypatch.setattr(tight, "forward", short_of_memory)
    run(start, recipe, tight)
    assert refused
    assert_alike(start, whole, tight)


def test_a_text_that_does_not_fit_alone_is_an_error_with_what_to_do(start, monkeypatch):
    recipe = Tuned(model="x", epochs=1, batch=4)
    network = fresh(start, recipe)

    def no_memory(sequences):
        raise MemoryError

    monkeypatch.setattr(network, "forward", no_memory)
    with pytest.raises(EncoderError, match="lower tokens, or tune a smaller model"):
        run(start, recipe, network)


def test_one_thread_and_two_make_the_same_steps(start, monkeypatch):
    recipe = Tuned(model="x", epochs=2, batch=8, rate=1e-3)
    two = still(fresh(start, recipe))
    run(start, recipe, two)
    monkeypatch.setattr(loop, "processor_cores", lambda: 1)
    one = still(fresh(start, recipe))
    run(start, recipe, one)
    assert_alike(start, one, two)


def test_two_threads_give_the_same_bits_again(start):
    recipe = Tuned(model="x", epochs=2, batch=8, rate=1e-2)
    first, second = fresh(start, recipe), fresh(start, recipe)
    run(start, recipe, first)
    run(start, recipe, second)
    assert all(torch.equal(value, weights(second)[name]) for name, value in weights(first).items())
    other = fresh(start, recipe)
    run(start, recipe, other, seed=4)
    assert not torch.equal(other.head.weight, first.head.weight)


def test_dropout_zeroes_its_share_and_keeps_the_mean():
    layer, states = SeededDropout(0.1), torch.ones(1000, 1003)
    assert torch.equal(layer(states), states)  # nobody seeds it: it is not training here
    with masks_from([1, 2]):
        found = layer(states)
    with masks_from([1, 2]):
        again = layer(states)
    with masks_from([1, 3]):
        other = layer(states)
    share = float((found == 0).float().mean())
    assert share == pytest.approx(26 / 256, abs=1e-3)  # 0.1, rounded
    assert float(found.mean()) == pytest.approx(1.0, abs=1e-3)
    assert torch.equal(found, again)
    assert not torch.equal(found, other)
    columns = (found == 0).float().mean(dim=0)
    assert float(columns.std()) == pytest.approx(
        (share * (1 - share) / 1000) ** 0.5, rel=0.1
    )  # no pattern by place
    layer.eval()
    with masks_from([1, 2]):
        assert torch.equal(layer(states), states)


def test_a_network_has_no_dropout_but_what_a_seed_fixes(start, tiny_mpnet, tiny_qwen3):
    for folder in (None, tiny_mpnet, tiny_qwen3):
        of = start if folder is None else Start.of(load_encoder(str(folder)), Tuned(model="x"))
        network = of.load(outputs=1, recipe=Tuned(model="x"), device="cpu", seed=1)
        kinds = [type(module).__name__ for module in network.modules()]
        assert "Dropout" not in kinds
        shares = {
            name: module.p for name, module in network.named_modules() if isinstance(module, SeededDropout)
        }
        assert all(
            (share == 0) == name.endswith(("attention.self.dropout", "attn.dropout"))
            for name, share in shares.items()
        )


class Killed(BaseException):
    pass


@pytest.mark.parametrize("at", [2, 6, 9, 17])
@pytest.mark.parametrize("watching", [True, False])
def test_what_was_killed_goes_on_with_the_same_steps(start, tmp_path, at, watching):
    recipe = Tuned(model="x", epochs=3, batch=4, rate=1e-2, patience=3)

    def watch_of(network):
        ids = start.tokens.ids(TEXTS[:6])

        def watch():
            found = answers(network, ids, precision="float32")
            return Watched(score=(float(np.nansum(np.abs(found - TARGETS[:6]))),), outputs=found)

        return watch if watching else None

    whole = fresh(start, recipe)
    expected = run(start, recipe, whole, watch=watch_of(whole))

    def dies(step):
        if step.done == at:
            raise Killed

    killed, file = fresh(start, recipe), tmp_path / "state.safetensors"
    with pytest.raises(Killed):
        run(
            start,
            recipe,
            killed,
            watch=watch_of(killed),
            progress=dies,
            state=StateFile(file, {"a": 1}, every=0),
        )
    again = fresh(start, recipe)
    torch.manual_seed(99)
    seen = []
    found = run(
        start, recipe, again, watch=watch_of(again), state=StateFile(file, {"a": 1}, every=0),
        progress=lambda step: seen.append(step.done),
    )  # fmt: skip
    assert seen[0] == at  # the step that was under way, and none before it
    for name, value in weights(whole).items():
        assert torch.equal(value, weights(again)[name]), name
    assert (found.scores, found.losses, found.best_epoch) == (
        expected.scores,
        expected.losses,
        expected.best_epoch,
    )
    assert all(map(np.array_equal, found.outputs, expected.outputs))
    # Once more: all of it is there.
    third = fresh(start, recipe)
    run(start, recipe, third, watch=watch_of(third), state=StateFile(file, {"a": 1}), progress=seen.append)
    assert all(torch.equal(value, weights(third)[name]) for name, value in weights(whole).items())
    assert len(seen) == expected.steps - at + 1


def test_a_state_of_another_training_is_not_taken_up(start, tmp_path):
    recipe = Tuned(model="x", epochs=1, batch=4)
    file = tmp_path / "state.safetensors"
    run(start, recipe, fresh(start, recipe), state=StateFile(file, {"rows": 22}))
    seen = []
    run(
        start, recipe, fresh(start, recipe), state=StateFile(file, {"rows": 23}),
        progress=lambda step: seen.append(step.done),
    )  # fmt: skip
    assert seen[0] == 1
    file.write_bytes(file.read_bytes()[:1000])  # cut short
    seen.clear()
    run(
        start, recipe, fresh(start, recipe), state=StateFile(file, {"rows": 23}),
        progress=lambda step: seen.append(step.done),
    )  # fmt: skip
    assert seen[0] == 1


def test_the_best_epoch_is_what_is_left_and_patience_ends_it(start):
    recipe = Tuned(model="x", epochs=9, batch=4, rate=1e-2, patience=2)
    network, at = fresh(start, recipe), []
    scores = iter([3.0, 1.0, 1.0, 2.0, 0.0])

    def watch():
        at.append(weights(network))
        return Watched(score=(next(scores),), outputs=np.zeros((1, 2), dtype=np.float32))

    course = run(start, recipe, network, watch=watch)
    assert (course.best_epoch, len(course.scores)) == (2, 4)
    assert all(torch.equal(value, at[1][name]) for name, value in weights(network).items())
    assert not torch.equal(at[1]["head.weight"], at[3]["head.weight"])


def explode(network, when):
    """A network whose answers are no numbers from one call of training on."""
    forward, calls = network.forward, []

    def bad(sequences):
        found = forward(sequences)
        if network.training:
            calls.append(1)
        return found * float("nan") if len(calls) >= when and network.training else found

    network.forward = bad


def test_a_loss_that_is_no_number_ends_it_and_keeps_the_last_good_epoch(start):
    recipe = Tuned(model="x", epochs=3, batch=11)
    network, at = fresh(start, recipe), []
    explode(network, 7)  # two steps an epoch, each in two parts: the fourth step

    def watch():
        at.append(weights(network))
        return Watched(score=(1.0,), outputs=np.zeros((1, 2), dtype=np.float32))

    course = run(start, recipe, network, watch=watch)
    assert course.best_epoch == 1
    assert "at step 4" in course.stopped
    assert all(torch.equal(value, at[0][name]) for name, value in weights(network).items())
    network = fresh(start, recipe)
    explode(network, 1)
    with pytest.raises(NotFinite):
        run(start, recipe, network, watch=watch)


def test_the_users_random_numbers_are_left_alone(start):
    recipe = Tuned(model="x", epochs=1, batch=8)
    network = fresh(start, recipe)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    threads = torch.get_num_threads()
    run(start, recipe, network)
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads
    assert not network.training


def test_the_rate_rises_and_falls_as_asked(start):
    recipe = Tuned(model="x", epochs=2, batch=11, warmup=0.5, rate=1e-3, head_rate=1e-2)
    network, rates = fresh(start, recipe), []
    step = torch.optim.AdamW.step

    def noting(optimiser, *given, **more):
        rates.append([group["lr"] for group in optimiser.param_groups])
        return step(optimiser, *given, **more)

    torch.optim.AdamW.step = noting
    try:
        run(start, recipe, network)
    finally:
        torch.optim.AdamW.step = step
    largest = np.array(rates).max(axis=0)
    assert sorted(set(largest.tolist())) == [1e-3, 1e-2]
    assert (np.array(rates) / largest).mean(axis=1) == pytest.approx([0.5, 1.0, 2 / 3, 1 / 3])
