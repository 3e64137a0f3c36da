"""What a name or a path on the command line stands for, opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from semascope.encoders.loading import load_encoder
from semascope.errors import ArtifactError, ConfigError
from semascope.learner.model_file import EXAMPLES
from semascope.learner.online.durable import DurableLearner
from semascope.learner.opening import open_model
from semascope.probes.artifact import load_artifact, load_attachments
from semascope.probes.artifact_files import CARD
from semascope.probes.card_encoder import load_card_encoder
from semascope.probes.scorer import Scorer
from semascope.serve.learning.writer import Writer
from semascope.serve.served.encoder import ServedEncoder
from semascope.serve.served.learner import ServedLearner
from semascope.serve.served.scorer import ServedScorer

if TYPE_CHECKING:
    from semascope.probes.card import Card
    from semascope.serve.served.encoders import SharedEncoder, SharedEncoders
    from semascope.serve.settings import ServeSettings
    from semascope.types import Precision

_WINNER = "winner"  # of a run folder


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """One artifact as it was asked for."""

    name: str
    source: str  # a path, or the name of an encoder


@dataclass(frozen=True, kw_only=True, slots=True)
class Computed:
    """How encoders compute."""

    precision: Precision = "auto"
    device: str = "auto"
    trust_remote_code: bool = False


def read_wanted(asked: str) -> Wanted:
    """``NAME=PATH`` or a path or an encoder; without a name the last part of the path, or the encoder's own."""
    if Path(asked).exists() or "=" not in asked.partition("://")[0]:
        return Wanted(name=_name_of(asked), source=asked)
    name, _, source = asked.partition("=")
    if not name.strip() or not source.strip():
        raise ConfigError(
            f"artifact is {asked!r}; accepted are a path, an encoder, or NAME= before either; write for example taste=runs/x"
        )
    return Wanted(name=name.strip(), source=source.strip())


def open_served(
    wanted: Wanted, encoders: SharedEncoders, computed: Computed, settings: ServeSettings
) -> ServedScorer | ServedEncoder:
    """What the artifact offers; nothing is loaded that takes long, but what is wrong with it is said."""
    path = Path(wanted.source).expanduser()
    if (path / _WINNER).is_dir():
        path = path / _WINNER
    if path.is_file() or (path / CARD).is_file():
        return _scorer(wanted, path, encoders, computed, settings)
    encoder = load_encoder(
        wanted.source,
        precision=computed.precision,
        device=computed.device,
        trust_remote_code=computed.trust_remote_code,
    )
    return ServedEncoder(wanted.name, encoders.share(encoder))


def _scorer(
    wanted: Wanted, path: Path, encoders: SharedEncoders, computed: Computed, settings: ServeSettings
) -> ServedScorer:
    card, _ = load_artifact(path)
    if card.custom:
        raise ArtifactError(
            f"{path} was trained on vectors that class {card.custom!r} makes with code of its own; a service has no such code; serve"
            " one whose vectors an encoder makes"
        )
    shared = _encoder_of(card, encoders, computed)
    if shared is not None and load_attachments(path, only={EXAMPLES}):
        return _learner(wanted.name, path, card, shared, settings)
    scorer = Scorer.load(path, encoder=None if shared is None else shared.encoder)
    return ServedScorer(wanted.name, scorer, shared)


def _learner(
    name: str, path: Path, card: Card, shared: SharedEncoder, settings: ServeSettings
) -> ServedLearner:
    folder = path.parent  # of a store that is never asked: the service makes the vectors
    if settings.learn:
        durable = DurableLearner.open(path, shared.encoder, folder)
        writer = Writer(durable, name=name, most_waiting=settings.most_waiting)
        return ServedLearner(name, card, lambda: durable.model, shared, writer)
    model = open_model(shared.encoder, path, folder)
    return ServedLearner(name, card, lambda: model, shared, None)


def _encoder_of(card: Card, encoders: SharedEncoders, computed: Computed) -> SharedEncoder | None:
    if not card.encoder:
        return None
    encoder = load_card_encoder(
        card,
        precision=computed.precision,
        device=computed.device,
        trust_remote_code=computed.trust_remote_code,
    )
    return encoders.share(encoder)


def _name_of(source: str) -> str:
    path = Path(source)
    name = path.parent.name if path.name == _WINNER and path.parent.name else path.name
    return name.removesuffix(".zip") or source
