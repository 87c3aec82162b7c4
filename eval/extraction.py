"""How well pages are read: `python -m eval.extraction FOLDER` scores the bodies of an article-extraction benchmark.

The folder is that of scrapinghub/article-extraction-benchmark: `ground-truth.json` and `html/ID.html.gz`. The measure is
its own: of each page the runs of four words in the true and the found body are compared, precision and recall are
averaged over the pages, and F1 is made of the two averages.
"""

import gzip
import json
import re
import statistics
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from index.errors import QuestionSetError, SourceError
from index.ingest.worker import shared_parser

_WORDS = 4


class Scores(NamedTuple):
    """Averages over pages, as the benchmark has them."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall) if any(self) else 0.0


def page_scores(true: str, found: str) -> Scores:
    """Of one page. Two empty bodies agree; an empty one beside another has nothing right."""
    wanted, given = _runs(true), _runs(found)
    right = (wanted & given).total()
    if wanted == given:
        return Scores(1.0, 1.0)
    return Scores(right / given.total() if given else 0.0, right / wanted.total() if wanted else 0.0)


def overall(pairs: list[tuple[str, str]]) -> Scores:
    """Of many pages, each as its true and its found body. A body that is empty is left out of its average."""
    scored = [(true, found, page_scores(true, found)) for true, found in pairs]
    return Scores(
        statistics.fmean([score.precision for _, found, score in scored if _runs(found)] or [0.0]),
        statistics.fmean([score.recall for true, _, score in scored if _runs(true)] or [0.0]),
    )


def _runs(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    runs = (tuple(words[n : n + _WORDS]) for n in range(max(1, len(words) - _WORDS + 1)))
    return Counter(run for run in runs if run)


def measure(folder: Path) -> tuple[Scores, list[str]]:
    """The scores of onrecord on a benchmark's folder, and a line for each page that it refused."""
    try:
        truth = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise QuestionSetError(f"{str(folder)!r} is no extraction benchmark ({error}); give its folder.") from error
    pairs, refused = [], []
    for name, page in truth.items():
        packed = (folder / "html" / f"{name}.html.gz").read_bytes()
        try:
            found = shared_parser().page("html", gzip.decompress(packed)).text
        except SourceError as error:
            found = ""
            refused.append(f"{page.get('url', name)}: {error}")
        pairs.append((page.get("articleBody", ""), found))
    return overall(pairs), refused


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("Give the benchmark's folder: python -m eval.extraction FOLDER", file=sys.stderr)
        return 2
    try:
        scores, refused = measure(Path(arguments[0]))
    except QuestionSetError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"precision {scores.precision:.3f}  recall {scores.recall:.3f}  F1 {scores.f1:.3f}")
    print("\n".join(f"refused: {line}" for line in refused))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
