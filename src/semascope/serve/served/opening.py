"""What a name or a path on the command line stands for, opened."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from semascope.encoders.catalogue import packaged_encoders
from semascope.errors import ArtifactError, ConfigError, EncoderError
from semascope.learner.model_file import EXAMPLES
from semascope.learner.online.durable import DurableLearner
from semascope.learner.opening import open_model
from semascope.probes.artifact import load_artifact, load_attachments
from semascope.probes.artifact_files import CARD
from semascope.probes.scorer import Scorer
from semascope.retrieval.indexes.card import is_index, read_card
from semascope.serve.learning.writer import Writer
from semascope.serve.served.encoder import ServedEncoder
from semascope.serve.served.index import ServedIndex
from semascope.serve.served.learner import ServedLearner
from semascope.serve.served.scorer import ServedScorer
from semascope.serve.served.wanted import refuse_missing, refuse_runs, taken_for
from semascope.words.numbers import count

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.encoders.protocol import Encoder
    from semascope.probes.card import Card
    from semascope.serve.served.encoders import SharedEncoder, SharedEncoders
    from semascope.serve.served.wanted import Computed, Wanted
    from semascope.serve.settings import ServeSettings
    from semascope.store.vectors import VectorStore


def open_served(
    wanted: Wanted,
    encoders: SharedEncoders,
    computed: Computed,
    settings: ServeSettings,
    *,
    store: VectorStore | None = None,
) -> ServedScorer | ServedIndex | ServedEncoder:
    """What the artifact offers; nothing is loaded that takes long, but what is wrong with it is said.

    Parameters
    ----------
    store
        For an index whose encoder somebody is paid for.
    """
    path = wanted.path
    if wanted.source not in packaged_encoders():
        refuse_missing(wanted.source, path)
        if is_index(path):
            return _index(wanted, path, encoders, computed, store)
        if path.is_file() or (path / CARD).is_file():
            return _scorer(wanted, path, encoders, computed, settings)
        refuse_runs(wanted.source, path)
    if wanted.encoder:
        raise ConfigError(
            f"encoder is {wanted.encoder!r} for {wanted.name}, which is an encoder itself; leave it out, or serve that one"
        )
    return ServedEncoder(wanted.name, encoders.share(_encoder(wanted.source, computed)))


def _encoder(source: str, computed: Computed) -> Encoder:
    """The encoder; where there is none, why it was looked up as one, as a mistyped path is."""
    try:
        return computed.encoder(source)
    except (ConfigError, EncoderError) as error:
        if said := taken_for(source):
            kind = ConfigError if isinstance(error, ConfigError) else EncoderError
            raise kind(f"{said}: {error}") from error
        raise


def _index(
    wanted: Wanted, path: Path, encoders: SharedEncoders, computed: Computed, store: VectorStore | None
) -> ServedIndex:
    cards = read_card(path).encoders
    if wanted.encoder and len(cards) != 1:
        raise ConfigError(
            f"encoder is {wanted.encoder!r} for {wanted.name}, an index with {count(len(cards), 'encoder')}; it stands for the only"
            " one; leave it out"
        )
    load = partial(computed.of_card, given=wanted.encoder)
    return ServedIndex.open(wanted.name, path, encoders, load=load, store=store)


def _scorer(
    wanted: Wanted, path: Path, encoders: SharedEncoders, computed: Computed, settings: ServeSettings
) -> ServedScorer:
    card, _ = load_artifact(path)
    if card.custom:
        raise ArtifactError(
            f"{path} was trained on vectors that class {card.custom!r} makes with code of its own; a service has no such code; serve"
            " one whose vectors an encoder makes"
        )
    if wanted.encoder and not card.encoder:
        raise ConfigError(
            f"encoder is {wanted.encoder!r} for {wanted.name}, a scorer ({card.head}) that reads no vectors; leave it out"
        )
    shared = encoders.share(computed.of_card(card, wanted.encoder)) if card.encoder else None
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
