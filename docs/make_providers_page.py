"""Write the tables of docs/api.md from the table of providers; a test compares them with the page.

Command: python docs/make_providers_page.py
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from semascope.encoders.api.providers import PACKAGED, read_providers

if TYPE_CHECKING:
    from semascope.encoders.api.providers import Model, Provider

PAGE = Path(__file__).with_name("api.md")


def providers() -> str:
    """One line a provider."""
    head = "| provider | address | key | texts a request | tokens a request | requests a minute | tokens a minute | looked up |\n"
    return (
        head
        + "|---|---|---|--:|--:|--:|--:|---|\n"
        + "".join(_line(each) for each in read_providers(PACKAGED).values())
    )


def models() -> str:
    """One line a model."""
    head = "| model | dims | other widths | tokens | a million tokens cost |\n|---|--:|---|--:|--:|\n"
    return head + "".join(
        _model(provider, model)
        for provider in read_providers(PACKAGED).values()
        for model in provider.models.values()
    )


def _line(provider: Provider) -> str:
    limits = provider.limits
    key = f"`{provider.key}`" if provider.key else "none"
    return (
        f"| `{provider.name}` | {provider.base_url} | {key} | {limits.inputs:,} | {_count(limits.request_tokens)}"
        f" | {_count(limits.requests_per_minute)} | {_count(limits.tokens_per_minute)}"
        f" | [{provider.dated}]({provider.source}) |\n"
    )


def _model(provider: Provider, model: Model) -> str:
    price = "" if model.price is None else f"{model.price:g} {model.currency}"
    widths = ", ".join(str(dim) for dim in model.dims if dim != model.dim)
    return f"| `api:{provider.name}/{model.id}` | {_count(model.dim)} | {widths} | {_count(model.max_tokens)} | {price} |\n"


def _count(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def filled(page: str) -> str:
    """The page with both tables as the packaged file has them."""
    for name, table in (("providers", providers()), ("models", models())):
        mark, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        page = re.sub(f"{mark}.*?{end}", lambda _, text=mark + table + end: text, page, flags=re.DOTALL)
    return page


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf8")), encoding="utf8")
