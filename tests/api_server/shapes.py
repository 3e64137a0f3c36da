"""How servers that take the same request differ in their answers: a table. Read in their sources and reports, November 2026."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from string import Template
from typing import Any, Literal

Reason = Literal[
    "key", "body", "no input", "empty text", "inputs", "input tokens", "request tokens", "text", "model",
    "rate", "busy", "base64", "dimensions", "path",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """Status and body; ``$given`` and ``$most`` stand for what was given and what is accepted, ``$model`` for its name."""

    status: int
    body: Mapping[str, Any]
    retry_after: bool = False

    def write(self, facts: Mapping[str, object]) -> bytes:
        """The body with its numbers."""
        return Template(json.dumps(self.body)).safe_substitute(facts).encode()


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """One server: what it refuses and how, what it leaves out, what it adds.

    A reason without a refusal is served: an empty text gets a row, a long text is cut, ``dimensions`` or base64 are ignored.
    """

    name: str
    refusals: Mapping[Reason, Refusal]
    inputs: int | None = None
    input_tokens: int | None = None
    request_tokens: int | None = None
    base64: bool = True
    dimensions: bool = False
    usage: Literal["tokens", "zeros", "none", "prompt only"] = "tokens"
    more: Mapping[str, Any] = field(default_factory=dict)  # of the answer
    told: Mapping[str, str] = field(default_factory=dict)  # headers of every answer
    base: str = "/v1"


def _openai(status: int, message: str, kind: str, code: object = None, param: object = None, *, after: bool = False) -> Refusal:  # fmt: skip
    return Refusal(status, {"error": {"message": message, "type": kind, "param": param, "code": code}}, after)


def _flat(status: int, message: str, kind: str) -> Refusal:
    return Refusal(status, {"message": message, "code": status, "type": kind})


def _numbered(status: int, code: int, message: str) -> Refusal:
    return Refusal(status, {"code": code, "message": message, "data": None})


def _detail(status: int, message: str) -> Refusal:
    return Refusal(
        status, {"detail": [{"type": "value_error", "loc": ["body", "input"], "msg": message, "input": None}]}
    )


_INVALID = "invalid_request_error"
_STANDARD: dict[Reason, Refusal] = {
    "key": _openai(401, "Incorrect API key provided.", _INVALID, "invalid_api_key"),
    "body": _openai(400, "We could not parse the JSON body of your request.", _INVALID),
    "no input": _openai(400, "'$.input' is invalid.", _INVALID, param="input"),
    "text": _openai(400, "The input was refused.", _INVALID),
    "model": _openai(404, "The model `$model` does not exist.", _INVALID, "model_not_found"),
    "rate": _openai(429, "Rate limit reached: limit $most, requested $given.", "requests", "rate_limit_exceeded", after=True),
    "busy": _openai(503, "The server is overloaded.", "server_error"),
    "path": _openai(404, "Invalid URL", _INVALID),
}  # fmt: skip

# platform.openai.com/docs: api-reference/embeddings, guides/rate-limits, guides/error-codes
OPENAI = Shape(
    name="openai",
    inputs=2_048,
    input_tokens=8_192,
    request_tokens=300_000,
    dimensions=True,
    told={"openai-processing-ms": "20", "x-request-id": "req_1"},
    refusals=_STANDARD
    | {
        "empty text": _openai(400, "'$.input' is invalid.", _INVALID, param="input"),
        "inputs": _openai(400, "'$.input' is invalid: at most $most items.", _INVALID, param="input"),
        "input tokens": _openai(400, "This model's maximum context length is $most tokens, however you requested $given tokens.", _INVALID),
        "request tokens": _openai(400, "Requested $given tokens, max $most tokens per request", "max_tokens_per_request", "max_tokens_per_request"),
    },
)  # fmt: skip

# docs.siliconflow.com/en/faqs/error-code and api-reference/embeddings; refusals as clients report them. No Retry-After.
SILICONFLOW = Shape(
    name="siliconflow",
    inputs=32,
    input_tokens=32_768,
    dimensions=True,
    told={"x-siliconcloud-trace-id": "ti_1"},
    refusals={
        "key": Refusal(401, {"message": "Invalid token"}),
        "body": _numbered(400, 20015, "The parameter is invalid. Please check again."),
        "no input": _numbered(400, 20015, "The parameter is invalid. Please check again."),
        "empty text": _numbered(400, 20015, "input must not be empty"),
        "inputs": _numbered(413, 20042, "input batch size $given > maximum allowed batch size $most"),
        "input tokens": _numbered(413, 20042, "input must have less than $most tokens"),
        "text": _numbered(400, 20015, "The parameter is invalid. Please check again."),
        "model": _numbered(400, 20012, "Model does not exist. Please check it carefully."),
        "rate": Refusal(429, {"message": "Request was rejected due to rate limiting. Details: TPM limit reached.", "data": None}),
        "busy": _numbered(503, 50505, "Model service overloaded. Please try again later."),
        "path": Refusal(404, {"message": "404 page not found"}),
    },
)  # fmt: skip

# alibabacloud.com/help/en/model-studio/error-code; bodies of the compatible mode as in memodb-io/memobase#142
_LONG = "<400> InternalError.Algo.InvalidParameter: "
DASHSCOPE = Shape(
    name="dashscope",
    base="/compatible-mode/v1",
    inputs=10,
    input_tokens=8_192,
    dimensions=True,
    base64=False,
    more={"id": "00000000-0000-0000-0000-000000000000"},
    refusals=_STANDARD
    | {
        "empty text": _openai(400, _LONG + "Value error, contents is neither str nor list of str.: input.contents", "InvalidParameter", "InvalidParameter"),
        "inputs": _openai(400, _LONG + "Value error, batch size is invalid, it should not be larger than $most.: input.contents", "InvalidParameter", "InvalidParameter"),
        "input tokens": _openai(400, _LONG + "Range of input length should be [1, $most]", "InvalidParameter", "InvalidParameter"),
        "rate": _openai(429, "You have exceeded your current request limit.", "limit_requests", "limit_requests"),
    },
)  # fmt: skip

# huggingface/text-embeddings-inference, router/src/http/server.rs: statuses by sort of error. Cuts long texts silently by default;
# another model's name is a warning in its own log; base64 since 1.2.
TEI = Shape(
    name="tei",
    inputs=32,
    refusals={
        "key": Refusal(401, {}),
        "body": Refusal(400, {}),
        "no input": _flat(400, "`input` cannot be empty", "Empty"),
        "empty text": _flat(400, "`inputs` cannot be empty", "Empty"),
        "inputs": _flat(413, "batch size $given > maximum allowed batch size $most", "Validation"),
        "request tokens": _flat(
            413, "`inputs` must have less than $most tokens. Given: $given", "Validation"
        ),
        "text": _flat(422, "tokenizer error", "Tokenizer"),
        "rate": _flat(429, "Model is overloaded", "Overloaded"),
        "busy": _flat(429, "Model is overloaded", "Overloaded"),
        "path": Refusal(404, {}),
    },
)

# the same with --auto-truncate off, the default of older versions: text-embeddings-inference#227 and #394
TEI_STRICT = replace(
    TEI,
    name="tei-strict",
    input_tokens=512,
    refusals=TEI.refusals
    | {
        "input tokens": _flat(
            413,
            "Input validation error: `inputs` must have less than $most tokens. Given: $given",
            "Validation",
        )
    },
)

# vllm-project/vllm, entrypoints/pooling/embed and openai/engine: `id` and `created` besides; issue 19798 for long inputs. "" is
# served where the tokenizer adds special tokens, as BERT's does.
VLLM = Shape(
    name="vllm",
    input_tokens=512,
    more={"id": "embd-0", "created": 1_764_000_000},
    refusals=_STANDARD
    | {
        "key": Refusal(401, {"error": "Unauthorized"}),
        "input tokens": _openai(400, "This model's maximum context length is $most tokens. However, you requested $given tokens in the input for embedding generation. Please reduce the length of the input.", "BadRequestError", 400),
        "dimensions": _openai(400, "Model \"$model\" does not support matryoshka representation, changing output dimensions will lead to poor results.", "BadRequestError", 400),
    },
)  # fmt: skip

# ollama/ollama, openai/openai.go and middleware/openai.go: "" is served, [] is not; no Retry-After; base64 since 0.13. Long texts
# are cut by default; versions that fail to cut answer as here (reports of 2025 and 2026).
OLLAMA = Shape(
    name="ollama",
    input_tokens=2_048,
    dimensions=True,
    refusals=_STANDARD
    | {
        "no input": _openai(400, "invalid input", _INVALID),
        "input tokens": _openai(400, "the input length exceeds the context length", _INVALID),
        "model": _openai(404, 'model "$model" not found, try pulling it first', "not_found_error"),
        "busy": _openai(503, "server busy, please try again.  maximum pending requests exceeded", "api_error"),
    },
)  # fmt: skip

# michaelfeil/infinity, fastapi_schemas/errors.py and infinity_server.py: 429 without Retry-After; its models' own limits are cut to
INFINITY = Shape(
    name="infinity",
    inputs=2_048,
    more={"id": "infinity-0", "created": 1_764_000_000},
    refusals=_STANDARD
    | {
        "empty text": _detail(422, "String should have at least 1 character"),
        "inputs": _detail(422, "List should have at most $most items"),
        "model": _openai(400, "Invalid model: $model", "invalid_request", 400),
        "busy": _openai(429, "Infinity is overloaded", None, 429),
        "rate": _openai(429, "Infinity is overloaded", None, 429),
    },
)  # fmt: skip

# lmstudio-ai/lmstudio-bug-tracker#756: floats whatever is asked; usage of zeros; long texts are cut
LM_STUDIO = Shape(
    name="lm-studio",
    base64=False,
    usage="zeros",
    refusals=_STANDARD
    | {
        "no input": Refusal(400, {"error": "'input' field must be a string or a non-empty array of strings"}),
        "model": Refusal(404, {"error": 'Model "$model" not found.'}),
    },
)

# ggml-org/llama.cpp, tools/server: a text over the physical batch is a 500 that no second try mends (inference-snaps#344)
LLAMA_CPP = Shape(
    name="llama-cpp",
    input_tokens=512,
    refusals=_STANDARD
    | {
        "no input": _openai(400, '"input" must be provided', _INVALID, 400),
        "input tokens": _openai(500, "input ($given tokens) is too large to process. increase the physical batch size (current batch size: $most)", "server_error", 500),
        "busy": _openai(503, "Loading model", "unavailable_error", 503),
    },
)  # fmt: skip

SHAPES: dict[str, Shape] = {
    shape.name: shape
    for shape in (
        OPENAI,
        SILICONFLOW,
        DASHSCOPE,
        TEI,
        TEI_STRICT,
        VLLM,
        OLLAMA,
        INFINITY,
        LM_STUDIO,
        LLAMA_CPP,
    )
}

OUT_OF_MONEY: dict[str, tuple[int, Mapping[str, Any]]] = {
    "openai": (429, {"error": {"message": "You exceeded your current quota, please check your plan and billing details.", "type": "insufficient_quota", "param": None, "code": "insufficient_quota"}}),
    "siliconflow": (403, {"code": 30001, "message": "Sorry, your account balance is insufficient", "data": None}),
    "dashscope": (400, {"error": {"message": "Access denied, please make sure your account is in good standing.", "type": "Arrearage", "param": None, "code": "Arrearage"}, "request_id": "0"}),
    "openrouter": (402, {"error": {"message": "Insufficient credits. Add more using https://openrouter.ai/settings/credits", "code": 402, "metadata": {"limit_source": "openrouter_credits"}}}),
    "deepseek": (402, {"error": {"message": "Insufficient Balance", "type": "unknown_error", "param": None, "code": "invalid_request_error"}}),
}  # fmt: skip
"""What providers answer when there is no money left: status and body."""

OUT_OF_RATE: dict[str, tuple[int, Mapping[str, Any]]] = {
    "openai": (429, {"error": {"message": "Rate limit reached for text-embedding-3-small on tokens per min (TPM): Limit 1000000, Used 999000, Requested 5000. Please try again in 240ms.", "type": "tokens", "param": None, "code": "rate_limit_exceeded"}}),
    "siliconflow": (429, {"message": "Request was rejected due to rate limiting. Details: TPM limit reached.", "data": None}),
    "dashscope": (429, {"error": {"message": "You have exceeded your current request limit.", "type": "limit_requests", "param": None, "code": "limit_requests"}}),
    "dashscope-tokens": (429, {"error": {"message": "Allocated quota exceeded, please increase your quota limit.", "type": "insufficient_quota", "param": None, "code": "insufficient_quota"}}),
    "dashscope-native": (429, {"code": "Throttling.RateQuota", "message": "Requests rate limit exceeded, please try again later.", "request_id": "0"}),
}  # fmt: skip
"""What they answer to a client that is too fast: waiting helps."""
