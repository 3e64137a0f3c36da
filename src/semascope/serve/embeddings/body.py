"""The body of a request for embeddings, and the shape of the answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

_TEXT = {"type": "string"}
_IDS = {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1}
_INPUT = {
    "anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}, _IDS, {"type": "array", "items": _IDS, "minItems": 1}]
}  # fmt: skip

# Not a union: of two thousand texts, pydantic would check each against all alternatives and name the wrong one.
Input = Annotated[
    Any, WithJsonSchema(_INPUT), Field(description="A text, several, or token ids of either; see tokenizer.")
]


class EmbeddingsBody(BaseModel):
    """What is to be embedded, and how.

    Fields that are not known are accepted, as clients send some; see ``extras.py``.
    """

    model_config = ConfigDict(
        extra="allow",
        strict=True,
        json_schema_extra={
            "examples": [
                {"model": "minilm", "input": ["low tide at noon", "the storm at night"]},
                {"model": "minilm?query", "input": "low tide", "encoding_format": "base64"},
            ]
        },
    )

    input: Input
    model: Annotated[
        str, Field(description="A name of GET /v1/models, or NAME?query, NAME?document or NAME?none.")
    ]
    encoding_format: Annotated[
        Literal["float", "base64"] | None,
        Field(description="float by default; base64 is of little-endian float32."),
    ] = None
    dimensions: Annotated[
        int | None, Field(ge=1, description="Width to cut to; the rows are brought back to unit length.")
    ] = None
    input_type: Annotated[
        str | None, Field(description="query, document or none; also search_query, search_document, passage.")
    ] = None
    instruction: Annotated[
        str | None, Field(description="The sentence of the task, or the name of a preset.")
    ] = None
    truncate: Annotated[
        bool | None, Field(description="false refuses texts longer than the encoder reads.")
    ] = None  # None: they are embedded as far as it reads, and that is said
    tokenizer: Annotated[
        str | None, Field(description="Whose token ids input holds: the name of the model.")
    ] = None


class EmbeddingItem(BaseModel):
    """The vector of one text."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str = Field(description="Numbers, or base64 of little-endian float32.")


class Usage(BaseModel):
    """What the encoder was given."""

    prompt_tokens: int = Field(description="Of the prompts, before any cut.")
    total_tokens: int = Field(description="The same.")
    truncated_texts: int = Field(description="That the encoder did not read whole.")


class EmbeddingList(BaseModel):
    """Vectors in the order of the texts."""

    object: Literal["list"] = "list"
    data: list[EmbeddingItem]
    model: str
    usage: Usage
    notes: list[str] | None = Field(
        default=None, description="What was done that the request may not have meant; not there without any."
    )
