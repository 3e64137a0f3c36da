"""``semascope serve``: artifacts behind HTTP."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from semascope.cli import options

if TYPE_CHECKING:
    from semascope.serve.service import Service

LIMITS, LISTENS = "Limits", "Where it listens, and who may ask"


def _limit(flag: str, takes: str, says: str, *, least: float = 1) -> Any:
    """A flag of a limit, for ``Annotated``: a number from ``least`` on."""
    return typer.Option(flag, metavar=takes, min=least, help=says, rich_help_panel=LIMITS)


Artifacts = Annotated[
    list[str],
    typer.Argument(
        metavar="ARTIFACT...",
        help="A run folder or its winner, a learner, an index, a tuned folder, an encoder; NAME= before it names it.",
    ),
]
Host = Annotated[
    str, typer.Option("--host", metavar="ADDRESS", help="To listen on.", rich_help_panel=LISTENS)
]
Port = Annotated[
    int,
    typer.Option(
        "--port", metavar="N", min=0, max=65535, help="0 takes a free one.", rich_help_panel=LISTENS
    ),
]
AllowHost = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-host",
        metavar="NAME",
        help="With a token: answer to this name alone; repeatable.",
        rich_help_panel=LISTENS,
    ),
]
Encoder = Annotated[
    list[str] | None,
    typer.Option(
        "--encoder", metavar="[NAME=]FOLDER", help="Where the encoder of an artifact lies now; repeatable."
    ),
]
Learn = Annotated[bool, typer.Option("--learn", help="Let learners learn over HTTP.")]
Watch = Annotated[bool, typer.Option("--watch", help="Read an artifact anew when it was written anew.")]
Queue = Annotated[int, _limit("--queue", "TEXTS", "Texts that may wait for an encoder; one more gets 429.")]
MaxTexts = Annotated[int, _limit("--max-texts", "N", "Texts of one request.")]
MaxCharacters = Annotated[int, _limit("--max-characters", "N", "Characters of one text.")]
MaxBody = Annotated[int, _limit("--max-body", "BYTES", "Bytes of one request.")]
MaxHeld = Annotated[
    int, _limit("--max-held", "BYTES", "Bytes of all bodies and unread answers; above it, 503.")
]
Timeout = Annotated[float, _limit("--timeout", "SECONDS", "After which a request is given up.", least=0.1)]
Connections = Annotated[int, _limit("--connections", "N", "That may be open.")]
LogTexts = Annotated[
    bool,
    typer.Option(
        "--log-texts",
        help="Write the texts of requests, and errors in their own words, to the log; see --verbose.",
        rich_help_panel=options.OUTPUT,
    ),
]


def serve(
    artifacts: Artifacts,
    host: Host = "127.0.0.1",
    port: Port = 8080,
    allow_host: AllowHost = None,
    encoder: Encoder = None,
    learn: Learn = False,
    watch: Watch = False,
    queue: Queue = 4_096,
    max_texts: MaxTexts = 2_048,
    max_characters: MaxCharacters = 200_000,
    max_body: MaxBody = 16 * 2**20,
    max_held: MaxHeld = 2**30,
    timeout: Timeout = 120.0,
    connections: Connections = 1_000,
    precision: options.Precision = "auto",
    device: options.Device = "auto",
    store: options.Store = None,
    trust_remote_code: options.TrustRemoteCode = False,
    verbose: options.Verbose = False,
    log_texts: LogTexts = False,
) -> None:
    """Answer over HTTP until it is stopped: scores, rankings, searches, embeddings, and a page to try them on.

    Tokens come from the variables SEMASCOPE_TOKEN (reading) and SEMASCOPE_LEARN_TOKEN (learning); on an address that others
    reach they are needed.
    """
    from semascope.cli.processor import leave_cores_free
    from semascope.extras import PACKAGES, require
    from semascope.serve.signals import heed_while_loading

    heed_while_loading()  # first of all: what follows takes seconds
    leave_cores_free()
    for package in PACKAGES["serve"]:
        require(package, purpose="semascope serve")
    from semascope.serve.guarding.tokens import check_binding, tokens_from
    from semascope.serve.running import serve as run
    from semascope.serve.served.wanted import Computed, read_wanted, with_encoders
    from semascope.serve.service import Service
    from semascope.serve.settings import ServeSettings
    from semascope.store.place import default_store
    from semascope.store.vectors import VectorStore

    tokens = tokens_from(os.environ)
    check_binding(host, tokens, learn=learn)  # before anything is loaded
    _log_to_stderr(texts=log_texts)
    settings = ServeSettings(
        host=host,
        port=port,
        hosts=tuple(allow_host or ()),
        learn=learn,
        watch=watch,
        most_waiting=queue,
        most_texts=max_texts,
        most_characters=max_characters,
        most_body=max_body,
        most_memory=max_held,
        answer_seconds=timeout,
        most_connections=connections,
        log_requests=verbose,
        log_texts=log_texts,
    )
    service = Service(
        with_encoders([read_wanted(each) for each in artifacts], encoder or []),
        settings,
        computed=Computed(precision=precision, device=device, trust_remote_code=trust_remote_code),  # type: ignore[arg-type]
        store=VectorStore(store) if store else default_store(),
    )
    _note_spending(service)
    run(service, tokens, say=_say)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _note_spending(service: Service) -> None:
    """Say that requests cost money, where nothing limits how much: nobody is asked again once it listens."""
    from semascope.encoders.api.session import current

    billed = [shared.encoder.name for shared in service.encoders if shared.is_billed]
    if billed and current().max_cost is None:
        _say(
            f"note: requests are billed by {', '.join(billed)}, and nothing limits for how much; --max-cost MONEY sets a limit"
        )


def _log_to_stderr(*, texts: bool) -> None:
    import logging

    from semascope.serve.log_lines import LogLines

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LogLines(texts=texts))
    levels = {"semascope": logging.INFO, "uvicorn.error": logging.WARNING, "asyncio": logging.WARNING}
    for name, level in levels.items():
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(level)
        logger.propagate = False
