"""An encoder behind an API, which keeps the promises of any other one."""

from __future__ import annotations

import copy
import functools
import math
import threading
import time
from typing import TYPE_CHECKING, Self

import numpy as np

from semascope.encoders.api.batching import fill_batches
from semascope.encoders.api.joining import Joining
from semascope.encoders.api.meter import Meter
from semascope.encoders.api.pipeline import Left, send_all
from semascope.encoders.api.sending import Stopped
from semascope.encoders.api.session import purse
from semascope.encoders.api.spent import Spent
from semascope.encoders.long import check_long
from semascope.encoders.protocol import KNOWN_PROMPT, UNLIMITED, Space
from semascope.errors import NotServed, PromptsRefused
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from semascope.encoders.api.line import Line
    from semascope.encoders.api.purse import Purse
    from semascope.encoders.api.reading import Reading
    from semascope.encoders.api.sending import Asking
    from semascope.encoders.api.spent import Spent
    from semascope.encoders.protocol import Lengths
    from semascope.types import Ints, Vectors

TOLERANCE = 2e-3
"""How far an entry of a row may move between two requests: servers compute in bfloat16 and batch as they like."""
_PROVE_EVERY = 500  # requests of a call between two looks at whether the same model answers
_PROVE_AFTER = 100, 60.0  # requests and seconds since the last look, after which a call begins with one


class ApiEncoder:
    """A model behind an OpenAI-shaped embeddings endpoint.

    Nothing is sent before the first prompt needs a vector, or the width is asked for and no table knows it.

    Parameters
    ----------
    name
        What it is called in tables and messages.
    source
        What ``load_encoder`` takes to make it again: ``api:PROVIDER/MODEL[@URL]``.
    line
        To the model; shared by all encoders of this process that ask it.
    asking
        What each request asks for.
    reading
        Counts tokens, and cuts what is over the limit.
    batch_size, request_tokens
        Of a request, at most; None for no limit of tokens.
    template
        Template family; part of the space.
    languages
        ISO 639-1 codes it was trained for; None: not stated.
    stated
        What was read or assumed about it.
    price, currency
        Of a million tokens; None: not known.
    widths
        On offer through ``dimensions``.
    key_origin
        Name of the variable that the key is from, or "given"; "" without one.
    refusal
        Why nothing can be asked of it, in a sentence; "" where it can.
    """

    device = "api"  # what speeds are noted under
    tolerance = TOLERANCE
    batch_texts = 32_768  # of a call, whatever their length: between two calls the line runs empty

    def __init__(
        self,
        *,
        name: str,
        source: str,
        line: Line,
        asking: Asking,
        reading: Reading,
        batch_size: int,
        request_tokens: int | None,
        max_tokens: int,
        template: str = "plain",
        long: str = "truncate",
        languages: frozenset[str] | None = None,
        stated: tuple[str, ...] = (),
        price: float | None = None,
        currency: str = "",
        widths: tuple[int, ...] = (),
        key_origin: str = "",
        refusal: str = "",
    ) -> None:
        self.name = name
        self.source = source
        self.max_tokens = max_tokens
        self.languages = languages
        self.stated = stated
        self.price = price
        self.currency = currency
        self.widths = widths
        self.key_origin = key_origin
        self.refusal = refusal
        self.long = check_long(long)
        self._line = line
        self._asking = asking
        self._reading = reading
        self._batch_size = batch_size
        self._request_tokens = request_tokens
        self._template = template
        self._known = _Known()

    @functools.cached_property
    def space(self) -> Space:
        """Provider, address and model; pooling and tokenizer are the provider's affair."""
        return Space(
            weights=self.source
            if self._asking.dimensions is None
            else f"{self.source} {self._asking.dimensions}",
            tokenizer="the provider's",
            pooling="the provider's",
            normalised=True,
            max_tokens=UNLIMITED,  # what is cut, and where, stands with the rows of long prompts: ``known_as``
            template=self._template,
            long=self.long,
        )

    @property
    def fingerprint(self) -> str:
        """Of the space: in what numbers the provider computes is not known."""
        return f"{self.space.digest}-api"

    @property
    def recipe(self) -> Mapping[str, str]:
        """What ``load_encoder`` takes to make it again."""
        return {"name": self.source, "template": self._template, "long": self.long}

    @property
    def dim(self) -> int:
        """Full width; where no table has it, one short request finds it."""
        if self._asking.width is None:
            self.load()
        assert self._asking.width is not None
        return self._asking.width

    @property
    def line(self) -> Line:
        """To the model; shared by all that ask it."""
        return self._line

    @property
    def asking(self) -> Asking:
        """What each request asks for, and what was learnt from the replies."""
        return self._asking

    @property
    def known_width(self) -> int | None:
        """Full width as far as it is known without a request."""
        return self._asking.width

    def expect_width(self, width: int) -> None:
        """Take the full width as an earlier run found it, where no table knows it; a reply of another one is an error."""
        if self._asking.width is None:
            self._asking.width = width

    @property
    def address(self) -> str:
        """Where it is asked."""
        return self._line.client.address

    @property
    def spent(self) -> Spent:
        """What was sent and used so far, by all of this process that ask the same model."""
        return self._line.till.spent

    def meter(self, most: Purse | None = None) -> Meter:
        """For one call of ``encode_parts``: the session pays, and what this call may cost at most.

        Raises
        ------
        ConfigError
            When there is a limit and no price is known, or prices are in two currencies.
        """
        purses = [one for one in (most, purse()) if one is not None]
        return Meter(name=self.name, price=self.price, currency=self.currency, purses=purses)

    def expected_seconds(self, *, texts: int, tokens: int) -> float:
        """How long so many texts take: by the rates that are allowed, and by how fast answers came so far."""
        requests = math.ceil(texts / self._batch_size)
        if self._request_tokens is not None:
            requests = max(requests, math.ceil(tokens / self._request_tokens))
        return self._line.expected_seconds(requests=requests, tokens=tokens)

    def in_way(self, long: str) -> Self:
        """An encoder that reads long texts in another way, over the same line."""
        if check_long(long) == self.long:
            return self
        other = copy.copy(self)
        other.long = check_long(long)
        other._reading = self._reading.in_way(long)
        other.__dict__.pop("space", None)
        return other

    def load(self) -> None:
        """Ask for one short text: key, address, model and width are right, or an error says what is not."""
        if self.refusal:
            raise NotServed(self.refusal)
        with self._known.lock:
            if self._known.row is None:
                self._known.row = self._ask_known(self.meter())
                self._known.seen()

    def count_tokens(self, prompts: Sequence[str]) -> list[int]:
        """Tokens of each prompt before any cut: exact with the model's own tokenizer, else estimated."""
        found: list[int] = self._reading.lengths(prompts).tokens.tolist()
        return found

    def known_as(self, prompts: Sequence[str]) -> list[str]:
        """The prompts as the store knows them: one that may be too long with what cuts it."""
        return self._reading.known_as(prompts)

    def lengths(self, prompts: Sequence[str]) -> Lengths:
        """Tokens of each prompt before the cut, those that are lost, and those that are sent."""
        return self._reading.lengths(prompts)

    def encode(self, prompts: Sequence[str]) -> Vectors:
        """(n, d) rows of unit length, all at once: what ``encode_parts`` hands over as it comes."""
        if list(prompts) == [KNOWN_PROMPT]:  # paid for once
            self.load()
            assert self._known.row is not None
            return self._known.row[None].copy()
        rows = np.zeros((len(prompts), self.dim), dtype=np.float32)
        for places, part in self.encode_parts(prompts):
            rows[places] = part
        return rows

    def encode_parts(
        self, prompts: Sequence[str], *, meter: Meter | None = None
    ) -> Iterator[tuple[Ints, Vectors]]:
        """Places among the prompts with their rows, as requests come back.

        Parameters
        ----------
        meter
            Counts what these prompts cost; None takes one of its own.

        Raises
        ------
        PromptsRefused
            At the end, for prompts that the provider refused or did not answer; all others were handed over.
        EncoderError
            When no request can succeed; what was in flight was handed over.
        """
        self.load()
        meter = meter or self.meter()
        left: dict[int, str] = {}
        yield from self._send(prompts, self._reading, left, meter)
        again = self._too_long(prompts, left)
        if again:  # without the model's tokenizer, what may be too long is known when it is refused
            chosen = np.array(again)
            still: dict[int, str] = {}
            some = [prompts[place] for place in again]
            for places, rows in self._send(some, self._reading.cautiously(), still, meter):
                yield chosen[places], rows
            left = {place: says for place, says in left.items() if place not in set(again)}
            left |= {again[place]: says for place, says in still.items()}
        if left:
            raise PromptsRefused(
                f"{self.name} gives no vector for {count(len(left), 'text')}: {next(iter(left.values()))}",
                places=list(left),
                says=list(left.values()),
            )

    def _too_long(self, prompts: Sequence[str], left: Mapping[int, str]) -> list[int]:
        """Places of those that were refused whole and would be cut by whoever is cautious."""
        if self._reading.cautious or not left:
            return []
        places = sorted(left)
        windows = self._reading.cautiously().pieces([prompts[place] for place in places])
        cut = (windows.lengths.lost > 0) | (windows.lengths.windows > 1)
        return [place for place, is_cut in zip(places, cut.tolist(), strict=True) if is_cut]

    def _send(
        self, prompts: Sequence[str], reading: Reading, left: dict[int, str], meter: Meter
    ) -> Iterator[tuple[Ints, Vectors]]:
        """Rows of prompts as they come; ``left`` gets those that have none, and why."""
        pieces = reading.pieces(prompts)
        batches = fill_batches(pieces.tokens, inputs=self._batch_size, request_tokens=self._request_tokens)
        known = len(pieces.texts)  # the place of the known prompt, which goes with them now and then
        whole = Joining(pieces.owners, pieces.weights, len(prompts), self.dim)
        aside = Left()
        at_first = self._known.is_due(len(batches))
        for places, rows in send_all(
            [*pieces.texts, KNOWN_PROMPT],
            np.append(pieces.tokens, self._reading.counter.count([KNOWN_PROMPT])).astype(np.float64),
            _with_proofs(batches, known, at_first=at_first),
            asking=self._asking,
            line=self._line,
            meter=meter,
            left=aside,
        ):
            if not len(places):  # nothing comes for a while: whoever waits can say so
                yield places, rows
            asked = places < known
            yield from whole.add(places[asked], rows[asked])
            for row in rows[~asked]:
                self._prove(row)
        left.update(
            (int(pieces.owners[place]), says)
            for place, says in zip(aside.places, aside.says, strict=True)
            if place < known
        )

    def _ask_known(self, meter: Meter) -> Vectors:
        """The row of the known prompt."""
        pieces = self._reading.pieces([KNOWN_PROMPT])
        left = Left()
        parts = list(
            send_all(
                pieces.texts[:1],
                pieces.tokens[:1].astype(np.float64),
                [np.array([0])],
                asking=self._asking,
                line=self._line,
                meter=meter,
                left=left,
            )
        )
        if left.unanswered:
            raise NotServed(
                f"{self.name} does not answer ({left.says[0]}); see whether {self._line.client.address} is the address and can be"
                " reached from here, then run again"
            )
        if left.places:
            raise NotServed(
                f"{self.name} does not embed even a short text ({left.says[0]}); check model {self._asking.model!r}, the address and"
                " the settings"
            )
        rows: Vectors = np.concatenate([rows for _, rows in parts if len(rows)])
        row: Vectors = rows[0]
        return row

    def _prove(self, again: Vectors) -> None:
        """Raise unless the known prompt still has the row it had: a model may change under its name."""
        before = self._known.row
        assert before is not None
        apart = float(np.linalg.norm(again.astype(np.float64) - before.astype(np.float64)))
        if apart > self.tolerance * len(again) ** 0.5:
            raise Stopped(
                f"{self.name} gives the known prompt another row than {self._known.age:,.0f} s ago (distance {apart:.2g}): another model"
                " answers under the same name, and what was stored since then may be its; remove it (semascope store clear"
                f" --fingerprint {self.fingerprint}) and name a model that does not change"
            )
        self._known.seen()


def _with_proofs(batches: list[Ints], known: int, *, at_first: bool) -> list[Ints]:
    """Batches with a request for the known prompt after every so many: no batch waits for it."""
    found: list[Ints] = [np.array([known])] if at_first else []
    for number, batch in enumerate(batches):
        if number and number % _PROVE_EVERY == 0:
            found.append(np.array([known]))
        found.append(batch)
    return found


class _Known:
    """The row of the known prompt, asked for once by all ways of reading."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.row: Vectors | None = None
        self._requests = 0  # that were asked for since it was last seen
        self._at = time.monotonic()

    @property
    def age(self) -> float:
        """Seconds since the same row was last seen."""
        return time.monotonic() - self._at

    def seen(self) -> None:
        """The same row came again."""
        self._requests, self._at = 0, time.monotonic()

    def is_due(self, requests: int) -> bool:
        """Whether a call of so many requests begins with a look; it counts them."""
        most, age = _PROVE_AFTER
        due = self._requests >= most or self.age >= age
        self._requests += requests
        return due
