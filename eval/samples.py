"""The small sets in eval/sets, drawn from the whole collections by rule and not by eye.

python -m eval.samples PIAF_QUESTIONS XQUAD_QUESTIONS SQUAD_QUESTIONS eval/sets
"""

import hashlib
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from eval.cases import Case, sample
from eval.importers import COLLECTIONS, Imported, Source, leave_out, read_collection, write_set

_SEED = 1
_FRENCH_ARTICLES = 52
_PER_LANGUAGE, _ABSENT, _SQUAD = 26, 10, 60
_FEWEST_WORDS, _MOST_WORDS = 7, 6
_LENGTHS = range(1_200, 6_000)
_LEFT_OUT = 0.11


def write_samples(piaf: Path, xquad: Path, squad: Path, out: Path) -> None:
    """English and French questions over one corpus, some of them without an answer in it; and a SQuAD 2.0 sample."""
    french, english = read_collection("piaf", piaf), read_collection("xquad", xquad)
    mixed = _mix(leave_out(_fewer_articles(french, _FRENCH_ARTICLES), _LEFT_OUT), leave_out(english, _LEFT_OUT))
    known = [COLLECTIONS[kind] for kind in ("xquad", "piaf")]
    write_set(mixed, out, "wiki-en-fr", "CC BY-SA 4.0", "; ".join(each.attribution for each in known))
    whole = read_collection("squad", squad)
    drawn = _only(whole, sample(whole.cases, _SQUAD, _SEED))
    write_set(drawn, out, "squad2-sample", "CC BY-SA 4.0", COLLECTIONS["squad"].attribution)


def _mix(french: Imported, english: Imported) -> Imported:
    """Both corpora whole, and of each language as many questions with an answer and without."""
    cases = [case for each in (english, french) for case in _drawn(each.cases)]
    return Imported(tuple(cases), english.articles + french.articles)


def _drawn(cases: Sequence[Case]) -> Iterable[Case]:
    """Questions fit to be asked of an archive, no two of one article while there are others."""
    asked = [case for case in cases if _stands_alone(case.question)]
    present = [case for case in asked if any(len(answer.split()) <= _MOST_WORDS for answer in case.answers)]
    yield from _spread(present, _PER_LANGUAGE, lambda case: case.sources[0])
    yield from _spread([case for case in asked if case.expect == "not_found"], _ABSENT, lambda case: case.id)


def _stands_alone(question: str) -> bool:
    """Long enough, and it names something: collections also hold questions that only make sense beside their text."""
    _, *others = question.split()
    return len(others) + 1 >= _FEWEST_WORDS and any(word[0].isupper() or word[0].isdigit() for word in others)


def _spread(cases: Sequence[Case], n: int, group: Callable[[Case], str]) -> list[Case]:
    """The first n by hash, one of each group before a second of any."""
    taken: dict[str, int] = {}
    ranked = []
    for case in sorted(cases, key=_hash):
        turn = taken[group(case)] = taken.get(group(case), 0) + 1
        ranked.append((turn, _hash(case), case))
    return [case for _, _, case in sorted(ranked, key=lambda one: one[:2])[:n]]


def _fewer_articles(imported: Imported, n: int) -> Imported:
    """The first n articles by hash that are about as long as news, and their questions."""
    like_news = [article for article in imported.articles if len(article.text) in _LENGTHS]
    kept = {article.id for article in sorted(like_news, key=_hash)[:n]}
    return _only(imported, [case for case in imported.cases if set(case.sources) & kept])


def _only(imported: Imported, cases: Sequence[Case]) -> Imported:
    """These questions, and the articles they are asked of."""
    kept = {id for case in cases for id in case.sources}
    return Imported(tuple(cases), tuple(article for article in imported.articles if article.id in kept))


def _hash(one: Case | Source) -> str:
    return hashlib.sha256(f"{_SEED}:{one.id}".encode()).hexdigest()


if __name__ == "__main__":
    write_samples(*map(Path, sys.argv[1:5]))
