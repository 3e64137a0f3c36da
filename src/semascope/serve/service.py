"""Everything that a running service holds: its artifacts by name, their encoders, its settings and its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semascope.errors import ConfigError
from semascope.serve.metrics import Metrics
from semascope.serve.refusals import NotThere
from semascope.serve.served.encoder import ServedEncoder
from semascope.serve.served.encoders import SharedEncoders
from semascope.serve.served.learner import ServedLearner
from semascope.serve.served.opening import Computed, open_served
from semascope.serve.served.scorer import ServedScorer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from semascope.serve.served.opening import Wanted
    from semascope.serve.settings import ServeSettings
    from semascope.store.vectors import VectorStore


class Service:
    """Artifacts that are open, and what they share.

    Parameters
    ----------
    wanted
        One artifact or more, of different names; the first of a kind answers where none is named.
    store
        Asked for vectors first; None computes everything.
    """

    def __init__(
        self,
        wanted: Sequence[Wanted],
        settings: ServeSettings,
        *,
        computed: Computed | None = None,
        store: VectorStore | None = None,
    ) -> None:
        self.settings, self._computed = settings, computed or Computed()
        self.metrics = Metrics()
        self.encoders = SharedEncoders(store=store, most_waiting=settings.most_waiting, watcher=self.metrics)
        self.is_ready = False
        self.served: dict[str, Any] = {}
        for each in wanted:
            if each.name in self.served:
                raise ConfigError(
                    f"two artifacts are called {each.name!r}; each needs a name of its own; write NAME=PATH"
                )
            self.served[each.name] = open_served(each, self.encoders, self._computed, settings)

    def load(self) -> None:
        """Load what takes long, once, before anybody asks."""
        for shared in self.encoders:
            shared.load()

    def start(self) -> None:
        """Begin on the running loop."""
        for shared in self.encoders:
            shared.start()
        for learner in self._learners():
            learner.start()
        self.is_ready = True

    async def stop(self) -> None:
        """Finish what was accepted."""
        self.is_ready = False
        for shared in self.encoders:
            await shared.stop()
        for learner in self._learners():
            await learner.stop()

    def scorer(self, name: str | None = None) -> ServedScorer:
        """The scorer or learner of this name, or the first one."""
        found: ServedScorer = self._of(ServedScorer, name, what="scorer or learner")
        return found

    def learner(self, name: str | None = None) -> ServedLearner:
        """The learner of this name, or the first one.

        Raises
        ------
        ConfigError
            For a scorer without examples.
        """
        found = next(self._learners(), None) if name is None else None
        asked = found or self.scorer(name)
        if isinstance(asked, ServedLearner):
            return asked
        raise ConfigError(
            f"{asked.name!r} is a scorer ({asked.scorer.card.head}) without examples; this needs the model of a learner; serve one"
            " that semascope learn wrote"
        )

    def _learners(self) -> Iterator[ServedLearner]:
        return (each for each in self.served.values() if isinstance(each, ServedLearner))

    def encoder(self, name: str | None = None) -> Any:
        """What embeds under this name: an encoder, or the encoder of another artifact."""
        return self._of(ServedEncoder, name, what="encoder")

    def _of(self, kind: type[Any], name: str | None, *, what: str) -> Any:
        known = {each.name: each for each in self.served.values() if isinstance(each, kind)}
        if name is None and known:
            return next(iter(known.values()))
        if name is not None and name in known:
            return known[name]
        given = "none is named" if name is None else f"{name!r} is asked for"
        listed = f"known are {', '.join(known)}" if known else "this service has none"
        raise NotThere(f"{given} as {what}; {listed}; name one of them")
