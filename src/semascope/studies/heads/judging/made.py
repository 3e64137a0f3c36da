"""How a study was made, in plain values: what the last section of its page shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from semascope.studies.heads.computing.compute import installed_versions
from semascope.words.numbers import percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.studies.task import Computed


def how_made(prepared: Prepared, computed: Computed, *, command: str) -> dict[str, Any]:
    """Command, times, digests, encoders, split and versions, by name."""
    records = list(computed.records.values())
    return {
        "command": command,
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "data digest": prepared.rows.digest,
        "seed": prepared.study.seed,
        "cells computed now": computed.new,
        "seconds in all cells": round(sum(record["seconds"] for record in records), 1),
        "encoders": _fingerprints(records),
        **({"read from": read} if (read := _read_from(records)) else {}),
        "split": _split_words(prepared),
        "languages from": prepared.rows.language.method,
        "versions": installed_versions(),
    }


def _fingerprints(records: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """By encoder; another way of reading long texts is named behind it."""
    found = {}
    for record in records:
        name, long = record["cell"]["encoder"], record["cell"]["long"]
        if name:
            found[name if long == "truncate" else f"{name}, {long}"] = record["fingerprint"]
    return found


def _read_from(records: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Where each encoder was read from that is called otherwise."""
    sources = {record["cell"]["encoder"]: record["source"] for record in records}
    return {name: source for name, source in sources.items() if source not in ("", name)}


def _split_words(prepared: Prepared) -> str:
    study = prepared.study
    if study.split_column:
        return f"given by column {study.split_column!r}"
    strata = ", stratified by class" if prepared.rows.kind == "classification" else ""
    group = f" and groups of {study.group!r}" if study.group else ""
    return f"{percent(1 - study.test_size, space='')[:-1]} / {percent(study.test_size, space=' ')}, seed {study.seed}{strata}; duplicates{group} on one side"
