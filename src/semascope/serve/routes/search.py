"""``/v1/search``: the documents of an index that answer queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field
from starlette.responses import Response  # noqa: TC002 - FastAPI reads it

from semascope.data.odd import is_empty
from semascope.errors import ConfigError, DataError
from semascope.retrieval.indexes.where import read_conditions
from semascope.serve.answers import answer
from semascope.serve.limits import check_texts
from semascope.serve.refusals import FieldRefused, TooMuch
from semascope.serve.routes.bodies import Body, Name, Texts, shown
from semascope.serve.routing import routes

if TYPE_CHECKING:
    from fastapi import APIRouter

    from semascope.retrieval.indexes.hits import Hit
    from semascope.serve.service import Service

_MOST_K, _MOST_HITS, _MOST_CONDITIONS = 1_000, 2_000, 32


class SearchBody(Body):
    """What to look for: one query or several, not both."""

    model_config = shown(
        {"query": "may I bring my dog?", "k": 3},
        {"queries": ["may I bring my dog?", "lost my hat"], "where": ["lang=en"]},
    )

    query: str | None = None
    queries: Texts | None = None
    k: int = Field(
        10, ge=1, le=_MOST_K, description="Documents for each query; queries times k at most 10,000."
    )
    where: Texts = Field(
        [],
        max_length=_MOST_CONDITIONS,
        description="Conditions on columns that must all hold, such as lang=en or year>=2020.",
    )


class FoundSnippet(Body):
    """The part of a document that fits the query best."""

    text: str
    words: list[tuple[int, int]] = Field(
        description="Start and end of words of the query, in characters of the text."
    )


class FoundDocument(Body):
    """A document that was found."""

    rank: int
    id: str
    score: float
    title: str
    text: str
    snippet: FoundSnippet
    columns: dict[str, Any]


class SearchAnswer(Body):
    """For each query its documents, best first."""

    model: str
    documents: int = Field(description="That the index holds.")
    results: list[list[FoundDocument]]


def router(service: Service) -> APIRouter:
    """Both routes."""
    both = routes(also=[404, 501, 502])

    @both.post("/v1/search", responses={200: {"model": SearchAnswer}})
    async def search(body: SearchBody) -> Response:
        """Documents of the first index."""
        return await found(body, None)

    @both.post("/v1/search/{name}", responses={200: {"model": SearchAnswer}})
    async def search_by(name: Name, body: SearchBody) -> Response:
        """Documents of an index."""
        return await found(body, name)

    async def found(body: SearchBody, name: str | None) -> Response:
        queries = _queries(body)
        check_texts(queries, service.settings, what="query" if body.queries is None else "queries")
        _check_hits(len(queries), body.k)
        index = service.index(name)
        try:
            read_conditions(body.where)
            results = await index.search(queries, k=body.k, where=body.where, threads=service.search_threads)
        except (ConfigError, DataError) as error:
            if not body.where:
                raise
            raise FieldRefused(str(error), param="where") from error
        return answer(
            {
                "model": index.name,
                "documents": len(index),
                "results": [[_plain(hit) for hit in hits] for hits in results],
            }
        )

    return both


def _queries(body: SearchBody) -> list[str]:
    """The queries, one or more, each with something to look for."""
    if (body.query is None) == (body.queries is None):
        given = "neither query nor queries is" if body.query is None else "query and queries are both"
        raise FieldRefused(
            f"{given} given; one of them is needed; send query for one text, or queries for several",
            param="query",
        )
    queries = [body.query] if body.query is not None else body.queries or []
    if not queries:
        raise FieldRefused(
            "queries is empty; one text or more is needed; send what to look for", param="queries"
        )
    for place, query in enumerate(queries):
        if is_empty(query):
            which = "query" if body.queries is None else f"queries[{place}]"
            raise FieldRefused(f"{which} is empty; words are needed; send what to look for", param=which)
    return queries


def _check_hits(queries: int, k: int) -> None:
    if queries * k > _MOST_HITS:
        raise TooMuch(
            f"{queries:,} queries with k {k:,} ask for {queries * k:,} documents; at most {_MOST_HITS:,} are accepted in one"
            " request; send several, or a smaller k",
            param="k",
        )


def _plain(hit: Hit) -> dict[str, Any]:
    return {
        "rank": hit.rank,
        "id": hit.id,
        "score": hit.score,
        "title": hit.title,
        "text": hit.text,
        "snippet": {"text": hit.snippet.text, "words": hit.snippet.words},
        "columns": dict(hit.columns),
    }
