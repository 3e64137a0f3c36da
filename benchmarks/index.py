"""Ways to find the ten nearest rows, side by side: ours, faiss flat, a plain product; and graphs of faiss and usearch.

Command: python benchmarks/index.py [--rows 100000,1000000] [--only ours,faiss-float16,...] [--work FOLDER] [--store FOLDER]
         python benchmarks/index.py --whole [--rows 100000]     the index as a folder: start, single queries, bytes

Rows are MiniLM's vectors of texts in ../shared/data (sentences, tweets, abstracts, passages), each once; further rows lie
around them: a row plus 0.2 to 0.7 times the difference of two others, brought to unit length. So they fill the part of the
space that texts fill, as clusters; isotropic noise would not. Queries are 500 of SciFact's claims, and 500 made as rows
are. Each candidate is a process of its own that has the rows as a mapped file; memory is what it holds beyond that file.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from memory_peak import Peak, anonymous
from semascope.neighbors import largest_of, top_k
from semascope.retrieval.indexes.engines.choosing import MAKERS
from semascope.retrieval.indexes.engines.graph import WIDTHS, compared
from semascope.retrieval.indexes.recipe import Engine
from semascope.types import Ints, Vectors

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
EXACT = ("ours", "faiss-flat", "numpy")
GRAPHS = tuple(
    f"{name}-{stored}" for name in ("faiss", "usearch") for stored in ("float32", "float16", "int8")
)
K, SINGLE = 10, 200
WANTED = (0.95, 0.99)
Search = Callable[[Vectors], Ints]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", default="100000")
    parser.add_argument("--only", default=",".join([*EXACT, *GRAPHS]))
    parser.add_argument(
        "--work", type=Path, help="where rows and graphs are kept; a temporary folder by default"
    )
    parser.add_argument("--store", type=Path, help="vector store; the user's own by default")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--candidate", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.candidate:
        print(json.dumps(one_candidate(given.candidate, given.work)))
        return
    print(f"python benchmarks/index.py {' '.join(sys.argv[1:])}")
    with tempfile.TemporaryDirectory() as temporary:
        for rows in map(int, given.rows.split(",")):
            work = (given.work or Path(temporary)) / str(rows)
            work.mkdir(parents=True, exist_ok=True)
            if given.whole:
                whole(work, rows)
            else:
                side_by_side(work, rows, given.only.split(","), given.store)


def side_by_side(work: Path, rows: int, candidates: list[str], store: Path | None) -> None:
    if not (work / "truth.npy").is_file():
        vectors, queries = make_rows(rows, store)
        np.save(work / "rows.npy", vectors)
        np.save(work / "queries.npy", queries)
        np.save(work / "truth.npy", top_k(queries, vectors, K).indices)
        del vectors
    print(f"\n{rows:,} rows x 384, 1,000 queries, k {K}\n")
    print(
        f"{'who':>16} {'recall@10':>9} {'width':>5} {'build s':>8} {'CPU s':>7} {'MB built':>8} {'file MB':>8} {'queries/s':>9} {'p50 ms':>7} "
        f"{'p95 ms':>7} {'MB held':>7}"
    )
    speeds = {}
    for name in candidates:
        done = subprocess.run(
            [sys.executable, __file__, "--candidate", name, "--work", str(work)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        for line in json.loads(done.stdout.splitlines()[-1]):
            show(name, line)
            speeds[name, line.get("wanted")] = line["per_second"], line["p50"]
    base = speeds.get(("faiss-flat", None))
    if base:
        print("\nqueries a second, and one query's p50, as shares of faiss flat:")
        for (name, wanted), (per_second, p50) in speeds.items():
            at = f" at {wanted}" if wanted else ""
            print(f"{name + at:>24} {per_second / base[0]:8.2f} {p50 / base[1]:8.3f}")


def show(name: str, line: dict) -> None:
    print(
        f"{name:>16} {line['recall']:>9.4f} {line['width'] or '':>5} {line['build']:>8.1f} {line['cpu']:>7.1f} {line['built_mb']:>8.0f} "
        f"{line['file_mb']:>8.0f} {line['per_second']:>9,.0f} {line['p50']:>7.2f} {line['p95']:>7.2f} {line['held_mb']:>7.0f}",
        flush=True,
    )


def one_candidate(name: str, work: Path) -> list[dict]:
    rows = np.load(work / "rows.npy", mmap_mode="r").view(np.ndarray)
    queries, truth = np.load(work / "queries.npy"), np.load(work / "truth.npy")
    if name in EXACT:
        started, used = time.perf_counter(), time.process_time()
        with Peak(anonymous) as built:
            search = exact_search(name, rows)
        about = {
            "build": time.perf_counter() - started,
            "cpu": time.process_time() - used,
            "built_mb": built.megabytes,
            "file_mb": rows.nbytes / 1e6,
        }
        return [{**about, "width": 0, **measured(search, queries, truth)}]
    engine = Engine(name=name.split("-")[0], stored=name.split("-")[1])
    maker, path = MAKERS[engine.name], work / f"{name}.graph"
    started, used = time.perf_counter(), time.process_time()
    with Peak(anonymous) as built:
        maker.make(rows, path, engine)
    seconds, used = time.perf_counter() - started, time.process_time() - used
    graph = maker.open(path)
    about = {"build": seconds, "cpu": used, "built_mb": built.megabytes, "file_mb": path.stat().st_size / 1e6}
    lines = []
    for wanted in WANTED:
        for width in WIDTHS:

            def search(some: Vectors, width: int = width) -> Ints:
                return compared(some, rows, graph.nearest(some, K, width=width)).indices

            if recall(search(queries), truth) >= wanted or width == WIDTHS[-1]:
                lines.append({**about, "wanted": wanted, "width": width, **measured(search, queries, truth)})
                break
    path.unlink()
    return lines


def exact_search(name: str, rows: Vectors) -> Search:
    if name == "ours":
        largest = largest_of(rows)  # as the index keeps it
        return lambda some: top_k(some, rows, K, largest=largest).indices
    if name == "numpy":

        def product(some: Vectors) -> Ints:
            similar = some @ rows.T  # q x n numbers: of 100 queries at once, else a million rows take 16 GB
            best = np.argpartition(-similar, K, axis=1)[:, :K]
            order = np.argsort(-np.take_along_axis(similar, best, axis=1), axis=1)
            return np.take_along_axis(best, order, axis=1)

        return lambda some: np.concatenate([product(some[at : at + 100]) for at in range(0, len(some), 100)])
    import faiss

    flat = faiss.IndexFlatIP(rows.shape[1])
    flat.add(rows)
    return lambda some: flat.search(some, K)[1]


def measured(search: Search, queries: Vectors, truth: Ints) -> dict:
    found = search(queries)
    with Peak(anonymous) as held:
        started = time.perf_counter()
        search(queries)
        seconds = time.perf_counter() - started
    times = []
    for number in range(SINGLE):
        began = time.perf_counter()
        search(queries[number : number + 1])
        times.append((time.perf_counter() - began) * 1e3)
    return {
        "recall": recall(found, truth),
        "per_second": len(queries) / seconds,
        "p50": float(np.median(times)),
        "p95": float(np.quantile(times, 0.95)),
        "held_mb": held.megabytes,
    }


def recall(found: Ints, truth: Ints) -> float:
    return float(
        np.mean([len(set(a) & set(b)) / K for a, b in zip(found.tolist(), truth.tolist(), strict=True)])
    )


def make_rows(rows: int, store: Path | None) -> tuple[Vectors, Vectors]:
    real, claims = real_rows(store)
    rng = np.random.default_rng(1)

    def around(centres: Vectors) -> Vectors:
        one, other = rng.integers(len(real), size=(2, len(centres)))
        spread = rng.uniform(0.2, 0.7, size=(len(centres), 1)).astype(np.float32)
        moved = centres + spread * (real[one] - real[other])
        return moved / np.linalg.norm(moved, axis=1, keepdims=True)

    found = np.empty((rows, real.shape[1]), dtype=np.float32)
    found[: len(real)] = real[:rows]
    for start in range(min(len(real), rows), rows, 50_000):
        count = min(50_000, rows - start)
        found[start : start + count] = around(real[rng.integers(len(real), size=count)])
    queries = np.concatenate([claims[:500], around(real[rng.integers(len(real), size=500)])])
    return found, queries


def real_rows(store: Path | None) -> tuple[Vectors, Vectors]:
    """MiniLM's rows of English texts, and of SciFact's claims."""
    import semascope as sm
    from semascope.store.place import open_store

    def texts(file: str, *columns: str) -> list[str]:
        found = map(json.loads, (DATA / file).read_text(encoding="utf8").splitlines())
        english = [each for each in found if each.get("lang", "en") == "en"]
        return [each[column][:1200] for each in english for column in columns if each[column]]

    documents = [
        *texts("stsb_multi_mt_pairs.jsonl", "text_a", "text_b"),
        *texts("arxiv_abstracts.jsonl", "abstract"),
        *texts("mint_tweet_intimacy.jsonl", "text"),
        *texts("openstax_passages.jsonl", "text"),
    ]
    encoder = sm.load_encoder("minilm")
    asked = {"encoder": encoder, "store": open_store(store)}
    rows = sm.embed(list(dict.fromkeys(documents)), **asked).vectors
    return rows, sm.embed(texts("scifact/queries_train.jsonl", "text"), role="query", **asked).vectors


STARTING = """
import json, sys, time
started = time.perf_counter()
from semascope.retrieval.indexes.index import Index
imported = time.perf_counter()
index = Index.open(sys.argv[1], check=sys.argv[2] == "whole")
opened = time.perf_counter()
index.search(["the tide of harbour 17"], k=10)
print(json.dumps([imported - started, opened - imported, time.perf_counter() - opened]))
"""


def whole(work: Path, rows: int) -> None:
    """An index of made-up documents, whose vectors are those of the hash encoder: what is around the search itself."""
    from semascope.retrieval.indexes.index import Index

    words = np.array([f"word{number}" for number in range(20_000)])
    rng = np.random.default_rng(2)
    chances = 1 / np.arange(1, len(words) + 1)
    chances /= chances.sum()
    texts = [" ".join(words[drawn]) for drawn in rng.choice(len(words), size=(rows, 60), p=chances)]
    checksums()
    print(f"\n{rows:,} documents of 60 words, hash:384\n")
    print(
        f"{'searches by':>26} {'add s':>7} {'bytes/document':>14} {'p50 ms':>7} {'p95 ms':>7} {'open s':>7} {'unchecked':>9} {'first query s':>13}"
    )
    for written in ("hash:384", "bm25:stopwords=en,stemmer=en", "hybrid:hash:384+bm25"):
        with tempfile.TemporaryDirectory(dir=work) as folder:
            index = Index.create(Path(folder) / "index", encoder=written)
            started = time.perf_counter()
            index.add(texts, ids=np.arange(rows).tolist())
            seconds = time.perf_counter() - started
            times = []
            for _ in range(SINGLE):
                began = time.perf_counter()
                index.search([" ".join(rng.choice(words, size=6, p=chances))], k=10)
                times.append((time.perf_counter() - began) * 1e3)
            starts = {
                how: np.median([starting(index.path, how) for _ in range(3)], axis=0)
                for how in ("whole", "sizes")
            }
            print(
                f"{written:>26} {seconds:>7.1f} {index.bytes // rows:>14,} {np.median(times[5:]):>7.1f} {np.quantile(times[5:], 0.95):>7.1f} "
                f"{starts['whole'][1]:>7.2f} {starts['sizes'][1]:>9.2f} {starts['whole'][2]:>13.2f}",
                flush=True,
            )


def checksums() -> None:
    """Gigabytes a second that are checked on one core: what opening an index could cost."""
    held = np.random.default_rng(0).bytes(200_000_000)
    for name, check in (("CRC-32", zlib.crc32), ("SHA-256", hashlib.sha256), ("BLAKE2b", hashlib.blake2b)):
        began = time.perf_counter()
        check(held)
        print(f"{name}: {0.2 / (time.perf_counter() - began):.1f} GB/s")


def starting(path: Path, how: str) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", STARTING, str(path), how], check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
