"""LlamaIndex's embeddings of servers like OpenAI's against a running service."""

import asyncio
import gc

import openai
import pytest
from llama_index.embeddings.openai_like import OpenAILikeEmbedding

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # it closes none of its connections


@pytest.fixture(autouse=True)
def clients_end_with_their_test():
    yield
    gc.collect()


@pytest.fixture
def embeddings(here):
    def make(model, **more):
        return OpenAILikeEmbedding(model_name=model, api_base=here.v1, max_retries=0, **more)

    return make


def flat(texts):
    """The client itself makes spaces of lines' ends."""
    return [text.replace("\n", " ") for text in texts]


def test_documents_and_queries_each_by_their_own_name(embeddings, texts, by_hand, apart):
    documents, queries = embeddings("e5?document"), embeddings("e5?query")
    found = documents.get_text_embedding_batch(texts)
    assert apart(found, by_hand(flat(texts), "document")) < 1e-5
    assert apart([queries.get_query_embedding(texts[1])], by_hand(flat(texts[1:2]), "query")) < 1e-5


def test_requests_of_a_few_texts_and_narrow_rows(embeddings, texts):
    found = embeddings("hash:16", dimensions=4, embed_batch_size=3).get_text_embedding_batch(texts * 2)
    assert len(found) == 8 and {len(row) for row in found} == {4} and found[:4] == found[4:]


def test_asynchronously(embeddings, texts, by_hand, apart):
    found = asyncio.run(embeddings("e5").aget_text_embedding_batch(texts))
    assert apart(found, by_hand(flat(texts))) < 1e-5


def test_fields_of_ours(embeddings, texts, by_hand, apart):
    told = embeddings("e5", additional_kwargs={"extra_body": {"input_type": "query"}})
    assert apart(told.get_text_embedding_batch(texts), by_hand(flat(texts), "query")) < 1e-5


def test_an_empty_text_is_an_error_that_says_so(embeddings):
    with pytest.raises(openai.BadRequestError, match="is empty"):
        embeddings("e5").get_text_embedding("\n")
