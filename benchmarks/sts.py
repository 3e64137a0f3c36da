"""STSBenchmark test, English, through ``embed`` with the packaged MiniLM, against the published figure.

Command: python benchmarks/sts.py [stsb_multi_mt_pairs.jsonl]
Published for these weights in float32: Spearman of the cosine 0.8203247, Pearson 0.8274064.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from scipy.stats import pearsonr, spearmanr

from semascope.data.read import read_table
from semascope.embedding.path import embed
from semascope.encoders.loading import load_encoder
from semascope.store.vectors import VectorStore

PUBLISHED = 0.8203247
ALLOWED = {"float32": 2e-4, "auto": 1e-3}


def main() -> int:
    default = Path(__file__).parents[2] / "shared" / "data" / "stsb_multi_mt_pairs.jsonl"
    table = read_table(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
    chosen = [
        row
        for row, (split, lang) in enumerate(zip(table.strings("split"), table.strings("lang"), strict=True))
        if (split, lang) == ("test", "en")
    ]
    table = table.take(chosen)
    truth = table.numbers("similarity")
    print(f"command: python {' '.join(sys.argv)}")
    print(f"{len(table)} pairs; published Spearman {PUBLISHED}")
    found, failed = {}, False
    with tempfile.TemporaryDirectory() as folder:
        for precision, allowed in ALLOWED.items():
            encoder = load_encoder("minilm", precision=precision)
            one, other = (
                embed(table.texts([column]), encoder=encoder, store=VectorStore(folder)).vectors
                for column in ("text_a", "text_b")
            )
            cosine = np.einsum("nd,nd->n", one, other)
            found[precision] = spearmanr(cosine, truth).statistic
            reference = PUBLISHED if precision == "float32" else found["float32"]
            off = abs(found[precision] - reference)
            failed |= off > allowed
            print(
                f"{precision:8} ({encoder.precision:8}) Spearman {found[precision]:.7f}  Pearson {pearsonr(cosine, truth).statistic:.7f}"
                f"  off by {off:.1e}, allowed {allowed:.0e}"
            )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
