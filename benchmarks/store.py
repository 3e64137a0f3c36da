"""How fast the vector store reads and writes, beside plain copies and plain writes of the same bytes.

Run with ``python benchmarks/store.py``; every figure and its yardstick are taken in turn in this one run, medians are
printed. It needs about 4 GB of memory and 4 GB of disk under ``--folder``.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from semascope.store.vectors import VectorStore, prompt_keys

FINGERPRINT = "benchmark:float32"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=1024)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--folder", type=Path, default=None, help="on the disk to be measured")
    parser.add_argument("--memory-child", nargs=3, help=argparse.SUPPRESS)
    settings = parser.parse_args()
    if settings.memory_child:
        root, rows, dim = settings.memory_child
        return memory_child(Path(root), int(rows), int(dim))
    print("command:", "python", *sys.argv)
    print(
        f"machine: {os.cpu_count()} cores, {platform.machine()}; numpy {np.__version__}; {settings.repeats} repeats"
    )
    with tempfile.TemporaryDirectory(dir=settings.folder) as folder:
        met = [
            *bulk(Path(folder), settings.rows, settings.dim, settings.repeats),
            *memory(Path(folder), 1_000_000, 384),
        ]
        small_puts(Path(folder), 512, 32, 384)
    print("\nbars:", "all met" if all(met) else "NOT all met")
    return 0 if all(met) else 1


def bulk(folder: Path, rows: int, dim: int, repeats: int) -> list[bool]:
    vectors = np.random.default_rng(0).standard_normal((rows, dim), dtype=np.float32)
    keys = prompt_keys(FINGERPRINT, [f"text {i}" for i in range(rows)])
    gigabytes = vectors.nbytes / 1e9
    print(f"\n{rows:,} x {dim} float32, {gigabytes:.2f} GB")
    print("writing (disk)")
    write_bar = writing(folder, keys, vectors, repeats)
    print("reading (warm page cache, keys computed beforehand)")
    return [write_bar, reading(folder, keys, vectors, repeats)]


def writing(folder: Path, keys: np.ndarray, vectors: np.ndarray, repeats: int) -> bool:
    plain, root = folder / "plain.bin", folder / "store"

    def plain_write() -> None:
        with plain.open("wb") as file:
            file.write(vectors.data)
            file.flush()
            os.fsync(file.fileno())

    def put() -> None:
        assert VectorStore(root).put(FINGERPRINT, keys, vectors) == len(keys)

    def forget() -> None:
        plain.unlink(missing_ok=True)
        shutil.rmtree(root, ignore_errors=True)
        os.sync()

    times = interleaved({"plain write and fsync": plain_write, "put": put}, repeats, before=forget)
    ratio = show(times, vectors.nbytes, yardstick="plain write and fsync")["put"]
    if not root.exists():
        put()
    plain.unlink(missing_ok=True)
    return bar("put against plain write and fsync", ratio, 0.60)


def reading(folder: Path, keys: np.ndarray, vectors: np.ndarray, repeats: int) -> bool:
    root = folder / "store"
    store = VectorStore(root)
    order = np.random.default_rng(1).permutation(len(keys))
    shuffled = keys[order]

    def copy() -> np.ndarray:
        fresh = np.empty_like(vectors)
        np.copyto(fresh, vectors)
        return fresh

    def take() -> np.ndarray:
        return np.take(vectors, order, axis=0)

    got, found = store.get(FINGERPRINT, keys)
    assert found.all() and got.tobytes() == vectors.tobytes()
    del got
    times = interleaved(
        {
            "plain copy (np.copyto, fresh memory)": copy,
            "get, stored order": lambda: store.get(FINGERPRINT, keys),
            "get, stored order, store just opened": lambda: VectorStore(root).get(FINGERPRINT, keys),
            "plain random take (np.take)": take,
            "get, random order": lambda: store.get(FINGERPRINT, shuffled),
        },
        repeats,
    )
    show(times, vectors.nbytes, yardstick="plain copy (np.copyto, fresh memory)")
    speed = vectors.nbytes / 1e9 / statistics.median(times["get, stored order"])
    half = vectors.nbytes / 2e9 / statistics.median(times["plain copy (np.copyto, fresh memory)"])
    return bar(f"get, stored order, GB/s (half of a plain copy is {half:.2f})", speed, min(5.0, half))


def memory(folder: Path, rows: int, dim: int) -> list[bool]:
    print(f"\nmemory: {rows:,} keys x {dim}")
    root = folder / "large"
    store, step = VectorStore(root), 50_000
    for start in range(0, rows, step):
        keys = prompt_keys(FINGERPRINT, [f"text {i}" for i in range(start, start + step)])
        store.put(
            FINGERPRINT, keys, np.random.default_rng(start).standard_normal((step, dim), dtype=np.float32)
        )
    command = [sys.executable, __file__, "--memory-child", str(root), str(rows), str(dim)]
    child = subprocess.run(command, capture_output=True, text=True, check=True)
    beyond, seconds = map(float, child.stdout.split())
    shutil.rmtree(root)
    print(f"  first get of all, random order: {seconds:.2f} s, {rows * dim * 4 / 1e9 / seconds:.2f} GB/s")
    return [bar("peak RssAnon beyond the result, GB", beyond, 0.5, at_most=True)]


def memory_child(root: Path, rows: int, dim: int) -> int:
    """In a process of its own: get all rows once; print peak RssAnon beyond keys and result (GB), and seconds."""
    keys = prompt_keys(FINGERPRINT, [f"text {i}" for i in range(rows)])
    keys = keys[np.random.default_rng(1).permutation(rows)]
    before = rss_anon()
    with sampled_peak() as peak:
        start = time.perf_counter()
        vectors, found = VectorStore(root).get(FINGERPRINT, keys)
        seconds = time.perf_counter() - start
    assert found.all() and vectors.shape == (rows, dim)
    print((peak[0] - before - vectors.nbytes) / 1e9, seconds)
    return 0


def small_puts(folder: Path, puts: int, each: int, dim: int) -> None:
    print(f"\n{puts} puts of {each} x {dim}, each on the disk before the next begins")
    keys = prompt_keys(FINGERPRINT, [f"text {i}" for i in range(puts * each)])
    vectors = np.random.default_rng(0).standard_normal((puts * each, dim), dtype=np.float32)
    parts = [slice(i, i + each) for i in range(0, puts * each, each)]
    plain, store = folder / "plain", VectorStore(folder / "small")
    plain.mkdir()
    times: dict[str, list[float]] = {"plain file, fsync, rename, fsync of the folder": [], "put": []}
    for number, part in enumerate(parts):
        start = time.perf_counter()
        temporary = plain / "x.tmp"
        with temporary.open("wb") as file:
            file.write(vectors[part].data)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(plain / f"{number}.bin")
        handle = os.open(plain, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
        middle = time.perf_counter()
        store.put(FINGERPRINT, keys[part], vectors[part])
        times["plain file, fsync, rename, fsync of the folder"].append(middle - start)
        times["put"].append(time.perf_counter() - middle)
    for name, seconds in times.items():
        print(
            f"  {name:48s} median {1e3 * statistics.median(seconds):6.2f} ms, "
            f"mean {1e3 * statistics.mean(seconds):6.2f} ms, longest {1e3 * max(seconds):6.1f} ms"
        )
    print(f"  files left: {store.info()[0].segments} against {puts}")


def interleaved(
    actions: dict[str, Callable[[], object]], repeats: int, before: Callable[[], None] = lambda: None
) -> dict[str, list[float]]:
    """Seconds of each action in each of the repeats, the actions in turn; one round before is not counted."""
    times: dict[str, list[float]] = {name: [] for name in actions}
    for repeat in range(repeats + 1):
        for name, action in actions.items():
            before()
            start = time.perf_counter()
            result = action()
            seconds = time.perf_counter() - start
            del result
            if repeat:
                times[name].append(seconds)
    return times


def show(times: dict[str, list[float]], size: int, *, yardstick: str) -> dict[str, float]:
    """Print medians and ratios of speed; the ratios, each the median of the ratios within one repeat."""
    ratios = {}
    for name, seconds in times.items():
        pairs = zip(times[yardstick], seconds, strict=True)
        ratios[name] = statistics.median(base / own for base, own in pairs)
        print(f"  {name:40s} {size / 1e9 / statistics.median(seconds):6.2f} GB/s   ratio {ratios[name]:.2f}")
    return ratios


def bar(name: str, value: float, limit: float, *, at_most: bool = False) -> bool:
    met = value <= limit if at_most else value >= limit
    print(
        f"  bar: {name}: {value:.2f}, asked {'<=' if at_most else '>='} {limit:.2f}: {'met' if met else 'NOT met'}"
    )
    return met


def rss_anon() -> int:
    text = Path("/proc/self/status").read_text()
    return 1024 * int(next(line for line in text.splitlines() if line.startswith("RssAnon")).split()[1])


@contextmanager
def sampled_peak() -> Iterator[list[int]]:
    """The highest RssAnon while the block runs, looked at every two milliseconds."""
    peak, done = [rss_anon()], threading.Event()

    def watch() -> None:
        while not done.wait(0.002):
            peak[0] = max(peak[0], rss_anon())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


if __name__ == "__main__":
    sys.exit(main())
