"""Encoders whose weights lie in a folder: the plain path through transformers.

The folder is described and its space known at once; torch, the tokenizer and the weights are loaded when the first
prompt needs them. Hidden states may be bfloat16, pooling is float32 always (in bfloat16 it costs two digits).
"""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.encoders import checkpoint as checkpoints
from semascope.encoders.precision import Resolved, processor_cores, resolve_device, resolve_precision
from semascope.encoders.protocol import Space
from semascope.errors import EncoderError
from semascope.extras import require

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import torch

    from semascope.types import Precision, Vectors

# Tokens, padding included, that go through the network at once: beyond this a core gains nothing and page-faults.
_CPU_TOKENS = 1_024
_GPU_TOKENS = 65_536
_TOLERANCE = {"float32": 2e-6, "bfloat16": 2e-2}


class LocalEncoder:
    """A sentence-transformers or plain transformers checkpoint in a folder.

    Parameters
    ----------
    folder
        Holds config.json or modules.json, the tokenizer and the weights.
    name
        What the user typed; shown in tables.
    template
        Template family; part of the space.
    precision, device
        Arithmetic and processor; "auto" takes bfloat16 only where it is native.
    trust_remote_code
        Whether code that comes with the checkpoint may run.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str,
        template: str = "plain",
        precision: Precision = "auto",
        device: str = "auto",
        trust_remote_code: bool = False,
        languages: frozenset[str] | None = None,
    ) -> None:
        self.name = name
        self.checkpoint = checkpoints.read_checkpoint(folder)
        self.languages = languages or self.checkpoint.languages
        self.dim = self.checkpoint.dim
        self.max_tokens = self.checkpoint.max_tokens
        self.stated = self.checkpoint.stated
        self._template = template
        self._asked = (precision, device)
        self._trust_remote_code = trust_remote_code

    @functools.cached_property
    def space(self) -> Space:
        """Digest of weights and tokenizer, pooling, limit and template."""
        return Space(
            weights=checkpoints.weights_digest(self.checkpoint),
            tokenizer=checkpoints.tokenizer_digest(self.checkpoint),
            pooling=self.checkpoint.pooling,
            normalised=True,
            max_tokens=self.max_tokens,
            template=self._template,
        )

    @functools.cached_property
    def device(self) -> str:
        """Processor that computes: "cpu", "cuda", ..."""
        return resolve_device(self._asked[1])

    @functools.cached_property
    def precision(self) -> Resolved:
        """Arithmetic of the hidden states."""
        return resolve_precision(self._asked[0], self.device)

    @property
    def fingerprint(self) -> str:
        """Space and precision: what decides a stored row."""
        return f"{self.space.digest}-{self.precision}"

    @property
    def tolerance(self) -> float:
        """How far an entry of a unit-length row may move with its batch."""
        return _TOLERANCE[self.precision]

    def load(self) -> None:
        """Load tokenizer and weights, and run one short prompt."""
        _ = self._tokenizer, self._model
        self.encode(["warm"])

    def count_tokens(self, prompts: Sequence[str]) -> list[int]:
        """Tokens of each prompt, special ones included, before the cut."""
        return [len(ids) for ids in self._tokenize(prompts, cut=False)]

    def encode(self, prompts: Sequence[str]) -> Vectors:
        """(n, d) float32 rows of unit length."""
        rows = np.empty((len(prompts), self.dim), dtype=np.float32)
        tokens = self._tokenize(prompts, cut=True)
        groups = self._groups(tokens)
        if len(groups) > 1 and self.device == "cpu":
            found = self._workers.map(lambda group: self._forward([tokens[row] for row in group]), groups)
        else:
            found = (self._forward([tokens[row] for row in group]) for group in groups)
        for group, vectors in zip(groups, found, strict=True):
            rows[group] = vectors
        return rows

    def _groups(self, tokens: list[list[int]]) -> list[list[int]]:
        """Rows of like length that go through the network together."""
        budget = _GPU_TOKENS if self.device.startswith("cuda") else _CPU_TOKENS
        order = sorted(range(len(tokens)), key=lambda row: len(tokens[row]))
        groups: list[list[int]] = []
        for row in order:
            if groups and (len(groups[-1]) + 1) * len(tokens[row]) <= budget:
                groups[-1].append(row)
            else:
                groups.append([row])
        return groups

    @functools.cached_property
    def _workers(self) -> ThreadPoolExecutor:
        """One thread a core, each computing alone.

        torch's own threads meet after every product; on a machine with other work each meeting waits for the
        scheduler (``docs/performance.md``).
        """
        import torch

        return ThreadPoolExecutor(processor_cores(), initializer=torch.set_num_threads, initargs=(1,))

    def _tokenize(self, prompts: Sequence[str], *, cut: bool) -> list[list[int]]:
        if not prompts:
            return []
        if self.checkpoint.lower_case:
            prompts = [prompt.lower() for prompt in prompts]
        encoded = self._tokenizer(
            list(prompts),
            truncation=cut,
            max_length=self.max_tokens if cut else None,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )
        ids: list[list[int]] = encoded["input_ids"]
        return ids

    def _forward(self, tokens: list[list[int]]) -> Vectors:
        import torch

        model = self._model
        longest = max(1, max(map(len, tokens)))
        ids = torch.full((len(tokens), longest), self._padding, dtype=torch.long)
        mask = torch.zeros((len(tokens), longest), dtype=torch.long)
        for row, row_tokens in enumerate(tokens):
            ids[row, : len(row_tokens)] = torch.tensor(row_tokens, dtype=torch.long)
            mask[row, : len(row_tokens)] = 1
        with torch.inference_mode():
            output = model(input_ids=ids.to(self.device), attention_mask=mask.to(self.device))
            pooled = _pool(output.last_hidden_state, mask.to(self.device), self.checkpoint.pooling)
            pooled = torch.nn.functional.normalize(pooled, dim=1)
        vectors: Vectors = pooled.cpu().numpy()
        return vectors

    @functools.cached_property
    def _tokenizer(self) -> Any:
        transformers = require("transformers", purpose=f"encoder {self.name!r}")
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(
                self.checkpoint.transformer, trust_remote_code=self._trust_remote_code
            )
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise EncoderError(_cannot("tokenizer", self, error)) from error
        return tokenizer

    @functools.cached_property
    def _padding(self) -> int:
        # Padded positions are masked, so any valid index does; decoders often name none.
        return int(self._tokenizer.pad_token_id or 0)

    @functools.cached_property
    def _model(self) -> Any:
        torch = require("torch", purpose=f"encoder {self.name!r}")
        transformers = require("transformers", purpose=f"encoder {self.name!r}")
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            model, report = transformers.AutoModel.from_pretrained(
                self.checkpoint.transformer,
                dtype=getattr(torch, self.precision),
                trust_remote_code=self._trust_remote_code,
                output_loading_info=True,
            )
        except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
            raise EncoderError(_cannot("weights", self, error)) from error
        # A pooler head is never used here, so sentence checkpoints may leave it out; anything else would be noise.
        missing = [name for name in report["missing_keys"] if "pooler" not in name]
        if missing:
            raise EncoderError(
                f"checkpoint {self.name!r} lacks {len(missing)} weights, the first is {missing[0]!r}; all must be there,"
                " or vectors would be noise; fetch the checkpoint again"
            )
        return model.eval().to(self.device)


def _pool(states: torch.Tensor, mask: torch.Tensor, pooling: str) -> torch.Tensor:
    """(b, t, d) states and (b, t) mask of right-padded rows -> (b, d) float32."""
    import torch

    states = states.float()
    if pooling == "cls":
        return states[:, 0]
    if pooling == "last":
        last = mask.sum(dim=1).clamp(min=1) - 1  # from the mask: the last real token
        return states[torch.arange(len(states), device=states.device), last]
    weights = mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1e-9)


def _cannot(what: str, encoder: LocalEncoder, error: Exception) -> str:
    reason = " ".join(str(error).split())[:300]
    return f"the {what} of encoder {encoder.name!r} cannot be loaded ({reason}); check the folder {encoder.checkpoint.folder}"
