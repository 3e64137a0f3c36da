"""What ``/v1/models`` says of what is served: nothing of it is a path, and nothing is asked of an API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semascope.encoders.protocol import UNLIMITED
from semascope.encoders.templates import get_template

if TYPE_CHECKING:
    from semascope.encoders.entry import Entry
    from semascope.encoders.protocol import Encoder
    from semascope.serve.served.embeds import Embeds


def described(served: Any, *, created: int) -> dict[str, Any]:
    """One item of OpenAI's list of models, and more.

    Parameters
    ----------
    served
        Anything that the service holds.
    created
        Seconds since the epoch.
    """
    embeds: Embeds | None = getattr(served, "embeds", None)
    return {
        "id": served.name,
        "object": "model",
        "created": created,
        "owned_by": "semascope",
        "kind": served.kind,
        **({} if embeds is None else _how_it_embeds(embeds)),
        **served.about,
    }


def with_article(kind: str) -> str:
    """A kind in a sentence: "an index", "a scorer"."""
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _how_it_embeds(embeds: Embeds) -> dict[str, Any]:
    encoder = embeds.shared.encoder
    listed: Entry | None = getattr(encoder, "listed", None)
    return {
        "encoder": encoder.name,
        "dim": embeds.dim or _width(encoder),
        "smallest_dim": listed.smallest_dim if listed else None,  # that it was trained to be cut to
        "max_tokens": None if encoder.max_tokens >= UNLIMITED else encoder.max_tokens,
        "long": encoder.space.long,
        "languages": sorted(encoder.languages) if encoder.languages else None,
        "licence": listed.licence if listed else None,
        **_prompts(encoder),
        "instruction": embeds.instruction if embeds.is_settled else None,  # None: as the request says
        "input_type": (embeds.role or "none") if embeds.is_settled else None,
    }


def _prompts(encoder: Encoder) -> dict[str, Any]:
    template = get_template(encoder.space.template)
    return {
        "template": template.family,
        "follows_instructions": template.trained,
        "tasks": list(template.tasks),
        "tells_roles_apart": len({template.plain, template.query, template.document}) > 1,
    }


def _width(encoder: Encoder) -> int | None:
    """Full width; of an encoder behind an API as far as it is known without a request."""
    if hasattr(encoder, "known_width"):
        known: int | None = encoder.known_width
        return known
    return encoder.dim
