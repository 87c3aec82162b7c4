"""Examples from the fictional news stories: passages come from the product's own search over all of them."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index import Library
from index.articles import Hit
from rag.reader.inputs import head
from rag.reader.training.examples import Passage, QuestionExample, Split, StatementExample, split_of

MEASURED = "measured"
_FOUND = 6
"""Passages a language that search brings for each question."""
_SAME_STORY = 3
_POOL = 200


@dataclass(frozen=True)
class Story:
    """An article of a story as text, and where each of its sentences is."""

    id: str
    text: str
    spans: tuple[tuple[int, int], ...]
    language: str
    title: str
    published: str


def read(folders: Sequence[Path], name: str) -> list[dict[str, Any]]:
    """The rows of one file of every folder."""
    lines = (line for folder in folders for line in (folder / name).read_text("utf-8").splitlines())
    return [json.loads(line) for line in lines if line.strip()]


def stories(folders: Sequence[Path]) -> dict[tuple[str, str], Story]:
    """The articles, by story and place in it; every two sentences make a paragraph."""
    made = {}
    for row in read(folders, "articles.jsonl"):
        text, spans = "", []
        for n, sentence in enumerate(row["s"]):
            text += "" if not n else "\n\n" if n % 2 == 0 else " "
            spans.append((len(text), len(text) + len(sentence)))
            text += sentence
        id = f"{row['story']}-{row['a']}"
        made[row["story"], row["a"]] = Story(id, text, tuple(spans), row["lang"], row["title"], row["published"])
    return made


def library_lines(folders: Sequence[Path]) -> Iterator[str]:
    """The articles as a file that `onrecord add` reads."""
    articles = stories(folders)
    for row in read(folders, "articles.jsonl"):
        story = articles[row["story"], row["a"]]
        yield json.dumps(
            {
                "id": story.id,
                "title": story.title,
                "text": story.text,
                "publisher": row["publisher"],
                "published": story.published,
                "language": story.language,
                "url": f"https://{row['story']}.example/{row['a']}",
            },
            ensure_ascii=False,
        )


def measured(folders: Sequence[Path]) -> frozenset[str]:
    """The stories that are kept for measuring: those of folders named so."""
    return frozenset(row["story"] for row in read([f for f in folders if f.name == MEASURED], "articles.jsonl"))


def questions(library: Library, folders: Sequence[Path]) -> Iterator[QuestionExample]:
    """Each question with what answers it, what search brings, and what its story says otherwise."""
    articles = stories(folders)
    by_id = {story.id: story for story in articles.values()}
    chunks, kept = _chunks(library), measured(folders)
    for row in read(folders, "questions.jsonl"):
        gold: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for place in row["ans"]:
            story = articles[row["story"], place[0]]
            start, end = story.spans[place[1]]
            if len(place) > 2 and place[2]:
                start += story.text[start:end].index(place[2])
                end = start + len(place[2])
            gold[story.id].append((start, end))
        conflicts = {
            (articles[row["story"], c[0]].id, articles[row["story"], c[0]].spans[c[1]]) for c in row.get("conflict", [])
        }
        answering = set(gold)
        cross = bool(answering) and all(by_id[id].language != row["lang"] for id in answering)
        passages = list(_passages(library, row, gold, conflicts, chunks))
        tags = [row["lang"], row["kind"], *(["cross"] if cross else [])]
        tags += ["within"] if row.get("named") is False else []
        yield QuestionExample(
            "news", _split(row["story"], kept), row["story"], row["q"], tuple(passages), row.get("yn"), tuple(tags)
        )


def statements(folders: Sequence[Path]) -> Iterator[StatementExample]:
    """Each statement with the sentences that it would cite."""
    articles, kept = stories(folders), measured(folders)
    for row in read(folders, "claims.jsonl"):
        cited = [(articles[row["story"], place[0]], place[1]) for place in row["on"]]
        evidence = " ".join(story.text[slice(*story.spans[n])] for story, n in cited)
        first = cited[0][0]
        tags = (row["lang"], *(["cross"] if first.language != row["lang"] else []))
        yield StatementExample(
            "news",
            _split(row["story"], kept),
            row["story"],
            row["c"],
            head(first.published, first.title),
            evidence,
            row["label"],
            row["change"],
            tags,
        )


def _split(story: str, kept: frozenset[str]) -> Split:
    """Of stories that are not kept for measuring, a tenth calibrates and the others train."""
    return "test" if story in kept else "calibrate" if split_of(story) == "calibrate" else "train"


def _chunks(library: Library) -> dict[str, list[Hit]]:
    """Every chunk of the library, by article."""
    found = library._database.chunks(library._database.chunk_ids([a.id for a in library.articles()]))
    by_article: dict[str, list[Hit]] = defaultdict(list)
    for chunk, article, _ in found.values():
        by_article[article.id].append(Hit(chunk, article, 0.0, 0.0))
    return by_article


def _passages(
    library: Library,
    row: dict[str, Any],
    gold: dict[str, list[tuple[int, int]]],
    conflicts: set[tuple[str, tuple[int, int]]],
    chunks: dict[str, list[Hit]],
) -> Iterator[Passage]:
    own = [hit for id in chunks if id.startswith(row["story"] + "-") for hit in chunks[id]]
    found = _search(library, row["q"])
    order = {hit.chunk.id: n for n, hit in enumerate(found)}
    own.sort(key=lambda hit: order.get(hit.chunk.id, len(order)))

    def answers(hit: Hit) -> list[tuple[int, int]]:
        spans = gold.get(hit.article.id, [])
        return [
            (s - hit.chunk.start, e - hit.chunk.start) for s, e in spans if hit.chunk.start <= s and e <= hit.chunk.end
        ]

    def disputed(hit: Hit) -> bool:
        return any(id == hit.article.id and s < hit.chunk.end and e > hit.chunk.start for id, (s, e) in conflicts)

    # What holds another answer to the same question is neither gold nor a negative.
    answering = [hit for hit in own if answers(hit)]
    near = [hit for hit in own if not answers(hit) and not disputed(hit)]
    others = [hit for hit in found if hit.article.id.split("-")[0] != row["story"]]
    for hit in answering + near[:_SAME_STORY] + others[: 2 * _FOUND]:
        yield Passage(head(hit.article.published, hit.article.title), hit.chunk.text, tuple(answers(hit)))


def _search(library: Library, question: str) -> list[Hit]:
    """What search brings in each language, in turn."""
    from index.search.hybrid import fused_candidates
    from index.store.vectors import unit_vectors
    from index.text.terms import query_terms

    vector = unit_vectors([library.embedding.get_query_embedding(question)], 1, library.fingerprint.dimension)[0]
    found = fused_candidates(library._search_data, vector, query_terms(question), None, _POOL)
    sides = [[hit for hit in found if hit.article.language == language] for language in ("en", "fr")]
    return [hit for pair in zip(*(side[: _FOUND * 2] for side in sides), strict=False) for hit in pair]
