"""``semascope speed``: how fast encoders are on this machine, each in a process of its own."""

from __future__ import annotations

import json as json_module
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from semascope.cli import options
from semascope.cli.api_flags import settled_flags

if TYPE_CHECKING:
    from collections.abc import Sequence

STARTED = "SEMASCOPE_STARTED"
"""When the process of one encoder was started, for its cold start; set for that process alone."""


def speed(
    data: Annotated[Path, typer.Argument(metavar="FILE", help="Table of texts.")],
    text: options.Text,
    encoder: options.Encoders = [],  # noqa: B006 - typer reads it
    limit: options.Limit = 500,
    seed: options.Seed = 42,
    precision: options.Precision = "auto",
    device: options.Device = "auto",
    trust_remote_code: options.TrustRemoteCode = False,
    json: options.Json = False,
) -> None:
    """Time encoders on your texts: cold start, one text at a time, many at once, memory, share of the machine's peak."""
    from semascope.cli.show import print_json
    from semascope.cli.show_speed import print_speeds
    from semascope.encoders.catalogue import default_encoders

    started = os.environ.get(STARTED)
    if started is not None:
        print_json(
            _here(encoder[0], data, text, limit, seed, precision, device, trust_remote_code, float(started))
        )
        return
    rest = [str(data), *_flags("--text", text), "--limit", str(limit or 500), "--seed", str(seed)]
    rest += [
        "--precision",
        precision,
        "--device",
        device,
        *(["--trust-remote-code"] if trust_remote_code else []),
    ]
    rest += settled_flags()
    found, failed = [], 0
    for name in encoder or default_encoders():
        print(f"timing {name}", file=sys.stderr)
        timed, failed = _elsewhere(name, rest)
        if failed:
            break  # what was timed before is shown all the same
        found.append(timed)
    if json:
        print_json(found)
    elif found:
        print_speeds(found)
    if failed:
        raise typer.Exit(failed)


def _flags(flag: str, values: Sequence[str]) -> list[str]:
    return [part for value in values for part in (flag, value)]


def _here(
    name: str,
    data: Path,
    text: Sequence[str],
    limit: int | None,
    seed: int,
    precision: Any,
    device: str,
    trusted: bool,
    began: float,
) -> Any:
    """The timing of one encoder in this process."""
    from semascope.data.odd import is_empty
    from semascope.data.read import read_table
    from semascope.embedding.prompts import write_prompts
    from semascope.encoders.checks.timing import time_encoder
    from semascope.encoders.loading import load_encoder
    from semascope.errors import DataError

    table = read_table(data, limit=limit, seed=seed)
    texts = [each for each in table.texts(text) if not is_empty(each)]
    if not texts:
        raise DataError(
            f"{data} holds no text in {', '.join(text)}; there is nothing to time; name another column"
        )
    encoder = load_encoder(name, precision=precision, device=device, trust_remote_code=trusted)
    prompts = write_prompts(texts, encoder=encoder)[0]
    return time_encoder(encoder, prompts, began=began)


def _elsewhere(name: str, rest: Sequence[str]) -> tuple[dict[str, Any], int]:
    """The timing of an encoder in a process that has loaded nothing before, and that process's exit status where it failed."""
    command = [sys.executable, "-m", "semascope", "speed", *rest, "--encoder", name, "--json"]
    environment = {**os.environ, STARTED: repr(time.time())}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode < 0:  # an error of its own it has said
        print(
            f"error: the process of {name} was ended by signal {-done.returncode}; was there memory enough?",
            file=sys.stderr,
        )
    if done.returncode:
        return {}, 2 if done.returncode < 0 else done.returncode
    found: dict[str, Any] = json_module.loads(done.stdout)
    return {
        key: math.nan if value is None and key == "peak_share" else value for key, value in found.items()
    }, 0
