"""What embeds under the name that a request gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semascope.serve.describing import with_article
from semascope.serve.refusals import FieldRefused, NotThere

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.serve.served.embeds import Embeds

_SHOWN = 80  # letters of a name that are repeated


def find_embeds(model: str, served: Mapping[str, Any]) -> tuple[Embeds, str, str | None]:
    """How the artifact of this name embeds, its name, and what follows it behind a question mark (None: nothing).

    A name is never guessed, not even where one artifact alone is served: the rows of another model are wrong numbers.

    Raises
    ------
    NotThere
        For a name that is not served.
    FieldRefused
        For an artifact that makes no vectors.
    """
    name, mark, after = model, "", ""
    if model not in served:
        name, mark, after = model.rpartition("?")
    if name not in served:
        raise NotThere(
            f"model is {model[:_SHOWN]!r}, which is not served; {_listed(served)}; name one of these"
        )
    embeds: Embeds | None = getattr(served[name], "embeds", None)
    if embeds is None:
        raise FieldRefused(
            f"model {name!r} is {with_article(served[name].kind)} without vectors of its own; {_listed(served)}; name one of these",
            param="model",
        )
    return embeds, name, after if mark else None


def _listed(served: Mapping[str, Any]) -> str:
    names = [name for name, each in served.items() if getattr(each, "embeds", None) is not None]
    return f"what embeds here is {', '.join(names)}" if names else "nothing that embeds is served here"
