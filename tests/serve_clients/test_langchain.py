"""LangChain's embeddings of OpenAI against a running service."""

import asyncio
import gc

import openai
import pytest
import tiktoken
from langchain_openai import OpenAIEmbeddings

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # it closes none of its connections


@pytest.fixture(autouse=True)
def clients_end_with_their_test():
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def bytes_as_tokens(monkeypatch):
    """A vocabulary of OpenAI's library, which fetches its own from the network: here each byte is a token."""

    def get_encoding(name):
        ranks = {bytes([byte]): byte for byte in range(256)}
        return tiktoken.Encoding(name, pat_str=r"[\s\S]", mergeable_ranks=ranks, special_tokens={})

    monkeypatch.setattr(tiktoken, "get_encoding", get_encoding)


@pytest.fixture
def embeddings(here):
    def make(model, **more):
        settings = {"check_embedding_ctx_length": False, "max_retries": 0, **more}
        return OpenAIEmbeddings(model=model, base_url=here.v1, api_key="not needed", **settings)

    return make


def test_documents_and_queries_each_by_their_own_name(embeddings, texts, by_hand, apart):
    documents, queries = embeddings("e5?document"), embeddings("e5?query")
    assert apart(documents.embed_documents(texts), by_hand(texts, "document")) < 1e-5
    assert apart([queries.embed_query(texts[1])], by_hand(texts[1:2], "query")) < 1e-5


def test_requests_of_a_few_texts_and_narrow_rows(embeddings, texts):
    found = embeddings("hash:16", dimensions=4, chunk_size=2).embed_documents(texts * 3)
    assert len(found) == 12 and {len(row) for row in found} == {4}
    assert found[:4] == found[4:8]


def test_asynchronously(embeddings, texts, by_hand, apart):
    found = asyncio.run(embeddings("e5").aembed_documents(texts))
    assert apart(found, by_hand(texts)) < 1e-5


def test_fields_of_ours(embeddings, texts, by_hand, apart):
    told = embeddings("e5", model_kwargs={"extra_body": {"input_type": "query"}})
    assert apart(told.embed_documents(texts), by_hand(texts, "query")) < 1e-5


def test_ids_of_openais_tokenizer_are_refused_with_the_setting_that_helps(embeddings, texts):
    with pytest.raises(openai.BadRequestError, match="check_embedding_ctx_length=False") as caught:
        embeddings("e5", check_embedding_ctx_length=True).embed_documents(texts)
    assert caught.value.param == "input"
