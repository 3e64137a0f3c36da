"""Everything that a running service holds: its artifacts by name, their encoders, its settings and its numbers."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from semascope.errors import ConfigError
from semascope.serve.describing import with_article
from semascope.serve.guarding.memory import Memory
from semascope.serve.metrics import Metrics
from semascope.serve.refusals import NotThere
from semascope.serve.reloading import Reloading
from semascope.serve.searching import SearchThreads
from semascope.serve.served.encoder import ServedEncoder
from semascope.serve.served.encoders import SharedEncoders
from semascope.serve.served.index import ServedIndex
from semascope.serve.served.learner import ServedLearner
from semascope.serve.served.opening import open_served
from semascope.serve.served.scorer import ServedScorer
from semascope.serve.served.wanted import Computed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from semascope.serve.served.wanted import Wanted
    from semascope.serve.settings import ServeSettings
    from semascope.store.vectors import VectorStore

_SHOWN = 80  # letters of a name that are repeated
_AT_THE_START = {
    "scorer or learner": "RUN",
    "learner": "MODEL, which semascope learn wrote",
    "encoder": "ENCODER",
    "index": "FOLDER, which semascope index wrote",
}
_ASKED_BY = {
    "scorer": "POST /v1/score",
    "learner": "POST /v1/score",
    "index": "POST /v1/search",
    "encoder": "POST /v1/embeddings",
}


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
        self.memory = Memory(settings.most_memory)
        self.metrics.watch_memory(self.memory)
        self.encoders = SharedEncoders(store=store, most_waiting=settings.most_waiting, watcher=self.metrics)
        self.search_threads = SearchThreads(most_waiting=settings.most_waiting)
        self.is_ready = False
        _check_names(wanted)
        self.served: dict[str, Any] = {}
        self.reloading = self._reloading(wanted)  # looks at files before they are read: they may change
        for each in wanted:
            self.served[each.name] = self._open(each, self.settings)
        if settings.learn:
            self._check_learns()

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
        self.reloading.start(watch=self.settings.watch)
        self.is_ready = True

    async def stop(self) -> None:
        """Finish what was accepted."""
        self.is_ready = False
        await self.reloading.stop()
        await self.search_threads.stop()
        await self.encoders.stop()
        for learner in self._learners():
            await learner.stop()

    async def reload(self, names: Iterable[str] | None = None) -> list[str]:
        """Read artifacts again whose files have changed; see ``Reloading.reload``."""
        return await self.reloading.reload(names)

    def scorer(self, name: str | None = None) -> ServedScorer:
        """The scorer or learner of this name, or the first one."""
        found: ServedScorer = self._of(ServedScorer, name, what="scorer or learner")
        return found

    def learner(self, name: str | None = None) -> ServedLearner:
        """The learner of this name, or the first one.

        Raises
        ------
        NotThere
            For a name that nothing has, and where nothing that is served is a learner.
        ConfigError
            For a scorer without examples.
        """
        if name is None:
            found: ServedLearner = self._of(ServedLearner, None, what="learner")
            return found
        asked = self.scorer(name)
        if isinstance(asked, ServedLearner):
            return asked
        raise ConfigError(
            f"{asked.name!r} is a scorer ({asked.scorer.card.head}) without examples; this needs the model of a learner; serve one"
            " that semascope learn wrote"
        )

    def _check_learns(self) -> None:
        if next(self._learners(), None) is None:
            raise ConfigError(
                f"--learn is on, and served are {', '.join(map(_with_kind, self.served.values()))}; only a learner learns; serve the"
                " model of semascope learn, or leave --learn out"
            )

    def _learners(self) -> Iterator[ServedLearner]:
        return (each for each in self.served.values() if isinstance(each, ServedLearner))

    def encoder(self, name: str | None = None) -> Any:
        """What embeds under this name: an encoder, or the encoder of another artifact."""
        return self._of(ServedEncoder, name, what="encoder")

    def index(self, name: str | None = None) -> ServedIndex:
        """The index of this name, or the first one."""
        found: ServedIndex = self._of(ServedIndex, name, what="index")
        return found

    def _of(self, kind: type[Any], name: str | None, *, what: str) -> Any:
        known = {each.name: each for each in self.served.values() if isinstance(each, kind)}
        if name is None and not known:
            raise NotThere(
                f"no {what} is served here; name one at the start: semascope serve {_AT_THE_START[what]}"
            )
        if name is None:
            return next(iter(known.values()))
        if name not in known:
            raise NotThere(self._not_of(name, known, what))
        return known[name]

    def _not_of(self, name: str, known: Iterable[str], what: str) -> str:
        """What is said of a name that is not among those of a kind."""
        named = f"{name[:_SHOWN]!r} is asked for as {what}"
        if other := self.served.get(name):
            named += f", and is {with_article(other.kind)}, which {_ASKED_BY[other.kind]} asks"
        listed = ", ".join(known)
        return (
            f"{named}; known are {listed}; name one of them"
            if listed
            else f"{named}; none is served here; GET /v1/models lists what is"
        )

    def _open(self, wanted: Wanted, settings: ServeSettings) -> Any:
        return open_served(wanted, self.encoders, self._computed, settings, store=self.encoders.store)

    def _reloading(self, wanted: Sequence[Wanted]) -> Reloading:
        return Reloading(
            self.served,
            wanted,
            open=partial(self._open, settings=replace(self.settings, learn=False)),  # one writer, not two
            encoders=self.encoders,
            metrics=self.metrics,
            learn=self.settings.learn,
        )


def _with_kind(served: Any) -> str:
    return f"{served.name} ({served.kind})"


def _check_names(wanted: Sequence[Wanted]) -> None:
    seen: dict[str, Wanted] = {}
    for each in wanted:
        first = seen.setdefault(each.name, each)
        if first is not each:
            raise ConfigError(
                f"artifacts {first.source!r} and {each.source!r} are both called {each.name!r}; each needs a name of its own;"
                f" write NAME={each.source}"
            )
