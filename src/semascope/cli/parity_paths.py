"""How a path to an encoder's weights is written on the command line: an encoder and words, joined by commas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.encoders.catalogue import default_encoder, find_entry
from semascope.encoders.loading import load_encoder
from semascope.encoders.locating import has_weights, what_is_missing
from semascope.errors import ConfigError, EncoderError

if TYPE_CHECKING:
    from semascope.encoders.protocol import Encoder

_ENGINES = ("packed", "plain")
_PRECISIONS = ("float32", "bfloat16")
_DEVICES = ("cpu", "cuda", "mps")


@dataclass(frozen=True, kw_only=True, slots=True)
class PathWords:
    """One way to compute one encoder."""

    encoder: str
    engine: str = "auto"
    precision: str = "auto"
    device: str = "auto"

    def load(self, *, trust_remote_code: bool = False) -> Encoder:
        """The encoder on this path; nothing is fetched for it."""
        check_weights(self.encoder)
        return load_encoder(
            self.encoder,
            precision=self.precision,  # type: ignore[arg-type]
            device=self.device,
            engine=self.engine,  # type: ignore[arg-type]
            trust_remote_code=trust_remote_code,
        )


def parse_path(
    written: str, *, encoder: str = "", precision: str = "auto", device: str = "auto"
) -> PathWords:
    """What ``NAME,WORD,WORD`` asks for; words may come in any order.

    Parameters
    ----------
    written
        For example ``minilm,packed,bfloat16``. The name may be left out where ``encoder`` gives one.
    encoder
        Name for a path that has none; "" takes the default encoder.
    precision, device
        For a path that names none.

    Examples
    --------
    >>> parse_path("minilm,bfloat16,plain")
    PathWords(encoder='minilm', engine='plain', precision='bfloat16', device='auto')
    """
    found: dict[str, str] = {}
    for word in filter(None, map(str.strip, written.split(","))):
        kind = _kind(word)
        if kind == "encoder" and found:
            raise ConfigError(
                f"--parity is {written!r}; {word!r} is no word of a path: they are {', '.join((*_ENGINES, *_PRECISIONS))},"
                " auto, cpu, cuda, cuda:N, mps; the encoder's name comes first"
            )
        if kind in found:
            raise ConfigError(
                f"--parity is {written!r}; {found[kind]!r} and {word!r} exclude each other; name one {kind}"
            )
        if kind:
            found[kind] = word
    given = {"encoder": encoder or default_encoder(), "precision": precision, "device": device}
    return PathWords(**(given | found))


def check_weights(name: str) -> None:
    """Refuse an encoder whose weights would have to be fetched: ``doctor`` fetches nothing."""
    # A name that stands for nothing at all is the catalogue's to refuse, with the near ones.
    if ("/" in name or find_entry(name)) and not has_weights(name):
        raise EncoderError(f"{what_is_missing(name)}; or give a folder: doctor fetches nothing")


def _kind(word: str) -> str:
    """What a word says: a field of ``PathWords``; "" for auto, which says nothing."""
    if word == "auto":
        return ""
    if word in _ENGINES:
        return "engine"
    if word in _PRECISIONS:
        return "precision"
    return "device" if word.partition(":")[0] in _DEVICES else "encoder"
