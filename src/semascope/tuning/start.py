"""What a recipe begins with: a checkpoint, read with the recipe's limit and pooling. No torch until it is loaded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from semascope.encoders.checkpoints.configuration import read_object
from semascope.encoders.local import LocalEncoder
from semascope.encoders.tokens import Tokens
from semascope.errors import ConfigError

if TYPE_CHECKING:
    from semascope.encoders.checkpoints.checkpoint import Checkpoint
    from semascope.encoders.protocol import Encoder
    from semascope.tuning.network import TextNetwork
    from semascope.tuning.recipe import NetworkRecipe

MOST_TOKENS = 256
"""Tokens read of a text where the recipe names no limit: training costs as much as its tokens."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """Sizes of a network."""

    width: int
    layers: int
    words: int  # token vectors


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """What is tuned, before it is: a checkpoint with the limit and the pooling of the recipe."""

    encoder: LocalEncoder
    checkpoint: Checkpoint
    tokens: Tokens
    trust_remote_code: bool

    @classmethod
    def of(cls, encoder: Encoder, recipe: NetworkRecipe, *, trust_remote_code: bool = False) -> Start:
        """The start of a recipe.

        Raises
        ------
        ConfigError
            For an encoder without a network that can be trained, and a limit that it does not have.
        """
        if not isinstance(encoder, LocalEncoder) or encoder.checkpoint.dense:
            what = "has layers behind its pooling" if isinstance(encoder, LocalEncoder) else "is no network"
            raise ConfigError(
                f"tuned model {recipe.base!r} {what}; what can be tuned is a transformers or sentence-transformers"
                " checkpoint whose pooling is its last layer; name another"
            )
        if encoder.checkpoint.code:
            raise ConfigError(
                f"tuned model {recipe.base!r} brings code of its own, which would have to be kept with what is trained; what can be"
                " tuned is a network of transformers; name another"
            )
        if recipe.keeps_adapter and encoder.checkpoint.adapter:
            raise ConfigError(
                f"tuned model {recipe.base!r} is an adapter on {encoder.checkpoint.adapter.base!r}, and merge=no would keep an adapter"
                " on it: one goes into whole weights; leave out merge=no, or tune the base"
            )
        limit = encoder.max_tokens
        if recipe.tokens is not None and recipe.tokens > limit:
            raise ConfigError(
                f"tuned model {recipe.base!r} is to read {recipe.tokens:,} tokens; it reads at most {limit:,}; lower tokens"
            )
        checkpoint = replace(
            encoder.checkpoint,
            max_tokens=recipe.tokens or min(limit, MOST_TOKENS),
            pooling=encoder.checkpoint.pooling if recipe.pooling == "own" else recipe.pooling,
        )
        tokens = Tokens(checkpoint, name=encoder.name, trust_remote_code=trust_remote_code)
        return cls(encoder=encoder, checkpoint=checkpoint, tokens=tokens, trust_remote_code=trust_remote_code)

    def shape(self) -> Shape:
        """How large its network is, as far as its configuration says."""
        config = read_object(self.checkpoint.transformer / "config.json")
        config = config.get("text_config") or config
        layers = config.get("num_hidden_layers") or config.get("n_layers") or 12
        width = config.get("hidden_size") or config.get("dim") or self.checkpoint.dim
        return Shape(width=int(width), layers=int(layers), words=int(config.get("vocab_size") or 0))

    def load(self, *, outputs: int, recipe: NetworkRecipe, device: str, seed: int) -> TextNetwork:
        """The network with a head of zeros, what the recipe trains marked so; adapters are drawn from the seed."""
        import torch

        from semascope.encoders.engine.network import load_network
        from semascope.tuning.dropout import seed_dropout
        from semascope.tuning.network import TextNetwork

        network = load_network(
            self.checkpoint,
            name=self.encoder.name,
            precision="float32",
            device=device,
            trust_remote_code=self.trust_remote_code,
        )
        self.tokens.check_fit(network.get_input_embeddings().weight.shape[0])
        if recipe.lora:
            from semascope.tuning.adapters import put_adapters

            with torch.random.fork_rng():
                torch.manual_seed(seed)
                put_adapters(network, recipe)
        elif not recipe.words:
            network.get_input_embeddings().weight.requires_grad_(False)
        seed_dropout(network)
        return TextNetwork(
            network,
            pooling=self.checkpoint.pooling,
            padding=self.tokens.padding,
            width=self.checkpoint.dim,
            outputs=outputs,
            longest=self.checkpoint.max_tokens,
        )
