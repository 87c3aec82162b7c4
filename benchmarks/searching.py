"""python -m benchmarks.searching [CHUNKS…] [--folder DIR]: how long searching and opening take, as a table.

Each size is measured in a process of its own; the libraries are built once and kept in the folder.
"""

import argparse
import gc
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import numpy as np

from benchmarks import synthetic
from index import Filter, Library
from index.text.terms import query_terms

SIZES = (1_000, 10_000, 100_000)
_QUESTIONS = 200
_POOL = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "onrecord-benchmarks")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print("\n".join(measure(options.folder, options.sizes[0])))
        return
    print("| chunks | what | p50 ms | p99 ms | p50 ms of CPU | p99 ms of CPU |\n|---|---|---|---|---|---|", flush=True)
    for size in options.sizes:
        if not (options.folder / str(size) / "built").exists():
            synthetic.build(options.folder / str(size), size)
            (options.folder / str(size) / "built").touch()
        command = [sys.executable, "-m", "benchmarks.searching", str(size), "--folder", str(options.folder), "--one"]
        subprocess.run(command, check=True)


def measure(folder: Path, size: int) -> Iterator[str]:
    """The table's lines of one size."""
    import chromadb  # noqa: F401  its import is not what is measured

    folder = folder / str(size)
    before = _memory()
    library = Library.open(folder, embedding=synthetic.SyntheticEmbedding())
    yield from _line(size, "opening", [_timed(library._vectors.writable)])
    gc.freeze()  # As the page does: collecting what was imported stops everything for a tenth of a second.
    with library:
        questions = synthetic.questions(_QUESTIONS, size)
        vectors = [np.asarray(synthetic.vector(question)) for question in questions]
        terms = [query_terms(question) for question in questions]
        filters = [filter for _, filter in zip(questions, cycle(_filters()), strict=False)]
        yield from _line(size, "first search", [_timed(lambda: library.search(questions[-1]))])
        chroma = library._vectors.writable()
        yield from _line(size, "dense", [_timed(chroma.nearest, vector, _POOL) for vector in vectors])
        yield from _line(size, "BM25", [_timed(library._database.matching, words, _POOL) for words in terms])
        yield from _line(size, "search", [_timed(library.search, question) for question in questions])
        plain = _memory()
        yield from _line(size, "first filtered search", [_timed(library.search, questions[-1], 8, filters[-1])])
        filtered = [
            _timed(library.search, question, 8, filter) for question, filter in zip(questions, filters, strict=True)
        ]
        yield from _line(size, "filtered search", filtered)
        exact = library._vectors.exact()
        shared = [_shared(chroma.nearest(vector, _POOL), exact.nearest(vector, _POOL)) for vector in vectors]
        count = library._database.chunk_count()
        yield f"| {size:,} | {count:,} chunks in fact; Chroma finds {np.mean(shared):.1%} of the true {_POOL} | | | | |"
    disk = {part: sum(f.stat().st_size for f in folder.glob(pattern)) for part, pattern in _PARTS.items()}
    sizes = ", ".join(f"{part} {count / 1e6:.0f} MB" for part, count in disk.items())
    yield f"| {size:,} | memory {plain - before:.0f} MB, {_memory() - before:.0f} MB once filtered; {sizes} | | | | |"


_PARTS = {"library.db": "library.db*", "chroma/": "chroma/**/*"}


def _filters() -> Iterator[Filter]:
    """Wide and narrow ones: a source, some years, a week, a week of one source."""
    for n, source in enumerate(synthetic.sources()):
        yield Filter(sources=(source,))
        yield Filter(since=str(2011 + n), until=str(2013 + n))
        yield Filter(since=f"20{12 + n}-03-01", until=f"20{12 + n}-03-07")
        yield Filter(since=str(2014 + n), sources=(source,))


def _timed(function: Callable[..., object], *arguments: object) -> tuple[float, float]:
    """Milliseconds that passed, and that the processors worked for us: only these mean much on a busy machine."""
    start, worked = time.perf_counter(), time.process_time()
    function(*arguments)
    return 1_000 * (time.perf_counter() - start), 1_000 * (time.process_time() - worked)


def _line(size: int, what: str, times: list[tuple[float, float]]) -> Iterator[str]:
    figures = [np.percentile(column, at) for column in zip(*times, strict=True) for at in (50, 99)]
    yield f"| {size:,} | {what} | {' | '.join(f'{figure:.1f}' for figure in figures)} |"


def _shared(found: list[tuple[str, float]], true: list[tuple[str, float]]) -> float:
    return len({id for id, _ in found} & {id for id, _ in true}) / max(1, len(true))


def _memory() -> float:
    """What this process holds in memory, in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


if __name__ == "__main__":
    main()
