"""A real table of token vectors without a hub: that of the package wordllama, as a folder of sentence-transformers.

Command: python benchmarks/wordllama_folder.py FOLDER [--wheel FILE]
The wheel is downloaded with pip unless one is named. Two of its files are taken out, held against their digests and
copied: a table of 32,000 x 256 float16 numbers and a tokenizer; none of the package's code is installed or run. What it is:
"l2_supercat", 256 wide, trained by the package's author from the token embeddings of Llama 2 70B and other models with its
tokenizer; the package is MIT, and the token embeddings that it started from are under their makers' licences.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "wordllama==0.4.0.post1"
FILES = {
    "model.safetensors": (
        "wordllama/weights/l2_supercat_256.safetensors",
        "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5",
    ),
    "tokenizer.json": (
        "wordllama/tokenizers/l2_supercat_tokenizer_config.json",
        "93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68",
    ),
}
MODULES = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"}]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--wheel", type=Path)
    settings = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        wheel = settings.wheel or download(Path(scratch))
        write_folder(wheel, settings.folder)
    print(settings.folder)
    return 0


def download(scratch: Path) -> Path:
    """The wheel, as pip finds it."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", scratch, PACKAGE]
    subprocess.run(command, check=True)
    return next(scratch.glob("wordllama-*.whl"))


def write_folder(wheel: Path, folder: Path) -> None:
    """Copy the two files out of the wheel, and say what they are."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as packed:
        for name, (member, expected) in FILES.items():
            content = packed.read(member)
            found = hashlib.sha256(content).hexdigest()
            if found != expected:
                sys.exit(
                    f"{member} of {wheel.name} has SHA-256 {found[:16]}...; expected is {expected[:16]}..."
                )
            (folder / name).write_bytes(content)
    (folder / "modules.json").write_text(json.dumps(MODULES, indent=1))


if __name__ == "__main__":
    sys.exit(main())
