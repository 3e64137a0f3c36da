"""Our gradients and our optimiser against torch's."""

import numpy as np
import pytest

from semascope.probes.mlp_core import Adam, Network

torch = pytest.importorskip("torch")


def torch_layers(network: Network) -> list:
    parts = [part for pair in zip(network.weights, network.biases, strict=True) for part in pair]
    return [torch.tensor(part.copy(), requires_grad=True) for part in parts]


def torch_outputs(x, layers):
    hidden = torch.tensor(x)
    for place in range(0, len(layers) - 2, 2):
        hidden = torch.relu(hidden @ layers[place] + layers[place + 1])
    return hidden @ layers[-2] + layers[-1]


def torch_loss(outputs, targets, loss):
    if loss == "classes":
        return torch.nn.functional.cross_entropy(outputs, torch.tensor(targets))
    have = torch.tensor(~np.isnan(targets))
    difference = (outputs - torch.tensor(np.nan_to_num(targets)))[have]
    return 0.5 * difference.square().mean() if loss == "squared" else difference.abs().mean()


def data_for(loss: str):
    rng = np.random.default_rng(4)
    x = rng.standard_normal((50, 12)).astype(np.float32)
    if loss == "classes":
        return x, rng.integers(0, 3, 50), 3
    targets = rng.standard_normal((50, 2)).astype(np.float32)
    targets[rng.random((50, 2)) < 0.3] = np.nan
    return x, targets, 2


@pytest.mark.parametrize("loss", ["squared", "absolute", "classes"])
def test_gradients_equal_autograd(loss) -> None:
    x, targets, outputs = data_for(loss)
    network = Network((12, 20, 10, outputs), np.random.default_rng(0))
    network.flat += np.random.default_rng(1).normal(0, 0.1, network.flat.shape).astype(np.float32)
    value, gradient = network.gradients(
        x, targets, loss=loss, dropout=0.0, generator=np.random.default_rng(0)
    )
    layers = torch_layers(network)
    expected = torch_loss(torch_outputs(x, layers), targets, loss)
    expected.backward()
    assert value == pytest.approx(expected.item(), rel=1e-5)
    theirs = np.concatenate([layer.grad.numpy().ravel() for layer in layers])
    np.testing.assert_allclose(gradient, theirs, atol=1e-6)


def test_thirty_steps_equal_adamw() -> None:
    x, targets, outputs = data_for("squared")
    network = Network((12, 20, outputs), np.random.default_rng(0))
    layers = torch_layers(network)
    ours = Adam(network.flat, rate=1e-2, decay=0.3)
    theirs = torch.optim.AdamW(layers, lr=1e-2, weight_decay=0.3)
    for _ in range(30):
        rng = np.random.default_rng(0)
        ours.step(network.gradients(x, targets, loss="squared", dropout=0.0, generator=rng)[1])
        theirs.zero_grad()
        torch_loss(torch_outputs(x, layers), targets, "squared").backward()
        theirs.step()
    expected = np.concatenate([layer.detach().numpy().ravel() for layer in layers])
    np.testing.assert_allclose(network.flat, expected, atol=2e-4)
