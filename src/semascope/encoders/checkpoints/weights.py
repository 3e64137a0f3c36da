"""Which files hold a checkpoint's weights, and whether they are whole; read from their headers alone."""

from __future__ import annotations

import json
import math
import pickle
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError

from semascope.errors import EncoderError

if TYPE_CHECKING:
    import re
    from pathlib import Path

# In the order in which transformers looks for them.
_NAMES = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)
DAMAGED = (OSError, ValueError, KeyError, RuntimeError, EOFError, pickle.UnpicklingError, SafetensorError)
"""What readers of weights raise for a file that is damaged, or that is not what its configuration says."""

_AGAIN = "delete what is there and fetch or copy the checkpoint again"


def weight_files(folder: Path) -> list[Path]:
    """The files that transformers reads the weights from, whole as far as their headers say.

    Raises
    ------
    EncoderError
        When there are none, when one was cut short, and when an index names a file or a weight that is not there.
    """
    found = next((folder / name for name in _NAMES if (folder / name).is_file()), None)
    if found is None:
        raise EncoderError(f"{folder} holds no weights; accepted are {', '.join(_NAMES)}; fetch them first")
    if found.suffix != ".json":
        files = [found]
    else:
        index = _weight_map(found)
        files = [folder / name for name in sorted(set(index.values()))]
        if missing := [file.name for file in files if not file.is_file()]:
            raise EncoderError(
                f"{found.name} of {folder} names {len(files)} files, but {missing[0]} is not there; all must be, {_AGAIN}"
            )
    if files[0].suffix == ".safetensors":
        held = {file.name: weight_names(file) for file in files}
        if found.suffix == ".json":
            _check_index(found, index, held)
    return files


def watched_weight_files(folder: Path) -> dict[Path, bool]:
    """Every file that the weights may be read from, there or not, and whether it is one that they are read from now."""
    named = [folder / name for name in _NAMES]
    first = next((file for file in named if file.is_file()), None)
    watched = {file: file == first for file in named}
    if first is not None and first.suffix == ".json":
        try:
            watched |= {folder / file: True for file in sorted(set(_weight_map(first).values()))}
        except EncoderError:
            return watched  # an index that is damaged is the loader's to refuse
    return watched


def weight_names(file: Path) -> set[str]:
    """Names of the weights in one safetensors file, after a check that the file is as long as its header says."""
    return set(_header(file))


def count_weights(folder: Path, *, without: re.Pattern[str] | None = None) -> int:
    """Numbers in all weights of a checkpoint; of a file that is no safetensors a guess from its size, as float32.

    Weights whose names match ``without`` are not counted.
    """
    total = 0
    for file in weight_files(folder):
        if file.suffix == ".safetensors":
            total += sum(
                math.prod(entry["shape"])
                for name, entry in _header(file).items()
                if without is None or not without.search(name)
            )
        else:
            total += file.stat().st_size // 4
    return total


def _header(file: Path) -> dict[str, Any]:
    size = file.stat().st_size
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            header: dict[str, Any] = json.loads(stream.read(length)) if length <= size - 8 else {}
        header.pop("__metadata__", None)
        end = max((int(entry["data_offsets"][1]) for entry in header.values()), default=-1)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise EncoderError(f"{file} has no header that can be read ({error}); {_AGAIN}") from error
    if size != 8 + length + end:
        expected = f"{8 + length + end:,} bytes" if end >= 0 else "a header"
        raise EncoderError(f"{file} has {size:,} bytes; whole it has {expected}: it was cut short; {_AGAIN}")
    return header


def _weight_map(index: Path) -> dict[str, str]:
    try:
        found = json.loads(index.read_text(encoding="utf8"))["weight_map"]
        if isinstance(found, dict) and found:
            return {str(weight): str(file) for weight, file in found.items()}
        raise ValueError("weight_map is empty")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise EncoderError(f"{index} is no index of weights ({error}); {_AGAIN}") from error


def _check_index(index: Path, weight_map: dict[str, str], held: dict[str, set[str]]) -> None:
    absent = sorted(weight for weight, file in weight_map.items() if weight not in held[file])
    if absent:
        raise EncoderError(
            f"{index} places {absent[0]!r} in {weight_map[absent[0]]}, which does not hold it"
            f" ({len(absent)} such weights); index and files must belong together; {_AGAIN}"
        )
