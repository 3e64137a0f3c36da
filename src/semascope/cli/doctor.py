"""``semascope doctor``: what is installed, what is chosen, and whether an encoder computes what it should."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from semascope.cli import options

if TYPE_CHECKING:
    from semascope.cli.parity_paths import PathWords
    from semascope.encoders.checks.api_examination import ApiExamination
    from semascope.encoders.checks.examination import Examination
    from semascope.encoders.checks.static_examination import StaticExamination

Encoder = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Examine this one: path, memory, published check, packed against plain; of one behind an API what three requests"
        " bring. Exit status 1 when a check fails.",
    ),
]
Parity = Annotated[
    tuple[str, str] | None,
    typer.Option(
        metavar="PATH PATH",
        help="Compare two paths to the same weights, row by row: NAME,packed|plain,float32|bfloat16,cpu|cuda, words in"
        " any order, the name left out where --encoder gives it; one may be behind an API. Exit status 1 when they differ.",
    ),
]
Longest = Annotated[
    int,
    typer.Option(metavar="TOKENS", help="Longest awkward text; an encoder's limit beyond it is not tried."),
]


def doctor(
    encoder: Encoder = "",
    parity: Parity = None,
    longest: Longest = 4096,
    precision: options.Precision = "auto",
    device: options.Device = "auto",
    store: options.Store = None,
    trust_remote_code: options.TrustRemoteCode = False,
    json: options.Json = False,
) -> None:
    """Report what is installed and chosen; with a flag, whether an encoder computes what it should."""
    from semascope.cli.parity_paths import PathWords, parse_path
    from semascope.cli.show_checks import (
        print_api_examination,
        print_doctor,
        print_examination,
        print_parity,
        print_static_examination,
    )
    from semascope.encoders.api.name import is_api
    from semascope.encoders.checks.api_examination import ApiExamination
    from semascope.encoders.checks.parity import compare
    from semascope.encoders.checks.static_examination import StaticExamination

    if parity:
        paths = (
            parse_path(written, encoder=encoder, precision=precision, device=device) for written in parity
        )
        first, second = (path.load(trust_remote_code=trust_remote_code) for path in paths)
        names = parity
        if is_api(first.space.weights) and not is_api(second.space.weights):
            first, second, names = second, first, (parity[1], parity[0])  # the first counts tokens
        compared = compare(first, second, names=names, longest=longest)
        print_parity(compared, json=json)
        if not compared.holds:
            raise typer.Exit(1)
    elif encoder:
        words = PathWords(encoder=encoder, precision=precision, device=device)
        examined = examine_one(words, longest=longest, trust_remote_code=trust_remote_code)
        if isinstance(examined, ApiExamination):
            print_api_examination(examined, json=json)
        elif isinstance(examined, StaticExamination):
            print_static_examination(examined, json=json)
        else:
            print_examination(examined, json=json)
        if examined.failures:
            raise typer.Exit(1)
    else:
        print_doctor(examine(store), json=json)


def examine_one(
    words: PathWords, *, longest: int, trust_remote_code: bool
) -> Examination | StaticExamination | ApiExamination:
    """One encoder examined; the other engine's copy is loaded for the comparison, and one behind an API is asked."""
    from dataclasses import replace

    from semascope.encoders.api.name import is_api
    from semascope.encoders.checks.examination import examine_encoder
    from semascope.encoders.checks.static_examination import examine_static
    from semascope.encoders.local import LocalEncoder
    from semascope.encoders.protocol import stored_as
    from semascope.encoders.static.encoder import StaticEncoder
    from semascope.errors import ConfigError

    def load(engine: str) -> Any:
        return replace(words, engine=engine).load(trust_remote_code=trust_remote_code)

    def load_below(engine: str) -> Any:
        return stored_as(load(engine))

    whole = load("auto")
    encoder = stored_as(whole)
    if is_api(encoder.space.weights):
        from semascope.encoders.checks.api_examination import examine_api

        asked: Any = encoder
        return examine_api(asked)
    remedy = str(whole.stated[-1]) if encoder is not whole else ""
    if isinstance(encoder, StaticEncoder):
        table = examine_static(encoder, load_other=load_below, longest=longest)
        return replace(table, name=whole.name, remedy=remedy)
    if isinstance(encoder, LocalEncoder):
        network = examine_encoder(encoder, load_other=load_below, longest=longest)
        return replace(network, name=whole.name, remedy=remedy)
    raise ConfigError(
        f"--encoder is {words.encoder!r}; an encoder with weights can be examined; name minilm, a folder or a hub id"
    )


def examine(store: Path | None) -> dict[str, dict[str, Any]]:
    """Findings by section; nothing heavy is imported but what must be asked."""
    import platform

    from semascope.encoders.precision import (
        has_native_bfloat16,
        may_have_gpu,
        processor_cores,
        processor_name,
    )
    from semascope.extras import PACKAGES, has_wheels, is_installed
    from semascope.studies.versions import installed_versions

    return {
        "system": {
            "platform": platform.platform(),
            "processor": processor_name(),
            "cores": processor_cores(),
            "native bfloat16": has_native_bfloat16(),
            "GPU may be there": may_have_gpu(),
        },
        "versions": installed_versions(),
        "extras": {
            extra: "installed"
            if all(map(is_installed, packages))
            else f"missing {', '.join(p for p in packages if not is_installed(p))}: "
            + (f"pip install 'semascope[{extra}]'" if has_wheels(extra) else "no wheel for this platform")
            for extra, packages in PACKAGES.items()
        },
        "chosen": _chosen(store),
    }


def _chosen(store: Path | None) -> dict[str, Any]:
    """What is taken where nothing is asked for."""
    import shutil

    from semascope.cli.freed_memory import KEPT, keep_freed_memory
    from semascope.encoders.catalogue import default_encoder
    from semascope.encoders.precision import resolve_precision
    from semascope.store.place import open_store

    root = open_store(store).root
    place = next((folder for folder in (root, *root.parents) if folder.exists()), root)
    not_told = keep_freed_memory()
    return {
        "encoder": default_encoder(),
        "precision on the processor": resolve_precision("auto", "cpu"),
        "engine": "packed where it knows the architecture, else plain: doctor --encoder NAME says which, and why",
        "freed memory": f"goes back to the system as the C library decides: {not_told}"
        if not_told
        else f"up to {KEPT / 1e6:.0f} MB stay with the process, ready for the next texts",
        "store": str(root),
        "free space there": f"{shutil.disk_usage(place).free / 1e9:.1f} GB",
    }
