"""A file that is written tensor by tensor is the one that the library reads, and is no second copy of them in memory."""

from __future__ import annotations

import io

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load

from semascope.tuning.tensor_file import write_tensors

KINDS = (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32)


def made():
    rng = torch.Generator().manual_seed(3)
    found = {f"a {kind}": torch.randn(3, 5, generator=rng).mul(9).to(kind) for kind in KINDS}
    turned = torch.randn(4, 2, generator=rng).T
    return found | {"turned": turned, "one": torch.tensor(7.0), "none": torch.empty(0, 3), "é": torch.ones(1)}


def test_the_library_reads_what_was_written(tmp_path):
    tensors, file = made(), tmp_path / "state.safetensors"
    with file.open("wb") as stream:
        write_tensors(stream, tensors, about='{"step": 3}')
    with safe_open(file, framework="pt") as read:
        assert read.metadata() == {"about": '{"step": 3}'}
        assert set(read.keys()) == set(tensors)
        for name, value in tensors.items():
            found = read.get_tensor(name)
            assert found.dtype == value.dtype
            assert found.shape == value.shape
            assert torch.equal(found, value)


def test_no_piece_is_larger_than_a_tensor():
    sizes = []

    class Noted(io.BytesIO):
        def write(self, data):
            sizes.append(len(data))
            return super().write(data)

    stream = Noted()
    tensors = {f"w{number}": torch.full((100, 100), float(number)) for number in range(8)}
    write_tensors(stream, tensors, about="")
    assert max(sizes) == 40_000
    assert load(stream.getvalue())["w7"][0, 0] == 7


@pytest.mark.parametrize("kind", [torch.complex64, torch.bool])
def test_other_kinds_are_not_written_as_something_else(kind):
    with pytest.raises(KeyError):
        write_tensors(io.BytesIO(), {"a": torch.zeros(2, dtype=kind)}, about="")
