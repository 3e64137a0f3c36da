"""Encoders whose weights lie in a folder.

The folder is described and its space known at once; torch, the tokenizer and the weights are loaded when the first
prompt needs them. Hidden states may be bfloat16, pooling is float32 always. Which path computes the token vectors,
packed or plain, is decided by the architecture.
"""

from __future__ import annotations

import copy
import functools
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, Self

import numpy as np

from semascope.data.seen import read_seen
from semascope.encoders.checkpoints.adapted import put_into
from semascope.encoders.checkpoints.adapter import read_adapter
from semascope.encoders.checkpoints.checkpoint import read_checkpoint
from semascope.encoders.checkpoints.source import Source
from semascope.encoders.completing import complete
from semascope.encoders.engine.grouping import group_by_length, slices_by_length
from semascope.encoders.engine.memory import Memory
from semascope.encoders.long import add_windows, check_long, shares, to_unit_length
from semascope.encoders.precision import (
    TOLERANCE,
    Resolved,
    processor_cores,
    resolve_device,
    resolve_precision,
)
from semascope.encoders.protocol import Lengths, Space, Tokenized
from semascope.encoders.tokens import Tokens
from semascope.errors import ConfigError, EncoderError, PromptTooLarge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import torch
    from numpy.typing import NDArray

    from semascope.encoders.checkpoints.checkpoint import Checkpoint
    from semascope.encoders.engine.packed import PackedPath
    from semascope.encoders.engine.plain import PlainPath
    from semascope.encoders.entry import Entry
    from semascope.encoders.long import Window
    from semascope.types import Array, Ints, Precision, Vectors

Engine = Literal["auto", "packed", "plain"]
_GPU_TOKENS = 65_536  # tokens that go through a GPU at once
_loading = threading.Lock()  # not the encoder's: one that has not loaded yet can be sent to another process


class LocalEncoder:
    """A sentence-transformers or plain transformers checkpoint in a folder.

    Parameters
    ----------
    folder
        Holds config.json or modules.json, the tokenizer and the weights; or an adapter, see ``base``.
    name
        What it is called in tables and messages.
    source
        What ``load_encoder`` takes to make it again; "" takes the whole path of ``folder``.
    revision
        Of a hub id, as it was asked for; None for its main branch, and for all that has none.
    template
        Template family; part of the space.
    precision, device
        Arithmetic and processor; "auto" takes bfloat16 only where it is native.
    trust_remote_code
        Whether code that comes with the checkpoint may run.
    engine
        ``auto`` takes the packed path where the architecture is known to it, else the plain one.
    listed
        Its line in the catalogue, which fills what the folder leaves open; None when it has none.
    remarks
        What else must be stated, for example how it was found in the catalogue.
    long
        What happens to a prompt over the limit, one of ``LONG_WAYS``; part of the space.
    base
        Folder of the checkpoint that the adapter in ``folder`` goes into; None where ``folder`` holds whole weights.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str,
        source: str = "",
        revision: str | None = None,
        template: str = "plain",
        precision: Precision = "auto",
        device: str = "auto",
        trust_remote_code: bool = False,
        engine: Engine = "auto",
        listed: Entry | None = None,
        remarks: tuple[str, ...] = (),
        long: str = "truncate",
        base: Path | None = None,
    ) -> None:
        self.name = name
        # A folder may be given by a path that means another one tomorrow.
        self.source = source or str(folder.absolute())
        self._revision = revision
        self.listed = listed
        describe = functools.partial(
            _describe, folder, trust_remote_code=trust_remote_code, listed=listed, base=base
        )
        self._base = base
        self.checkpoint = describe()
        self._source = Source(self.checkpoint, name=name, describe=describe)
        self.languages = self.checkpoint.languages
        self.dim = self.checkpoint.dim
        self.max_tokens = self.checkpoint.max_tokens
        self.cut = self.checkpoint.cut
        self.stated = (*self.checkpoint.stated, *remarks)
        self._template = template
        self._asked = (precision, device)
        self._trust_remote_code = trust_remote_code
        self._engine = engine
        self._path_reason = ""
        self.long = check_long(long)
        self._sibling: LocalEncoder | None = None  # whose tokenizer, network and threads are used
        self._is_warm = False

    def in_way(self, long: str) -> Self:
        """An encoder that reads long texts in another way, with the tokenizer, network and threads of this one."""
        if check_long(long) == self.long:
            return self
        other = copy.copy(self)
        other.long = check_long(long)
        other._sibling = self._sibling or self
        for known in ("space", "fingerprint"):
            other.__dict__.pop(known, None)
        return other

    @functools.cached_property
    def seen(self) -> NDArray[np.uint64]:
        """Digests of the texts that the folder's model was tuned on; (0,) where it does not say."""
        own = read_seen(self.checkpoint.folder)
        return own if self._base is None else np.union1d(own, read_seen(self._base))

    @functools.cached_property
    def space(self) -> Space:
        """Digest of weights and tokenizer, pooling, limit, template and way of reading long texts."""
        if self._sibling is not None:  # the weights are digested once
            return replace(self._sibling.space, long=self.long)
        return Space(
            weights=self._source.weights,
            tokenizer=self._source.tokenizer,
            pooling=self.checkpoint.pooling,
            normalised=True,
            max_tokens=self.max_tokens,
            template=self._template,
            long=self.long,
        )

    @functools.cached_property
    def device(self) -> str:
        """Processor that computes: "cpu", "cuda", ..."""
        return resolve_device(self._asked[1])

    @functools.cached_property
    def precision(self) -> Resolved:
        """Arithmetic of the hidden states."""
        return resolve_precision(self._asked[0], self.device)

    @functools.cached_property
    def fingerprint(self) -> str:
        """Space and precision: what decides a stored row."""
        return f"{self.space.digest}-{self.precision}"

    @property
    def tolerance(self) -> float:
        """How far an entry of a unit-length row may move with its batch."""
        return TOLERANCE[self.precision]

    @property
    def path(self) -> PackedPath | PlainPath:
        """What computes the token vectors; loads the weights."""
        return self._path

    @property
    def path_reason(self) -> str:
        """Why that path computes; loads the weights."""
        if self._sibling is not None:
            return self._sibling.path_reason
        _ = self._path  # loading it decides
        return self._path_reason

    def load(self) -> None:
        """Load tokenizer and weights, and run one short prompt; nothing where that was done before."""
        owner = self._sibling or self
        if not owner._is_warm:
            self.encode(["warm"])
            owner._is_warm = True

    def check_files(self) -> None:
        """Raise ``EncoderError``, naming the file, unless the files still hold what this encoder was read from."""
        self._source.check()

    @property
    def recipe(self) -> dict[str, str]:
        """What ``load_encoder`` takes to make it again."""
        return {
            "name": self.source,
            "template": self._template,
            "precision": self.precision,
            "long": self.long,
            "revision": self._revision or "",
            "own_code": "runs" if self.checkpoint.code else "",
        }

    def count_tokens(self, prompts: Sequence[str]) -> list[int]:
        """Tokens of each prompt, special ones included, before the cut."""
        return self._tokens.count(prompts)

    def tokens(self, prompts: Sequence[str]) -> list[list[str]]:
        """Pieces of each prompt as the network sees them: special ones included, after the cut, windows in order."""
        return self._tokens.pieces(prompts, long=self.long, family=self._template)

    def decode(self, ids: Sequence[Sequence[int]]) -> list[str]:
        """The text that each sequence of the tokenizer's ids was made of; see ``Tokens.decode``."""
        return self._tokens.decode(ids)

    def lengths(self, prompts: Sequence[str]) -> Lengths:
        """Tokens of each prompt before the cut, those that are lost, and those that are computed."""
        return self._tokens.lengths(prompts, long=self.long, family=self._template)

    def tokenize(self, prompts: Sequence[str]) -> Tokenized:
        """What the network reads of each prompt: its windows, and how long it is."""
        windows = self._tokens.windows(prompts, long=self.long, family=self._template)
        read = np.array([sum(len(each.ids) for each in parts) for parts in windows], dtype=np.int64)
        # Only what fills the limit may be longer, and is tokenized once more to be counted whole.
        full = [
            row for row, parts in enumerate(windows) if len(parts[0].ids) >= self.max_tokens or len(parts) > 1
        ]
        tokens, lost, counts = read.copy(), np.zeros_like(read), np.ones_like(read)
        if full:
            known = self.lengths([prompts[row] for row in full])
            tokens[full], lost[full], counts[full] = known.tokens, known.lost, known.windows
        return Tokenized(
            lengths=Lengths(tokens=tokens, lost=lost, encoded=read, windows=counts), parts=windows
        )

    def compute(self, parts: Sequence[list[Window]], *, cores: int = 1) -> Vectors:
        """(n, d) float32 rows of unit length, on the calling thread and ``cores``; see ``InSteps``."""
        import torch

        if torch.get_num_threads() != cores:  # each thread has its own number
            torch.set_num_threads(cores)
        rows = np.zeros((len(parts), self.dim), dtype=np.float32)
        if not len(parts):
            return rows
        with _loading:
            padded, _ = self._path.name == "plain", self._dense
        sequences = [window.ids for windows in parts for window in windows]
        owners = np.array([row for row, windows in enumerate(parts) for _ in windows])
        weights = np.array([share for windows in parts for share in shares(windows)])
        lengths = list(map(len, sequences))
        for group in group_by_length(lengths, budget=self.group_tokens(), workers=1, padded=padded):
            compute = functools.partial(self._vectors, [sequences[place] for place in group])
            _add(rows, owners[group], weights[group], compute)
        to_unit_length(rows, np.flatnonzero([len(windows) > 1 for windows in parts]))
        return rows

    def encode(self, prompts: Sequence[str]) -> Vectors:
        """(n, d) float32 rows of unit length."""
        rows = np.zeros((len(prompts), self.dim), dtype=np.float32)
        if len(prompts):
            with _loading:  # threads that use it first at once share one network and its workers
                _ = self._path, self._workers, self._dense
        in_windows: list[int] = []
        ahead: Sequence[tuple[Ints, Array, Callable[[], Vectors]]] = []
        for part in slices_by_length(prompts):
            # The workers compute the slice before while this thread tokenizes the next; one slice waits at most.
            read = self._tokens.windows([prompts[row] for row in part], long=self.long, family=self._template)
            in_windows += [row for row, windows in zip(part, read, strict=True) if len(windows) > 1]
            sequences = [window.ids for windows in read for window in windows]
            owners = np.array([row for row, windows in zip(part, read, strict=True) for _ in windows])
            weights = np.array([share for windows in read for share in shares(windows)])
            groups = self._groups(sequences)
            if len(groups) == 1 and len(part) == len(prompts):
                # Handing a single short text to a worker costs as much as a third of computing it.
                (group,) = groups
                compute = functools.partial(self._vectors, [sequences[place] for place in group])
                _add(rows, owners[group], weights[group], compute)
                break
            submitted = [
                (
                    owners[group],
                    weights[group],
                    self._workers.submit(self._vectors, [sequences[place] for place in group]).result,
                )
                for group in groups
            ]
            for waiting in ahead:
                _add(rows, *waiting)
            ahead = submitted
        for waiting in ahead:
            _add(rows, *waiting)
        to_unit_length(rows, np.array(in_windows, dtype=np.int64))
        return rows

    def _groups(self, sequences: list[list[int]]) -> list[list[int]]:
        return group_by_length(
            list(map(len, sequences)),
            budget=self.group_tokens(),
            workers=self.worker_count,
            padded=self._path.name == "plain",
        )

    @property
    def worker_count(self) -> int:
        """Threads that compute, one group of texts each."""
        return processor_cores() if self.device == "cpu" else 1

    def group_tokens(self) -> int:
        """Tokens that go through the network at once, at most; a single longer text goes alone. Loads the weights."""
        budget = self._path.cpu_tokens if self.device == "cpu" else _GPU_TOKENS
        return min(budget, self._memory.tokens)

    @functools.cached_property
    def _workers(self) -> ThreadPoolExecutor:
        """One thread a core, each computing alone; one thread for a GPU.

        torch's own threads meet after every product; on a machine with other work each meeting waits for the
        scheduler (``docs/performance.md``).
        """
        if self._sibling is not None:
            return self._sibling._workers
        import torch

        return ThreadPoolExecutor(
            self.worker_count,
            thread_name_prefix="encode",
            initializer=torch.set_num_threads,
            initargs=(1,),
        )

    def _vectors(self, sequences: list[list[int]]) -> Vectors:
        """(n, d) rows of sequences that all hold a token; halved as often as memory asks for it."""
        return self._memory.halve(self._compute, sequences, name=self.name)

    def _compute(self, sequences: list[list[int]]) -> Vectors:
        import torch

        from semascope.encoders.engine.pooling import pool

        with torch.inference_mode():
            states = self._path.states(sequences)
            lengths = torch.tensor([len(ids) for ids in sequences], device=states.device)
            pooled = pool(states, lengths, self.checkpoint.pooling)
            for layer in self._dense:
                pooled = layer(pooled)
            pooled = torch.nn.functional.normalize(pooled, dim=1)
        vectors: Vectors = pooled.cpu().numpy()
        return vectors

    @functools.cached_property
    def _dense(self) -> list[torch.nn.Module]:
        if self._sibling is not None:
            return self._sibling._dense
        from semascope.encoders.engine.dense import load_dense

        with self._source.unchanged():
            return [load_dense(module, self.device) for module in self.checkpoint.dense]

    @functools.cached_property
    def _memory(self) -> Memory:
        return Memory() if self._sibling is None else self._sibling._memory

    @functools.cached_property
    def _tokens(self) -> Tokens:
        if self._sibling is not None:
            return self._sibling._tokens
        return Tokens(
            self.checkpoint,
            name=self.name,
            trust_remote_code=self._trust_remote_code,
            loading=self._source.unchanged,
        )

    @functools.cached_property
    def _path(self) -> PackedPath | PlainPath:
        if self._sibling is not None:
            return self._sibling._path
        from semascope.encoders.engine.network import load_network

        with self._source.unchanged():
            network = load_network(
                self.checkpoint,
                name=self.name,
                precision=self.precision,
                device=self.device,
                trust_remote_code=self._trust_remote_code,
            )
        self._tokens.check_fit(network.get_input_embeddings().weight.shape[0])
        from semascope.encoders.engine.packed import PackedPath, unpackable
        from semascope.encoders.engine.plain import PlainPath

        why_not = unpackable(network, longest=self.max_tokens)
        if self._engine == "packed" and why_not:
            raise ConfigError(
                f"engine is 'packed'; encoder {self.name!r} takes the plain path ({why_not}); choose auto or plain"
            )
        known = f"the packed engine knows architecture {network.config.model_type!r}"
        self._path_reason = "as asked" if self._engine != "auto" else why_not or known
        if self._engine == "plain" or why_not:
            return PlainPath(network, padding=self._tokens.padding)
        return PackedPath(network, longest=self.max_tokens)


def _describe(
    folder: Path, *, trust_remote_code: bool, listed: Entry | None, base: Path | None
) -> Checkpoint:
    found = complete(read_checkpoint(base or folder, trust_remote_code=trust_remote_code), listed)
    if base is None:
        return found
    adapter = read_adapter(folder)
    if adapter is None:  # it was there when the encoder was asked for
        raise EncoderError(f"{folder} no longer holds an adapter; save it again, then load the encoder again")
    return put_into(found, adapter, folder)


def _add(rows: Vectors, owners: Ints, weights: Array, result: Callable[[], Vectors]) -> None:
    """Add the vectors of a group to the rows of the prompts that own them."""
    try:
        found = result()
    except PromptTooLarge as error:
        error.place = int(owners[error.place])
        raise
    add_windows(rows, owners, weights, found)
