"""What an answer that brings no vectors means: try again, wait, split the batch, or stop.

Sources: the error pages of OpenAI, SiliconFlow and DashScope, and the sources of text-embeddings-inference, vLLM, Ollama
and infinity, which differ in the shape of the body but agree in its status.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from semascope.encoders.api.retrying import read_retry_after

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal[
    "again",  # a fault of the line or the server: the same request may succeed
    "rate",  # too many requests or tokens: the same request succeeds later
    "rejected",  # something in this batch cannot be embedded, or there is too much of it
    "key",  # no key, or one that does not hold here
    "quota",  # the account has nothing left: waiting does not help
    "request",  # nothing like this is served there: address, model or setting
]

_FATAL: tuple[Kind, ...] = ("key", "quota", "request")
_SHOWN = 300  # letters of a provider's own words
_AGAIN = {408, 409, 424, 425, 499, *range(500, 600)} - {501, 505}
_REJECTED = {400, 413, 422}
# Codes and words of bodies, by what they mean whatever the status is.
_QUOTA = re.compile(
    r"insufficient[ _]balance|balance is (?:insufficient|not enough)|arrearage|exceeded your current quota"
    r"|billing_hard_limit|payment required|out of credits|insufficient credits|余额不足",
    re.IGNORECASE,
)
# One code, two meanings: OpenAI's account is empty, DashScope's share of a minute is used up.
_QUOTA_CODE = re.compile(r"insufficient_quota", re.IGNORECASE)
_RATE = re.compile(r"allocated quota exceeded|throttling|rate limit", re.IGNORECASE)
_KEY = re.compile(
    r"invalid_api_key|incorrect api key|invalid api key|invalidapikey|api key not valid|invalid token|authentication_error",
    re.IGNORECASE,
)
_MODEL = re.compile(
    r"model_not_found|model (?:does not|doesn't) exist|modelnotfound|model not found|unknown model|no such model|is not a valid model",
    re.IGNORECASE,
)
_SECRET = re.compile(r"\b(?:sk|pk|key|gsk|hf|jina|pa)[-_][A-Za-z0-9*_\-]{6,}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One request that brought no vectors."""

    kind: Kind
    says: str  # status and the provider's own words, one line, no secret
    status: int | None = None  # None: there was no whole answer
    retry_after: float | None = None  # seconds to wait as the server says; None: it does not

    @property
    def is_final(self) -> bool:
        """Whether no other request can succeed either."""
        return self.kind in _FATAL


def fault_of(
    status: int, headers: Mapping[str, str], content: bytes, *, now: float, secret: str = ""
) -> Fault:
    """What an answer other than 200 means.

    Parameters
    ----------
    headers
        With names in lower case.
    content
        The body, which may be cut, empty, or a page of a proxy.
    now
        Seconds since the epoch: ``Retry-After`` may be a date.
    secret
        The key that was sent: it never stands in ``says``, even where the server repeats it.

    Examples
    --------
    >>> fault_of(429, {"retry-after": "7"}, b'{"error": {"message": "slow down"}}', now=0.0).retry_after
    7.0
    >>> fault_of(429, {}, b'{"error": {"code": "insufficient_quota"}}', now=0.0).kind
    'quota'
    """
    words = _words(content)
    whole = content.decode("utf8", "replace")
    says = clean(f"status {status}: {words}" if words else f"status {status}", secret)
    return Fault(
        kind=_kind(status, headers, whole),
        says=says,
        status=status,
        retry_after=read_retry_after(headers, now),
    )


def _kind(status: int, headers: Mapping[str, str], content: str) -> Kind:
    if status == 402 or (400 <= status < 500 and _is_quota(content)):
        return "quota"
    if status in (401, 403) or (status == 400 and _KEY.search(content)):
        return "key"
    if status in (404, 405) or (status in _REJECTED and _MODEL.search(content)):
        return "request"
    if headers.get("x-should-retry", "").strip().lower() == "false" and status not in _REJECTED:
        return "request"
    if status == 429:
        return "rate"
    if status in _AGAIN:
        return "again"
    return "rejected" if status in _REJECTED else "request"


def _is_quota(content: str) -> bool:
    if _QUOTA.search(content):
        return True
    return bool(_QUOTA_CODE.search(content)) and not _RATE.search(content)


def clean(says: str, secret: str = "") -> str:
    r"""One line without the key, nor anything that looks like one, at most 300 letters.

    Examples
    --------
    >>> clean("Incorrect API key provided: sk-planted-12345678.  See\nyour account", "sk-planted-12345678")
    'Incorrect API key provided: ***. See your account'
    """
    if secret:
        says = says.replace(secret, "***")
    says = _SECRET.sub("***", " ".join(says.split()))
    return says if len(says) <= _SHOWN else f"{says[: _SHOWN - 1]}…"


def _words(content: bytes) -> str:
    """The message of a body: of OpenAI's ``error`` object, of a flat one, of FastAPI's ``detail``, or the text itself."""
    text = content.decode("utf8", "replace").strip()
    try:
        body: Any = json.loads(text)
    except ValueError:
        return "a page, not JSON" if text[:1] == "<" else text
    return _message(body) or text


def _message(body: Any) -> str:
    if isinstance(body, str):
        return body
    if isinstance(body, list):
        return "; ".join(filter(None, map(_message, body[:3])))
    if not isinstance(body, dict):
        return ""
    for name in ("message", "msg", "error", "detail", "errors"):
        if found := _message(body.get(name)):
            return found
    return ""
