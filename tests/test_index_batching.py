"""Embedding together: every caller gets their own rows, and what comes while a batch is computed shares the next one."""

import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.embedding.batching import BatchedEncoder
from ui.server.search_priority import Searches


def lengths(texts):
    return np.array([[len(text)] for text in texts], np.float32)


def all_at_once(calls):
    threads = [threading.Thread(target=call, daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.text(max_size=9), min_size=1, max_size=5), min_size=1, max_size=20), st.integers(1, 4))
def test_everybody_gets_the_rows_of_their_own_texts(asked, most):
    together, got = BatchedEncoder(lengths, most), {}
    all_at_once([lambda n=n: got.update({n: together.encode(asked[n])}) for n in range(len(asked))])
    assert all(np.array_equal(got[n], lengths(texts)) for n, texts in enumerate(asked))


def test_who_comes_meanwhile_shares_a_batch_of_so_many():
    batches, go_on = [], threading.Event()

    def slowly(texts):
        batches.append(len(texts))
        go_on.wait(10)
        return lengths(texts)

    together = BatchedEncoder(slowly, most=4)
    threads = [threading.Thread(target=together.encode, args=[[f"question {n}"]], daemon=True) for n in range(10)]
    threads[0].start()
    while not batches:
        time.sleep(0.001)
    for thread in threads[1:]:
        thread.start()
    while len(together._waiting) < 9:
        time.sleep(0.001)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert batches == [1, 4, 4, 1]


def test_what_fails_fails_for_all_who_share_it_and_for_nobody_else():
    def choosy(texts):
        if "bad" in texts:
            raise ValueError("bad")
        return lengths(texts)

    together, told = BatchedEncoder(choosy, most=1), []

    def ask(text):
        try:
            told.append(together.encode([text])[0, 0])
        except ValueError as error:
            told.append(str(error))

    all_at_once([lambda text=text: ask(text) for text in ("good", "bad", "better")])
    assert sorted(map(str, told)) == ["4.0", "6.0", "bad"]


def test_who_waits_until_nobody_searches_goes_on_then_or_after_a_while(monkeypatch):
    monkeypatch.setattr("ui.server.search_priority._HELD_S", 0.2)
    searches = Searches()
    searches.wait()
    started = time.monotonic()
    with searches.searching(), searches.searching():
        searches.wait()
    assert 0.15 < time.monotonic() - started < 2

    monkeypatch.setattr("ui.server.search_priority._HELD_S", 20)
    searching = threading.Event()

    def search():
        with searches.searching():
            searching.set()
            time.sleep(0.1)

    threading.Thread(target=search, daemon=True).start()
    searching.wait(10)
    started = time.monotonic()
    searches.wait()
    assert time.monotonic() - started < 10


def test_searches_are_few_at_once_and_an_error_gives_the_place_back(monkeypatch):
    searches, inside, most = Searches(), [0], [0]
    lock = threading.Lock()

    def search(fails):
        try:
            with searches.searching():
                with lock:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                time.sleep(0.01)
                with lock:
                    inside[0] -= 1
                if fails:
                    raise OSError
        except OSError:
            pass

    all_at_once([lambda n=n: search(n % 3 == 0) for n in range(60)])
    assert 1 < most[0] <= 16
    with pytest.raises(KeyError), searches.searching():
        raise KeyError
    searches.wait()
