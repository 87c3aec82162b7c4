"""An in-memory table of dates, publishers and languages of all articles, so that filters are array operations."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.filters import Filter, days, source_key, source_keys

Mask = NDArray[np.bool_]
"""By chunk number: whether the filter matches."""

_UNDATED = ("", "")


class Catalogue:
    """The columns that filters compare.

    `articles` are (number, published, publisher, url, id, language), `chunks` (number, article's number).
    """

    def __init__(
        self,
        articles: Sequence[tuple[int, str | None, str | None, str | None, str, str]],
        chunks: Sequence[tuple[int, int]],
    ) -> None:
        self._publishers = sorted({publisher for _, _, publisher, *_ in articles if publisher})
        self._numbers = np.array([number for number, *_ in articles], np.int64)
        dates = [days(published or "") or _UNDATED for _, published, *_ in articles]
        self._first = np.array([first for first, _ in dates], "U10")
        self._last = np.array([last for _, last in dates], "U10")
        self._by_source: dict[str, list[int]] = {}
        for place, (_, _, publisher, url, _, _) in enumerate(articles):
            for key in source_keys(publisher, url):
                self._by_source.setdefault(key, []).append(place)
        self._ids = np.array([id for *_, id, _ in articles], np.str_)
        self._languages = np.array([language for *_, language in articles], np.str_)
        self._chunks = np.array(chunks, np.int64).reshape(-1, 2)

    @property
    def publishers(self) -> Sequence[str]:
        """The publishers in alphabetical order."""
        return self._publishers

    @property
    def newest(self) -> str | None:
        """The latest day of publication (ISO); None if no article has a date."""
        return max(self._last.tolist(), default="") or None

    def has_source(self, name: str) -> bool:
        """Whether any article is from that publisher."""
        return source_key(name) in self._by_source

    def excludes(self, filter: Filter) -> bool:
        """Whether any article does not match the filter."""
        return not bool(self._meeting(filter).all())

    @property
    def languages(self) -> Sequence[str]:
        """The languages of the articles, the most frequent first."""
        names, counts = np.unique(self._languages, return_counts=True)
        return [str(names[place]) for place in np.argsort(-counts, kind="stable")]

    def mask(self, filter: Filter, language: str | None = None) -> Mask:
        """The chunks of articles that match the filter and the language, if one is given."""
        highest = int(self._numbers.max(initial=0))
        articles = np.zeros(highest + 1, np.bool_)
        meeting = self._meeting(filter)
        if language is not None:
            meeting &= self._languages == language
        articles[self._numbers[meeting]] = True
        numbers, owners = self._chunks[:, 0], self._chunks[:, 1]
        chunks = np.zeros(int(numbers.max(initial=0)) + 1, np.bool_)
        chunks[numbers] = articles[owners]
        return chunks

    def _meeting(self, filter: Filter) -> Mask:
        meeting = np.ones(len(self._numbers), np.bool_)
        if filter.asks_for_time:
            meeting &= (self._first != "") & (self._last >= filter.first) & (self._first <= filter.last)
        if filter.articles is not None:
            meeting &= np.isin(self._ids, np.array(filter.articles, np.str_))
        if filter.sources:
            named = np.zeros(len(self._numbers), np.bool_)
            for source in filter.sources:
                named[self._by_source.get(source_key(source), [])] = True
            meeting &= named
        return meeting
