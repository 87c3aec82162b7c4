"""Filters by date and source: what they let through, alone and in a search."""

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Article, Filter
from index.errors import QuestionError
from index.store.catalogue import Catalogue


def article(published=None, publisher=None, url=None, id="a"):
    return Article(id, "Title", "Text.", "en", id, publisher=publisher, url=url, published=published)


@pytest.mark.parametrize(
    ("since", "until", "published", "holds"),
    [
        ("2018-01-01", None, "2018-01-01", True),
        ("2018-01-02", None, "2018-01-01", False),
        (None, "2018", "2018-12-31", True),
        (None, "2018", "2019-01-01", False),
        ("2018-03", "2018-03", "2018-03-31", True),
        ("2018-03", "2018-03", "2018", True),  # some day of 2018 may be one of March
        ("2018", None, None, False),
        ("2018", None, "in March 2018", False),
        (None, None, None, True),
    ],
)
def test_days_months_and_years(since, until, published, holds):
    assert Filter(since, until).holds(article(published)) is holds


@pytest.mark.parametrize(
    ("source", "publisher", "url", "holds"),
    [
        ("reuters", "Reuters", None, True),
        ("Reuters", None, "https://www.reuters.com/a", True),
        ("reuters.com", "REUTERS", None, True),
        ("Le Monde", None, "https://www.lemonde.fr/a", True),
        ("The Guardian", None, "https://www.theguardian.com/uk", True),
        ("Guardian", "The Guardian", None, True),
        ("Libération", "Liberation", None, True),
        ("BBC", None, "https://www.bbc.co.uk/news", True),
        ("Le Monde", "Le Monde diplomatique", None, False),
        ("Reuters", None, None, False),
    ],
)
def test_a_publisher_goes_by_many_names(source, publisher, url, holds):
    assert Filter(sources=(source,)).holds(article(publisher=publisher, url=url)) is holds


@pytest.mark.parametrize("bad", [{"since": "last year"}, {"until": "2018-13"}, {"since": "2018-02-30"}, {"since": "0000"},
                                 {"since": "2019", "until": "2018"}, {"sources": ("",)}])  # fmt: skip
def test_what_cannot_be_used_is_refused(bad):
    with pytest.raises(QuestionError):
        Filter(**bad)


DATES = st.one_of(
    st.none(), st.dates(date(2017, 1, 1), date(2019, 12, 31)).map(str), st.sampled_from(["2018", "2018-07", "May"])
)
NAMES = st.sampled_from([None, "Reuters", "Le Monde", "AFP"])


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(DATES, NAMES), max_size=12),
    DATES,
    DATES,
    st.lists(NAMES.filter(bool), max_size=2),
    st.none() | st.lists(st.sampled_from("0123x"), max_size=3),
)
def test_the_catalogue_lets_through_what_the_filter_holds(about, since, until, sources, chosen):
    try:
        filter = Filter(since, until, tuple(sources), None if chosen is None else tuple(chosen))
    except QuestionError:
        return
    articles = [article(published, publisher, id=str(n)) for n, (published, publisher) in enumerate(about)]
    languages = ["fr" if n % 3 == 2 else "en" for n in range(len(articles))]
    rows = [(n, a.published, a.publisher, a.url, a.id, languages[n]) for n, a in enumerate(articles)]
    catalogue = Catalogue(rows, [(10 + n, n) for n in range(len(articles))])
    mask = catalogue.mask(filter)
    assert [bool(mask[10 + n]) for n in range(len(articles))] == [filter.holds(a) for a in articles]
    french = catalogue.mask(filter, "fr")
    assert [bool(french[10 + n]) for n in range(len(articles))] == [
        filter.holds(a) and language == "fr" for a, language in zip(articles, languages, strict=True)
    ]
    assert catalogue.languages == sorted(set(languages))
    assert catalogue.excludes(filter) is not all(filter.holds(a) for a in articles)


TEXT = "The ferry Aurora was delayed by {} months, the operator Nordlink said."


@pytest.fixture
def papers(library, tmp_path):
    """Twelve articles of different years and papers, each with another figure."""
    records = [
        {"id": f"a{n}", "title": f"Ferry {n}", "text": TEXT.format(n + 2), "publisher": ("Reuters", "Le Monde")[n % 2],
         "published": f"{2010 + n}-06-15"}
        for n in range(12)
    ]  # fmt: skip
    (tmp_path / "papers.jsonl").write_text("\n".join(map(json.dumps, records)), "utf-8")
    library.add([tmp_path / "papers.jsonl"])
    return library


@pytest.mark.parametrize(
    "filter",
    [
        Filter(since="2015"),
        Filter(until="2012-06-15"),
        Filter(sources=("reuters",)),
        Filter("2014", "2016", ("Le Monde",)),
    ],
)
@pytest.mark.parametrize("read_only", [False, True])
def test_a_search_brings_all_that_meet_the_filter_and_nothing_else(papers, filter, read_only):
    from fakes import WordEmbedding

    from index import Library

    with Library.open(papers.folder, embedding=WordEmbedding(), read_only=True) as reader:
        searched = reader if read_only else papers
        found = {
            id
            for hit in searched.search("How long was the ferry delayed?", 20, filter)
            for id in (hit.article.id, *hit.also_in)
        }
    assert found == {a.id for a in papers.articles() if filter.holds(a)}


def test_a_filter_sees_what_was_added_and_removed_since(papers, tmp_path):
    reuters = Filter(sources=("Reuters",))
    papers.search("ferry", 20, reuters)
    (tmp_path / "more.jsonl").write_text(
        json.dumps({"id": "new", "text": TEXT.format(99), "publisher": "Reuters"}), "utf-8"
    )
    papers.add([tmp_path / "more.jsonl"])
    papers.remove(["a0"])
    found = {id for hit in papers.search("ferry", 20, reuters) for id in (hit.article.id, *hit.also_in)}
    assert "new" in found and "a0" not in found


def test_a_source_that_no_article_is_from_is_named_with_those_that_there_are(papers):
    with pytest.raises(QuestionError, match=r"'Reuterz'.*Le Monde, Reuters"):
        papers.search("ferry", filter=Filter(sources=("Reuterz",)))


def test_a_preference_lifts_and_excludes_nothing(papers):
    plain = papers.search("How long was the ferry delayed?", 20)
    lifted = papers.search("How long was the ferry delayed?", 20, prefer=Filter("2019", "2019"))
    assert {h.chunk.id for h in plain} == {h.chunk.id for h in lifted}
    place = [h.article.id for h in plain].index("a9")
    assert [h.article.id for h in lifted].index("a9") <= place and lifted[0].article.id == "a9"


def test_the_question_chooses_the_source_and_the_answer_says_so(papers):
    from rag import open_assistant

    with open_assistant(papers, llm="none") as assistant:
        answer = assistant.ask("How long was the ferry Aurora delayed according to Le Monde?")
        assert answer.filter == Filter(sources=("Le Monde",)) and answer.to_dict()["filter"]
        assert {citation.publisher for citation in (*answer.citations, *answer.closest)} == {"Le Monde"}
        answer = assistant.ask("How long was the ferry Aurora delayed?", filter=Filter("2014", "2014"))
        assert {citation.article_id for citation in (*answer.citations, *answer.closest)} == {"a4"}
        answer = assistant.ask("How long was the ferry Aurora delayed in 2014?")
        assert answer.filter is None and "filter" not in answer.to_dict()


def test_a_week_of_publication_is_counted_from_the_day_given(papers):
    from rag import open_assistant

    with open_assistant(papers, llm="none") as assistant:
        answer = assistant.ask("How long is the ferry Aurora delayed in last week's articles?", today=date(2017, 6, 20))
        assert answer.filter == Filter("2017-06-12", "2017-06-18")
        assert {citation.article_id for citation in (*answer.citations, *answer.closest)} == {"a7"}
