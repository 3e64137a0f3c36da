"""A request for embeddings understood: which encoder, which prompts, which width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.embedding.width import check_dim
from semascope.encoders.choices import stated_choices
from semascope.encoders.instructions import PRESETS
from semascope.errors import ConfigError
from semascope.serve.embeddings.extras import check_extras
from semascope.serve.embeddings.named import find_embeds
from semascope.serve.embeddings.roles import read_role
from semascope.serve.refusals import FieldRefused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from semascope.encoders.templates import Role
    from semascope.serve.embeddings.body import EmbeddingsBody
    from semascope.serve.served.embeds import Embeds
    from semascope.serve.served.encoders import SharedEncoder

_LONGEST = 2_000  # characters of an instruction, which is written before every text


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """How the texts of a request are embedded."""

    name: str  # of the artifact
    shared: SharedEncoder
    instruction: str
    role: Role | None
    dim: int | None  # None: full width
    notes: tuple[str, ...]  # what the request may not have meant


def read_asked(body: EmbeddingsBody, served: Mapping[str, Any]) -> Asked:
    """What the fields of a request mean together.

    May ask an API for its width, so it may take its time where dimensions are given and the encoder is behind one.

    Raises
    ------
    NotThere, FieldRefused
        For what cannot be done; nothing is embedded then.
    """
    ignored = check_extras(body.model_extra or {})
    embeds, name, after_name = find_embeds(body.model, served)
    role, role_given = read_role(after_name, body.input_type)
    instruction = _instruction(body.instruction)
    if embeds.is_settled:
        _check_settled(name, embeds, role=role if role_given else embeds.role, instruction=instruction)
        instruction, role = embeds.instruction, embeds.role
    dim = _dim(body.dimensions, embeds)
    notes = [] if embeds.is_settled else _notes(embeds, instruction or "", role=role, dim=dim)
    return Asked(
        name=name,
        shared=embeds.shared,
        instruction=instruction or "",
        role=role,
        dim=dim,
        notes=(*ignored, *notes),
    )


def _instruction(given: str | None) -> str | None:
    """The sentence that is meant; None where none is given."""
    if given is None or not given.strip():
        return None
    if len(given) > _LONGEST:
        raise FieldRefused(
            f"instruction has {len(given):,} characters; at most {_LONGEST:,} are accepted; shorten it",
            param="instruction",
        )
    return PRESETS.get(given, given)


def _check_settled(name: str, embeds: Embeds, *, role: Role | None, instruction: str | None) -> None:
    """A model on top of an encoder embeds in one way: a request may name it, but not another."""
    for field, given, own in (
        ("input_type", role, embeds.role),
        ("instruction", embeds.instruction if instruction is None else instruction, embeds.instruction),
    ):
        if given != own:
            raise FieldRefused(
                f"{field} is {given or 'none'!r}; {name!r} embeds as it has learnt to, with {own or 'none'!r}; leave it out,"
                " or serve its encoder and name that",
                param=field,
            )


def _dim(dimensions: int | None, embeds: Embeds) -> int | None:
    if dimensions is None:
        return embeds.dim
    try:
        check_dim(dimensions, embeds.shared.encoder)
    except ConfigError:
        most = embeds.dim or embeds.shared.encoder.dim
        raise _too_wide(dimensions, most) from None
    if embeds.dim is not None and dimensions > embeds.dim:
        raise _too_wide(dimensions, embeds.dim)
    return dimensions


def _too_wide(dimensions: int, most: int) -> FieldRefused:
    return FieldRefused(
        f"dimensions is {dimensions}; the rows of this model have {most}; choose from 1 to {most}",
        param="dimensions",
    )


def _notes(embeds: Embeds, instruction: str, *, role: Role | None, dim: int | None) -> list[str]:
    encoder = embeds.shared.encoder
    if instruction and role == "document":
        unused = "documents carry no instruction: the one that was given was not written"
        return [unused, *stated_choices(encoder, dims=[dim])]
    return stated_choices(encoder, instruction=instruction, dims=[dim])
