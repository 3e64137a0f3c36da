"""What the packaged encoders cost beside their quality: disk, the first use, loading, memory, and texts a second.

Command: python benchmarks/packaged.py [--rounds N] [--texts N] [--tweets-file FILE]
One process a measurement, candidates interleaved, medians. Linux only. Seconds of a processor do not depend on what else
the machine does, wall seconds do.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from encoding_texts import add_files, read_texts
from workers import print_head, print_table

NAMES = ("minilm", "e5-small-q4")
PRECISIONS = ("float32", "bfloat16")
PROGRAM = """
import json, os, resource, sys, time
import torch, transformers
import torch.nn
name, precision, file = sys.argv[1:]
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
found, start = {"imported": peak()}, (time.perf_counter(), time.process_time())

def lap(what):
    global start
    now = (time.perf_counter(), time.process_time())
    found[what], found[what + " cpu"] = now[0] - start[0], now[1] - start[1]
    start = (time.perf_counter(), time.process_time())

from semascope.encoders.loading import load_encoder
from semascope.encoders.templates import write_prompt
encoder = load_encoder(name, precision=precision)
lap("found")
encoder.fingerprint
lap("digested")
encoder.load()
lap("loaded")
found["loaded peak"] = peak()
prompts = [write_prompt(text, family=encoder.space.template) for text in json.load(open(file))]
encoder.encode(prompts)
lap("encoded")
found["peak"] = peak()
found["folder"] = str(encoder.checkpoint.folder)
print(json.dumps(found))
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--texts", type=int, default=600)
    add_files(parser, "tweets")
    settings = parser.parse_args()
    texts = read_texts(settings.tweets_file, "--tweets-file")[: settings.texts]
    print_head()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "texts.json")
        file.write_text(json.dumps(texts), encoding="utf8")
        first = [measure("e5-small-q4", "float32", file, cache=Path(folder, str(n))) for n in range(3)]
        shown = sorted(one["found"] for one in first)
        print(
            f"first use of e5-small-q4, an empty cache: {shown[1]:.1f} s ({shown[0]:.1f} to {shown[-1]:.1f}),"
            f" {statistics.median(one['found cpu'] for one in first):.1f} s of a processor\n"
        )
        found = {(name, precision): [] for precision in PRECISIONS for name in NAMES}
        for _ in range(settings.rounds):
            for (name, precision), runs in found.items():
                runs.append(measure(name, precision, file, cache=Path(folder, "0")))
        print_table(
            ("encoder", "precision", "disk MB", "digest s", "load s", "of a processor", "peak loaded MB", "peak MB", "texts/s"),
            [row(name, precision, runs, len(texts)) for (name, precision), runs in found.items()],
        )  # fmt: skip
    imported = statistics.median(run["imported"] for runs in found.values() for run in runs)
    print(f"\nof each peak {imported:.0f} MB are torch and transformers; {len(texts)} tweets were encoded")
    return 0


def measure(name: str, precision: str, file: Path, *, cache: Path) -> dict[str, float]:
    """One process that loads an encoder and encodes."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, name, precision, file],
        env=os.environ | {"XDG_CACHE_HOME": str(cache), "HF_HUB_OFFLINE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return json.loads(done.stdout)


def row(name: str, precision: str, runs: list[dict[str, float]], n: int) -> tuple[str, ...]:
    """Medians of the runs."""
    middle = {what: statistics.median(run[what] for run in runs) for what in runs[0] if what != "folder"}
    files = Path(runs[0]["folder"]).rglob("*")
    disk = sum(file.stat().st_size for file in files if file.is_file()) / 1e6
    return (
        name,
        precision,
        f"{disk:.0f}",
        f"{middle['digested']:.2f}",
        f"{middle['loaded']:.1f}",
        f"{middle['loaded cpu']:.1f}",
        f"{middle['loaded peak']:.0f}",
        f"{middle['peak']:.0f}",
        f"{n / middle['encoded']:.0f}",
    )


if __name__ == "__main__":
    sys.exit(main())
