"""What is printed about encoders: the catalogue, and one encoder."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.markup import escape

from semascope.cli.fitting import Column, print_fitting
from semascope.cli.show import plain_console, print_facts, print_json, print_lines
from semascope.encoders.api.describing import has_key, model_values
from semascope.encoders.describing import encoder_facts, encoder_values, entry_facts, entry_values, how_to_get
from semascope.encoders.protocol import UNLIMITED
from semascope.extras import is_installed
from semascope.words.numbers import scaled, size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.encoders.api.providers import Model, Provider
    from semascope.encoders.catalogue import Listed
    from semascope.encoders.entry import Entry
    from semascope.encoders.protocol import Encoder

_CATALOGUE = (
    Column(title="name", name=True),
    Column(title="dims"),
    Column(title="tokens", leaves=5),
    Column(title="langs", leaves=4),
    Column(title="params", leaves=3),
    Column(title="template", right=False, leaves=2),
    Column(title="licence", right=False, leaves=1),
    Column(title="here"),
)
_BEHIND = (
    Column(title="behind an API", name=True),
    Column(title="dims"),
    Column(title="tokens", leaves=2),
    Column(title="price"),
    Column(title="looked up", leaves=1),
)
_WHERE = {"packaged": "packaged", "cached": "in cache", "absent": "extra"}
_GROUPS = (
    "English",
    "Multilingual",
    "Tables of token vectors",
    "Not trained to make vectors",
)


def print_encoders(listed: Sequence[Listed], providers: Mapping[str, Provider], *, json: bool) -> None:
    """The catalogue, and what the table of providers has."""
    if json:
        catalogue = [asdict(line.entry) | {"name": line.entry.name, "place": line.place} for line in listed]
        behind = [model_values(each, model) for each in providers.values() for model in each.models.values()]
        print_json([*catalogue, *behind])
        return
    console = plain_console()
    rows = [
        row
        for group in _GROUPS
        for row in (
            [f"[bold]{group}[/]"],
            *(_catalogue_row(line) for line in listed if _group(line.entry) == group),
        )
    ]
    print_fitting(console, _CATALOGUE, rows, gap=1, room=40)
    console.print()
    for line in (
        "packaged: it works offline; minilm is all-MiniLM-L6-v2. A size is still to be fetched, once.",
        *_absent(listed),
        "32-1024: the width may be cut down to 32; the others were not trained for a cut.",
        "all tokens: a text is read whole. Tables of token vectors have no network: far faster, no context, no torch.",
        "100+, 29+: what the card says without a full list, so that languages cannot be checked.",
        "not run: it needs something that Semascope does not do; semascope encoders NAME says what.",
        "Accepted too: a folder, any hub id OWNER/NAME, an API as below, and hash:16 for tests.",
        "semascope encoders NAME explains one: its prompts, pooling, languages, memory.",
    ):
        console.print(line, style="dim", markup=False)
    _print_providers(providers)
    if not is_installed("torch"):
        print_lines(
            [
                "To run any of them: pip install 'semascope[local]'; tables of token vectors: 'semascope[static]'"
            ]
        )


def _print_providers(providers: Mapping[str, Provider]) -> None:
    """Where encoders behind an API are asked, with which key, and what they cost."""
    console = plain_console()
    rows = []
    for provider in providers.values():
        rows.append([f"[bold]{escape(provider.name)}[/] {escape(provider.base_url)}"])
        rows += [_model_row(provider, model) for model in provider.models.values()]
    console.print()
    print_fitting(console, _BEHIND, rows, gap=1, room=40)
    console.print()
    keys = {each.key: has_key(each) for each in providers.values() if each.key}
    given, missing = ([name for name in keys if keys[name] is held] for held in (True, False))
    for line in (
        "Behind an API: api:PROVIDER/MODEL, such as api:openai/text-embedding-3-small. Prices are of a million tokens.",
        "A server of your own: api:mine/MODEL@http://localhost:8080/v1, or --base-url.",
        f"Keys, in the environment or .env: {', '.join(given) or 'none'} set; {', '.join(missing) or 'none'} not.",
    ):
        console.print(line, style="dim", markup=False)


def _model_row(provider: Provider, model: Model) -> list[str]:
    dated = model.dated or provider.dated
    tokens = model.max_tokens or provider.limits.input_tokens
    return [
        f" {escape(model.id)}",
        str(model.dim or ""),
        str(tokens or ""),
        "" if model.price is None else f"{model.price:g} {model.currency}",
        str(dated or ""),
    ]


def _absent(listed: Sequence[Listed]) -> list[str]:
    """What "extra" in the last column means, where it stands there."""
    return [
        f"extra: {line.entry.name} {how_to_get(line.entry)}." for line in listed if line.place == "absent"
    ]


def _catalogue_row(line: Listed) -> list[str]:
    entry = line.entry
    return [
        f" {entry.name}",
        f"{entry.smallest_dim}-{entry.dim}" if entry.smallest_dim else str(entry.dim),
        "all" if entry.max_tokens == UNLIMITED else str(entry.max_tokens),
        languages_counted(entry),
        scaled(entry.parameters),
        entry.template,
        entry.licence,
        "not run" if entry.refused else _WHERE.get(line.place, size(entry.download_bytes)),
    ]


def _group(entry: Entry) -> str:
    if entry.pooling_chosen:
        return _GROUPS[3]
    if not entry.layers:
        return _GROUPS[2]
    return _GROUPS[0] if entry.languages == ("en",) else _GROUPS[1]


def print_entry(entry: Entry, *, place: str, json: bool) -> None:
    """One encoder explained without its weights."""
    if json:
        print_json(entry_values(entry, place=place))
    else:
        print_facts(plain_console(), entry_facts(entry, place=place))


def print_encoder(encoder: Encoder, *, json: bool) -> None:
    """One encoder explained by its own files, and by its line in the catalogue where it has one."""
    if json:
        print_json(encoder_values(encoder))
    else:
        print_facts(plain_console(), encoder_facts(encoder))


def languages_counted(entry: Entry) -> str:
    """How many languages, in a cell: a number, or what the card says with a plus."""
    if entry.languages_said:
        return "".join(sign for sign in entry.languages_said.partition(",")[0] if sign.isdigit()) + "+"
    return str(len(entry.languages))
