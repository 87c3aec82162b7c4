"""What a question says of the articles it asks for: times and sources, in both languages."""

from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index import Filter
from rag.retrieve.scope import narrowed, scope_of

TODAY = date(2026, 11, 22)  # a Sunday
SOURCES = {"reuters", "le monde", "le monde diplomatique", "afp", "the guardian"}


def scope(question):
    return scope_of(question, TODAY, lambda name: name.lower() in SOURCES)


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("What happened to the ferry in 2018?", "2018-01-01", "2019-01-31"),
        ("Que s'est-il passé en mars 2021 ?", "2021-03-01", "2021-04-07"),
        ("Who resigned on 5 March 2021?", "2021-03-05", "2021-03-07"),
        ("Who resigned on March 5, 2021?", "2021-03-05", "2021-03-07"),
        ("Qui a démissionné le 1er août 2020 ?", "2020-08-01", "2020-08-03"),
        ("What did the minister say last week?", "2026-11-09", "2026-11-18"),
        ("Qu'a dit la ministre la semaine dernière ?", "2026-11-09", "2026-11-18"),
        ("Who won yesterday?", "2026-11-21", "2026-11-23"),
        ("Qui a gagné hier ?", "2026-11-21", "2026-11-23"),
        ("What changed last month?", "2026-10-01", "2026-11-07"),
        ("Qu'est-ce qui a changé l'année dernière ?", "2025-01-01", "2026-01-31"),
    ],
)
def test_the_time_of_an_event_is_preferred_and_excludes_nothing(question, since, until):
    asked = scope(question)
    assert (asked.prefer, asked.filter, asked.question) == (Filter(since, until), Filter(), question)


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("Which names stand in last week's articles?", "2026-11-09", "2026-11-15"),
        ("What do articles published in March 2021 say of the bridge?", "2021-03-01", "2021-03-31"),
        ("Que disent les articles parus en 2020 ?", "2020-01-01", "2020-12-31"),
        ("Que disent les dépêches du 3 mai 2020 ?", "2020-05-03", "2020-05-03"),
        ("Who is quoted in yesterday's articles?", "2026-11-21", "2026-11-21"),
    ],
)
def test_the_time_of_publication_is_a_filter(question, since, until):
    asked = scope(question)
    assert (asked.filter, asked.prefer) == (Filter(since, until), None)


@pytest.mark.parametrize(
    ("question", "rest", "source"),
    [
        ("How late is the ferry according to Reuters?", "How late is the ferry?", "Reuters"),
        ("According to The Guardian, who resigned?", "Who resigned?", "The Guardian"),
        ("Selon Le Monde, qui a démissionné ?", "Qui a démissionné ?", "Le Monde"),
        ("Selon Le Monde diplomatique, qui a démissionné ?", "Qui a démissionné ?", "Le Monde diplomatique"),
        ("Selon l'AFP, combien coûte le pont ?", "Combien coûte le pont ?", "AFP"),
        ("Combien coûte le pont d'après l’AFP ?", "Combien coûte le pont ?", "AFP"),
    ],
)
def test_a_source_of_the_library_is_a_filter_and_leaves_the_question(question, rest, source):
    from index.filters import source_key

    asked = scope_of(question, TODAY, lambda name: source_key(name) in {source_key(known) for known in SOURCES})
    assert asked.question == rest and [source_key(name) for name in asked.filter.sources] == [source_key(source)]


@pytest.mark.parametrize(
    "question",
    [
        "How late is the ferry according to its captain?",
        "Selon la ministre, combien coûte le pont ?",
        "Who wrote the 2018 report?",
        "What changed between March 2020 and May 2021?",  # two times: what they mean together is not guessed
        "Who walked on Mars 12 times?",
        "How many pages has the novel 1984?",
        "",
    ],
)
def test_anything_else_asks_of_all_articles(question):
    asked = scope(question)
    assert (asked.question, asked.filter, asked.prefer) == (question, Filter(), None)


def test_what_is_given_wins_over_what_the_question_says():
    asked = Filter("2018", "2018", ("Reuters",))
    assert narrowed(Filter(), asked) == asked
    assert narrowed(Filter(since="2020"), asked) == Filter("2020", None, ("Reuters",))
    assert narrowed(Filter(until="2020"), asked) == Filter(None, "2020", ("Reuters",))
    assert narrowed(Filter(sources=("AFP",)), asked) == Filter("2018", "2018", ("AFP",))


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=80), st.dates(), st.booleans())
@example("Who won today?", date.max, False)
def test_no_question_breaks_it(question, today, known):
    asked = scope_of(question, today, lambda name: known)
    assert asked.filter.sources == () or known


@settings(deadline=None, max_examples=50)
@given(st.dates(min_value=date(2, 1, 1), max_value=date(9998, 1, 1)))
def test_relative_times_lie_before_today(today):
    for words in ("yesterday", "last week", "last month", "last year"):
        prefer = scope_of(f"What happened {words}?", today, lambda name: False).prefer
        assert prefer is not None and prefer.first < str(today)
