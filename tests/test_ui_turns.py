"""Taking turns: nobody is lost, nobody is served twice, readers go round, and who cannot wait is told at once."""

import threading
import time
from contextlib import ExitStack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import BusyError
from ui.server import turns as taking_turns
from ui.server.turns import Turns


def queue_up(turns, reader, order, leaves, started):
    """A thread that waits for its turn, notes it, and holds it until `leaves` is set."""

    def run():
        with turns.admitted(reader) as turn:
            places = turn.places()
            for place in places:
                started.append(place.number)
            order.append(reader)
            leaves.wait(10)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def until(holds, seconds=5):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.005)


def test_one_after_the_other_in_the_order_in_which_they_came():
    turns, order, leaves, places = Turns(1, 10), [], threading.Event(), []
    threads = []
    for n, reader in enumerate("abcd"):
        threads.append(queue_up(turns, reader, order, leaves, places))
        until(lambda n=n: turns.present == n + 1 and len(places) == n)
    assert order == ["a"] and places == [1, 2, 3]
    leaves.set()
    for thread in threads:
        thread.join(5)
    assert order == list("abcd") and turns.present == 0


def test_turns_go_round_the_readers_not_round_their_questions():
    turns, order, leaves, threads = Turns(1, 20), [], threading.Event(), []
    for n, reader in enumerate(["hog"] * 6 + ["ann", "bob"]):
        threads.append(queue_up(turns, reader, order, leaves, []))
        until(lambda n=n: turns.present == n + 1 and len(turns._line) == n)
    leaves.set()
    for thread in threads:
        thread.join(5)
    assert order[:4] == ["hog", "ann", "bob", "hog"] and sorted(order) == ["ann", "bob"] + ["hog"] * 6


def test_who_cannot_be_kept_waiting_is_told_at_once_and_how_long_to_stay_away():
    turns = Turns(1, 1)
    with turns.admitted("a") as first, turns.admitted("b"):
        assert list(first.places()) == []
        started = time.perf_counter()
        with (
            pytest.raises(BusyError, match="1 question is being answered and 1 is waiting") as busy,
            turns.admitted("c"),
        ):
            pass
        assert time.perf_counter() - started < 0.1
        assert busy.value.retry_s is None and str(busy.value).endswith("Try again later.")  # How long is not known yet.
    with turns.admitted("c") as again:
        assert list(again.places()) == []
    with (
        turns.admitted("a"),
        turns.admitted("b"),
        pytest.raises(BusyError, match="in about 1 second") as busy,
        turns.admitted("c"),
    ):
        pass
    assert busy.value.retry_s == 1


def test_who_is_on_the_way_in_counts_with_those_in_the_servers_queue_and_no_longer():
    turns = Turns(1, 1)
    with turns.expecting(0):
        for queued in (1, 5):
            with pytest.raises(BusyError), turns.expecting(queued):
                pass
        with turns.expecting(0), pytest.raises(BusyError) as busy, turns.expecting(0):
            pass
        assert "2 are waiting" in str(busy.value) and busy.value.retry_s is None
        with turns.admitted("a"), pytest.raises(BusyError), turns.expecting(0):
            pass
    with turns.expecting(1):
        pass


def test_one_reader_takes_so_many_places_and_leaves_the_others():
    turns = Turns(4, 0, ("source is being added", "sources are being added"), per_reader=2)
    with turns.admitted("a"), turns.admitted("a"):
        with pytest.raises(BusyError, match="Of yours, 2 sources are being added"), turns.admitted("a"):
            pass
        with turns.admitted("b"):
            pass
    with turns.admitted("a"):
        pass


def test_the_wait_is_told_from_how_long_the_last_turns_took(monkeypatch):
    monkeypatch.setattr(taking_turns, "POLL_S", 0.02)
    turns = Turns(1, 5)
    with turns.admitted("a") as turn:
        assert list(turn.places()) == []
        time.sleep(0.1)
    with turns.admitted("a") as turn, turns.admitted("b") as waiting:
        assert list(turn.places()) == []
        places = waiting.places()
        assert next(places).number == 1
        assert 0.05 < next(places).wait_s < 0.5  # Looked after again although nothing moved.
        places.close()


def test_who_leaves_the_line_makes_room_and_whoever_is_behind_moves_up():
    turns = Turns(1, 5)
    with ExitStack() as stack:
        list(stack.enter_context(turns.admitted("a")).places())
        leaving = ExitStack()
        second = leaving.enter_context(turns.admitted("b")).places()
        third = stack.enter_context(turns.admitted("c")).places()
        assert (next(second).number, next(third).number) == (1, 2)
        leaving.close()
        assert next(third).number == 1


def test_whoever_came_in_first_stands_first_even_if_their_evidence_took_longer():
    turns = Turns(1, 5)
    with ExitStack() as stack:
        list(stack.enter_context(turns.admitted("a")).places())
        slow, quick = (stack.enter_context(turns.admitted(reader)) for reader in ("b", "c"))
        behind = quick.places()
        assert next(behind).number == 1
        assert next(slow.places()).number == 1
        assert next(behind).number == 2


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=30), st.integers(1, 4))
def test_everybody_who_stays_is_served_and_nothing_is_left_over(comers, at_once):
    """One thread plays all readers: some leave the line before their turn."""
    turns, inside = Turns(at_once, len(comers)), []
    for reader, stays in comers:
        stack = ExitStack()
        places = stack.enter_context(turns.admitted(reader)).places()
        waits = next(places, None) is not None
        if waits and not stays:
            stack.close()
        else:
            inside.append((stack, places))
        assert turns._serving <= at_once
    while inside:
        served = [pair for pair in inside if all(pair[1] is not p for p in waiting_places(turns, inside))]
        assert len(served) == min(at_once, len(inside))
        served[0][0].close()
        inside.remove(served[0])
    assert (turns.present, turns._serving, turns._line, turns._next_start) == (0, 0, [], {})


def waiting_places(turns, inside):
    """The places of those who still stand in line."""
    return [places for _, places in inside if places.gi_frame and places.gi_frame.f_locals["ticket"] in turns._line]
