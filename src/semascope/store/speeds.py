"""How fast texts were really encoded, kept beside their vectors: a store answers at once and says nothing of the cost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from semascope.errors import StoreError
from semascope.files import append_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from semascope.encoders.protocol import Encoder

_LAST = 5  # runs that tell the speed
_FEWEST_TOKENS = 500  # a run on less says nothing about the speed
ELSEWHERE = " elsewhere"
"""Behind a device of another machine."""
OVER_API = "api"
"""Device of encoders behind an API: their speed is that of rates and answers, and of no machine."""


def device_of(encoder: Encoder) -> str:
    """What the encoder computes on, whichever card of its kind: "cpu" where it does not say."""
    return str(getattr(encoder, "device", "cpu")).partition(":")[0]


def clock_of(device: str) -> str:
    """Devices whose speeds may be compared have one clock: "" of this machine, ``ELSEWHERE``, ``OVER_API``.

    Examples
    --------
    >>> clock_of("cuda"), clock_of("cpu elsewhere"), clock_of("api")
    ('', ' elsewhere', 'api')
    """
    if device == OVER_API:
        return OVER_API
    return ELSEWHERE if device.endswith(ELSEWHERE) else ""


class Speeds:
    """Tokens a second by encoder fingerprint and device, one JSON line a run in ``speeds.jsonl``."""

    def __init__(self, root: Path) -> None:
        self.file = root / "speeds.jsonl"

    def note(
        self, fingerprint: str, *, tokens: int, seconds: float, device: str = "cpu", ahead: bool = False
    ) -> None:
        """Remember a run; one too short to say anything is left out.

        ``ahead``: of a study that will be run later, maybe where the store is taken to.
        """
        if tokens < _FEWEST_TOKENS or seconds <= 0:
            return
        run = {"fingerprint": fingerprint, "device": device, "tokens": tokens, "seconds": round(seconds, 6)}
        run |= {"ahead": True} if ahead else {}
        self._append(run)

    def take(self, other: Speeds) -> None:
        """Add what another machine noted, under devices that are called "cpu elsewhere": they say nothing of this machine."""
        known = {json.dumps(run, sort_keys=True) for run in self._runs()}
        for run in other._runs():
            device = run.get("device", "cpu")
            if device != OVER_API:  # which is as fast from here
                run["device"] = device if device.endswith(ELSEWHERE) else f"{device}{ELSEWHERE}"
            if json.dumps(run, sort_keys=True) not in known:
                self._append(run)

    def noted(self, fingerprint: str) -> tuple[str, float] | None:
        """The device that last encoded for others, elsewhere or ahead of a study, and its tokens a second; None where none has."""
        devices = [
            run.get("device", "cpu")
            for run in self._runs()
            if run.get("fingerprint") == fingerprint
            and (run.get("ahead") or run.get("device", "").endswith(ELSEWHERE))
        ]
        if not devices:
            return None
        speed = self.of(fingerprint, device=devices[-1])
        return None if speed is None else (devices[-1], speed)

    def of(self, fingerprint: str, *, device: str = "cpu") -> float | None:
        """Tokens a second on a device; None when nothing was encoded there yet. Lines of earlier versions name no device.

        The median token of the last runs: half of the tokens were encoded no faster. A trial on a few texts, or the
        rest that a killed run left, weighs as little as it read, and one slow hour does not decide.
        """
        found = [
            (run["tokens"] / run["seconds"], run["tokens"])
            for run in self._runs()
            if run.get("fingerprint") == fingerprint and run.get("device", device) == device
        ]
        return _weighted_median(found[-_LAST:]) if found else None

    def _runs(self) -> list[dict[str, Any]]:
        if not self.file.is_file():
            return []
        found = []
        for line in self.file.read_text(encoding="utf8").splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue  # cut by a crash: a speed is not worth an error
        return found

    def _append(self, run: Mapping[str, Any]) -> None:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            append_line(self.file, json.dumps(run).encode())
        except OSError as error:
            raise StoreError(
                f"{self.file} cannot be written ({error.strerror}); choose another --store"
            ) from error


def _weighted_median(values: list[tuple[float, int]]) -> float:
    """The value at half of the weight; the mean of two that meet there.

    Examples
    --------
    >>> _weighted_median([(1.0, 10), (5.0, 100), (9.0, 30)])
    5.0
    >>> _weighted_median([(1.0, 10), (3.0, 10)])
    2.0
    """
    half, passed = sum(weight for _, weight in values) / 2, 0.0
    ordered = sorted(values)
    for place, (value, weight) in enumerate(ordered):
        passed += weight
        if passed == half:
            return (value + ordered[place + 1][0]) / 2
        if passed > half:
            return value
    return ordered[-1][0]
