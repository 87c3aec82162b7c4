"""Spelling correction of questions: unknown words are replaced by the nearest words of the articles."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from index.text.terms import Words

_SHORTEST = 5
"""Letters: shorter words have too many neighbours."""
_LONG = 8
"""Letters from which a word may differ in two."""
_MOST = 3
"""Replacements for one word."""

Bucket = Mapping[int, Sequence[str]]
"""Stems of one first letter, by length."""


def bucket(stems: Iterable[str]) -> Bucket:
    """The stems that may be replacements, by length."""
    by_length: defaultdict[int, list[str]] = defaultdict(list)
    for stem in stems:
        if stem.isalpha():
            by_length[len(stem)].append(stem)
    return by_length


def respelt(words: Words, known: Callable[[str], bool], beginning: Callable[[str], Bucket]) -> tuple[str, ...]:
    """The stems nearest to each word that is unknown in every language.

    `words` are the words of a question, each as its stems in every language; `beginning` gives the known stems that begin
    with a letter.
    """
    unknown = (dict.fromkeys(stems) for stems in words if not any(map(known, stems)))
    return tuple(dict.fromkeys(near for stems in unknown for stem in stems for near in nearest(stem, beginning)))


def nearest(stem: str, beginning: Callable[[str], Bucket]) -> list[str]:
    """The known stems with the fewest differences from an unknown one, if those are few for its length."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    if len(stem) < _SHORTEST or not stem.isalpha():
        return []
    limit = 2 if len(stem) >= _LONG else 1
    stems = beginning(stem[0])
    near = [
        other
        for length in range(len(stem) - limit, len(stem) + limit + 1)
        for other in process.extract(stem, stems.get(length, ()), scorer=OSA.distance, score_cutoff=limit, limit=_MOST)
    ]
    least = min((distance for _, distance, _ in near), default=0)
    return [other for other, distance, _ in near if distance == least][:_MOST]
