"""Texts out of token ids, where it is said whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.errors import DataError
from semascope.serve.refusals import FieldRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.encoders.protocol import Encoder

_CLIENTS = "send texts (LangChain: OpenAIEmbeddings(..., check_embedding_ctx_length=False) does), or say whose ids they are:"


def texts_of_ids(
    ids: Sequence[Sequence[int]], *, encoder: Encoder, name: str, tokenizer: str | None
) -> list[str]:
    """The text of each list of ids.

    An id means a word of one vocabulary alone. Clients of OpenAI send those of OpenAI's, whatever model is asked, and
    those would become other words here and fine-looking vectors of them.

    Parameters
    ----------
    name
        Of the model, in requests.
    tokenizer
        Whose ids they are by the request: the name of the model or of its encoder. None: it does not say.

    Raises
    ------
    FieldRefused
        When it does not say, or not this model; when the ids are not of its tokenizer, or are not the ids that it
        makes of their text.
    """
    if tokenizer not in (name, encoder.name):
        told = "does not say whose" if tokenizer is None else f"says they are of {tokenizer[:80]!r}"
        raise FieldRefused(
            f"input holds token ids, and the request {told}; ids of another tokenizer are other words here;"
            f' {_CLIENTS} "tokenizer": "{name}"',
            param="input" if tokenizer is None else "tokenizer",
        )
    decode: Callable[[Sequence[Sequence[int]]], list[str]] | None = getattr(encoder, "decode", None)
    if decode is None:
        raise FieldRefused(
            f"input holds token ids; {name!r} has no tokenizer here that makes texts of them; send texts",
            param="input",
        )
    try:
        return decode(ids)
    except DataError as error:
        raise FieldRefused(str(error), param="input") from None
