"""Content keys: which prompt, read by which encoder."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from semascope.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Array, Ints

KEY_BYTES = 16
KEY_VERSION = 1  # enters every key: a new way of joining never meets keys of the old one

Keys: TypeAlias = NDArray[np.uint8]
"""(n, 16) uint8, row i is the key of prompt i."""

Words: TypeAlias = NDArray[np.uint64]
"""(n, 2) uint64, the same 16 bytes as two numbers, which is how they are compared."""


def prompt_keys(fingerprint: str, prompts: Sequence[str]) -> Keys:
    """Content key of each prompt under one encoder.

    Parameters
    ----------
    fingerprint
        Of the encoder: all that changes a stored row.
    prompts
        n exact strings that the encoder sees. Lone surrogates and NUL are allowed, nothing is normalised.

    Returns
    -------
    Keys
        (n, 16) uint8. Equal rows mean the same fingerprint and the same prompt, up to the collisions of a
        128-bit hash.

    Notes
    -----
    A key is BLAKE2b with a digest of 16 bytes over: the key version (1 byte), the length of the fingerprint in
    bytes (8 bytes, little-endian), the fingerprint, the prompt; both in UTF-8, lone surrogates in their three-byte form
    (Python's ``surrogatepass``). The length makes the joining injective: no pair of fingerprint and prompt
    reads like another pair.

    Examples
    --------
    >>> prompt_keys("hash:16", ["tide tables"]).tobytes().hex()
    '2803b7d2e9340fd7910f5283a68b0a03'
    >>> bool((prompt_keys("ab", ["c"]) == prompt_keys("a", ["bc"])).all())
    False
    """
    name = fingerprint.encode("utf-8", "surrogatepass")
    start = blake2b(bytes([KEY_VERSION]) + len(name).to_bytes(8, "little") + name, digest_size=KEY_BYTES)
    digests = bytearray()
    for prompt in prompts:
        state = start.copy()
        state.update(prompt.encode("utf-8", "surrogatepass"))
        digests += state.digest()
    return np.frombuffer(digests, dtype=np.uint8).reshape(-1, KEY_BYTES)


def key_words(keys: Array) -> Words:
    """The keys as pairs of 64-bit numbers, (n, 2).

    Raises
    ------
    StoreError
        For anything but an (n, 16) array of uint8.
    """
    if keys.dtype != np.uint8 or keys.ndim != 2 or keys.shape[1] != KEY_BYTES:
        raise StoreError(
            f"keys is {keys.dtype} of shape {keys.shape}; keys are uint8 of shape (n, {KEY_BYTES}); "
            "make them with prompt_keys"
        )
    return np.ascontiguousarray(keys).view(np.uint64)


def first_occurrences(words: Words) -> Ints:
    """Ascending positions of the rows that do not repeat an earlier row."""
    high = np.sort(words[:, 0])
    if not (high[1:] == high[:-1]).any():  # the common case, one cheap sort
        return np.arange(len(words), dtype=np.int64)
    whole = np.ascontiguousarray(words).view(np.dtype((np.void, KEY_BYTES))).ravel()
    return np.sort(np.unique(whole, return_index=True)[1]).astype(np.int64)
