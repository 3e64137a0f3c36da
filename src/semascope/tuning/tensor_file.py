"""Tensors written to a file one after the other, so that no copy of all of them is made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES = {
    torch.float64: "F64",
    torch.int64: "I64",
    torch.float32: "F32",
    torch.int32: "I32",
    torch.bfloat16: "BF16",
    torch.float16: "F16",
}
_ALIGNED = 8


def write_tensors(stream: BinaryIO, tensors: Mapping[str, torch.Tensor], *, about: str) -> None:
    """Write a safetensors file: the length of its header, the header, the bytes of the tensors.

    ``safetensors.torch.save`` makes two copies of everything on the way, which for a training under way is eight times its
    weights. The format: https://huggingface.co/docs/safetensors, "Format".

    Parameters
    ----------
    tensors
        On any device, of 16, 32 or 64 bits.
    about
        Kept as the metadata of that name.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    # The wider ones first: each then starts where its numbers are aligned.
    order = sorted(tensors, key=lambda name: -tensors[name].element_size())
    header: dict[str, object] = {"__metadata__": {"about": about}}
    end = 0
    for name in order:
        value = tensors[name]
        start, end = end, end + value.numel() * value.element_size()
        header[name] = {
            "dtype": _NAMES[value.dtype],
            "shape": list(value.shape),
            "data_offsets": [start, end],
        }
    written = json.dumps(header).encode()
    written += b" " * (-len(written) % _ALIGNED)
    stream.write(len(written).to_bytes(8, "little"))
    stream.write(written)
    for name in order:
        flat = tensors[name].detach().cpu().contiguous().reshape(-1)
        if flat.numel():
            stream.write(flat.view(torch.uint8).numpy().data)
