"""An environment of its own for infinity-emb, another server of embeddings, which asks for older versions than the project.

Command: python benchmarks/infinity_env.py [--folder .venv-infinity]
It installs pinned versions (about 1.3 GB with torch) beside the project's own environment.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".venv-infinity"
PINNED = ("infinity-emb[server,torch]==0.0.78", "transformers==4.57.6", "sentence-transformers==3.4.1")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    settings = parser.parse_args()
    if not program(settings.folder).exists():
        venv.create(settings.folder, with_pip=True)
    python = settings.folder / "bin" / "python"
    # torch is pinned by constraints.txt: a CPU wheel where one is on offer
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt", "torch", *PINNED],
        check=True,
    )
    print(f"{program(settings.folder)} is ready")
    return 0


def program(folder: Path) -> Path:
    """The server's command."""
    return folder / "bin" / "infinity_emb"


if __name__ == "__main__":
    sys.exit(main())
