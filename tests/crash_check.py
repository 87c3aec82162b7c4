"""What must hold of a library after its process was killed, whenever that was."""

import os
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from fakes import WordEmbedding

from index import Library

Versions = dict[str, set[str | None]]
"""The texts that each article may have; None where it may be absent."""


@dataclass
class Verdict:
    """What was found: `recovery_s` is the time from opening to the first answer of search, `recovery_cpu_s` what the
    processors worked for it, which a busy machine does not change."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    disagreeing: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    chunks: int = 0
    recovery_s: float = 0.0
    recovery_cpu_s: float = 0.0

    @property
    def well(self) -> bool:
        return not (self.lost or self.doubled or self.disagreeing or self.hidden)


def check(folder: Path, allowed: Versions, earlier: Versions | None = None) -> Verdict:
    """Open what the killed process left, as a reader and then as a writer, and compare everything with everything.

    `earlier` are texts that each article had: each of them must be its text still, or one of its versions, and once.
    """
    verdict = Verdict()
    if not (folder / "library.db").exists():  # Killed before there was a library.
        verdict.lost = [id for id, texts in allowed.items() if None not in texts]
        return verdict
    with Library.open(folder, read_only=True, embedding=WordEmbedding()) as reader:
        _compare_articles(reader, allowed, verdict, "for a reader")
    began, worked = time.perf_counter(), _worked()
    with Library.open(folder, embedding=WordEmbedding()) as library:
        library.search("harbour")
        verdict.recovery_s, verdict.recovery_cpu_s = time.perf_counter() - began, _worked() - worked
        _compare_articles(library, allowed, verdict, "for a writer")
        _compare_indexes(library, verdict)
        _search_for_each(library, allowed, verdict)
        _look_for_versions(library, earlier or {}, verdict)
    verdict.hidden = leftovers(folder.parent)
    _look_at_the_file(folder, verdict)
    return verdict


def _worked() -> float:
    """Processor seconds of this process and of those that it started."""
    return sum(os.times()[:4])


def _compare_articles(library: Library, allowed: Versions, verdict: Verdict, whom: str) -> None:
    articles = library.articles()
    held = {article.id: article.text for article in articles}
    if len(held) < len(articles):
        verdict.doubled.append(f"{len(articles) - len(held)} articles {whom}")
    for id, texts in allowed.items():
        if held.get(id) not in texts:
            verdict.lost.append(f"{id} {whom}: {held.get(id)!r:.60}")
    for id in held.keys() - allowed.keys():
        verdict.doubled.append(f"{id} {whom}")


def _compare_indexes(library: Library, verdict: Verdict) -> None:
    """SQLite's chunks, Chroma's vectors and the words of lexical search must be the same ones."""
    database, chroma = library._database, library._vectors.writable()
    due = database.all_chunk_ids()
    verdict.chunks = len(due)
    if chroma.ids() != due:
        verdict.disagreeing.append(f"Chroma: {len(chroma.ids() - due)} too many, {len(due - chroma.ids())} missing")
    ids, matrix = database.all_vectors()
    reached = {id for id, _ in chroma.nearest(matrix[0], len(ids))} if ids else set()
    if len(reached) < 0.95 * len(due):  # Fresh from Chroma too, a few of 1,000 are not reached from everywhere.
        verdict.disagreeing.append(f"Chroma reaches {len(reached)} of {len(due)} vectors")
    for article in library.articles():
        covered = "".join(sentence.text for sentence in library.sentences(article))
        if not covered or database.chunk_ids([article.id]) == []:
            verdict.disagreeing.append(f"{article.id} has no sentences or no chunks")


def _search_for_each(library: Library, allowed: Versions, verdict: Verdict) -> None:
    """Every article holds a word of its own, its id and version: it occurs if and only if the article is there.

    Its first paragraph must then find it; the word alone need not, among 10,000 chunks that are alike in all other words.
    """
    held = {article.id: article for article in library.articles()}
    for id, texts in allowed.items():
        for text in texts - {None}:
            word = text.split()[0]
            there = id in held and held[id].text == text
            found = any(hit.article.id == id for hit in library.search(text.split("\n\n")[0]))
            if library.occurs(word) != there or found < there:
                verdict.disagreeing.append(f"search for {word}: {found}, though kept: {there}")


def _look_for_versions(library: Library, earlier: Versions, verdict: Verdict) -> None:
    held = {article.id: article.text for article in library.articles()}
    for id, texts in earlier.items():
        if id not in held:
            continue
        kept = [version.article.text for version in library.versions(id)]
        verdict.lost += [f"a version of {id}: {text!r:.60}" for text in texts if text not in (held[id], *kept)]
        verdict.doubled += [f"a version of {id}: {text!r:.60}" for text in set(kept) if kept.count(text) > 1]


def leftovers(place: Path) -> list[str]:
    """What unfinished work leaves: copies of articles that no one knows of."""
    names = ("*.partial", "restoring", "rebuilding", "library.db.new", ".restoring*", ".copy*")
    return [str(path.relative_to(place)) for name in names for path in place.rglob(name)]


def _look_at_the_file(folder: Path, verdict: Verdict) -> None:
    with closing(sqlite3.connect(folder / "library.db")) as database:
        found = [row[0] for row in database.execute("PRAGMA integrity_check") if row[0] != "ok"]
        database.execute(
            "INSERT INTO words (words) VALUES ('integrity-check')"
        )  # FTS5's own; raises where it is not well.
        words, chunks = (
            {number for (number,) in database.execute(query)}
            for query in ("SELECT id FROM words_docsize", "SELECT number FROM chunks")
        )
    verdict.disagreeing += found + (["words and chunks differ"] if words != chunks else [])
