"""A LlamaIndex retriever over the library; its nodes have the article's metadata and the offsets."""

from typing import TYPE_CHECKING

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from index.articles import Hit
from index.filters import Filter

if TYPE_CHECKING:
    from index.library import Library


class LibraryRetriever(BaseRetriever):
    """Hybrid search over a library, for use in any LlamaIndex engine, agent or evaluator."""

    def __init__(self, library: "Library", k: int = 8, filter: Filter | None = None) -> None:
        super().__init__()
        self._library = library
        self._k = k
        self._filter = filter

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [to_node(hit) for hit in self._library.search(query_bundle.query_str, self._k, self._filter)]


def to_node(hit: Hit) -> NodeWithScore:
    """A hit as a node: the chunk's id and text, its article's metadata, its offsets in the article, the cosine as score."""
    article, chunk = hit.article, hit.chunk
    about = {
        "article_id": article.id,
        "title": article.title,
        "publisher": article.publisher,
        "author": article.author,
        "url": article.url,
        "published": article.published,
        "language": article.language,
    }
    node = TextNode(
        id_=chunk.id,
        text=chunk.text,
        start_char_idx=chunk.start,
        end_char_idx=chunk.end,
        metadata={name: value for name, value in about.items() if value is not None},
    )
    return NodeWithScore(node=node, score=hit.similarity)
