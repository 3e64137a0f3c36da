"""Every canary of a store tried on its encoder, loaded anew where that can be done here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.encoders.api.name import is_api
from semascope.encoders.loading import load_encoder
from semascope.encoders.locating import has_weights
from semascope.encoders.protocol import FromFiles, Remade
from semascope.errors import SemascopeError, StoreError
from semascope.store.canary import allowed_distance, distance
from semascope.store.records import CanaryCheck

if TYPE_CHECKING:
    from semascope.encoders.protocol import Encoder
    from semascope.store.canary import Canary
    from semascope.store.records import StoreInfo
    from semascope.store.vectors import VectorStore


def check_canaries(store: VectorStore, *, ask_apis: bool = False) -> list[CanaryCheck]:
    """One check for each encoder with stored rows; nothing is fetched, and no code that comes with a checkpoint runs.

    Parameters
    ----------
    ask_apis
        Whether an encoder behind an API is asked for the row again, which is paid for.
    """
    return [_check(store, entry, ask_apis=ask_apis) for entry in store.info() if entry.fingerprint]


def _check(store: VectorStore, entry: StoreInfo, *, ask_apis: bool) -> CanaryCheck:
    try:
        canary = store.canary(entry.fingerprint)
    except StoreError as error:
        return CanaryCheck(fingerprint=entry.fingerprint, state="damaged", note=str(error))
    if canary is None:
        note = "none is kept: the encoder has no files, or its rows were stored before there were canaries"
        return CanaryCheck(fingerprint=entry.fingerprint, state="none", note=note)
    name = canary.encoder.get("name", "")
    if canary.encoder.get("own_code"):
        note = "code that comes with it made its rows, and verifying runs none"
        return CanaryCheck(fingerprint=entry.fingerprint, encoder=name, state="not tried", note=note)
    if is_api(name) and not ask_apis:
        note = "it is behind an API, which is not asked unless you say so: --ask-apis"
        return CanaryCheck(fingerprint=entry.fingerprint, encoder=name, state="not tried", note=note)
    try:
        encoder = _make(canary)
        why_not = _why_not(encoder, canary)
        if why_not or encoder is None:
            return CanaryCheck(fingerprint=entry.fingerprint, encoder=name, state="not tried", note=why_not)
        row = encoder.encode([canary.prompt])[0]
    except SemascopeError as error:
        return CanaryCheck(fingerprint=entry.fingerprint, encoder=name, state="not tried", note=str(error))
    apart, allowed = distance(row, canary.vector), allowed_distance(encoder.tolerance, len(row))
    covered = f"; {canary.rows_before:,} rows were stored before it" if canary.rows_before else ""
    note = f"written {canary.written}{covered}"
    if apart > allowed:
        note += (
            "; the stored vectors and those of this encoder do not go together: remove the stored ones"
            f" (semascope store clear --fingerprint {entry.fingerprint} --store {store.root})"
        )
    return CanaryCheck(
        fingerprint=entry.fingerprint,
        encoder=name,
        state="different" if apart > allowed else "same",
        distance=apart,
        allowed=allowed,
        note=note,
    )


def _make(canary: Canary) -> Encoder | None:
    """The encoder that wrote it; None where its weights are not on this machine."""
    wanted = canary.encoder
    if is_api(wanted["name"]):
        return load_encoder(
            wanted["name"], called=wanted["name"], template=wanted["template"], long=wanted["long"]
        )
    revision = wanted.get("revision") or None
    if not has_weights(wanted["name"], revision):
        return None
    return load_encoder(
        wanted["name"],
        template=wanted["template"],
        precision="bfloat16" if wanted["precision"] == "bfloat16" else "float32",
        revision=revision,
        long=wanted["long"],
    )


def _why_not(encoder: Encoder | None, canary: Canary) -> str:
    if encoder is None:
        return "its weights are not on this machine"
    if not isinstance(encoder, Remade):
        return "what its name stands for has no files"
    if encoder.fingerprint != canary.fingerprint:
        if not isinstance(encoder, FromFiles):
            return "the table of providers says something else of it today, so its vectors have another fingerprint"
        return "its files are others today, so its vectors have another fingerprint"
    return ""
