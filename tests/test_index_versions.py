"""Articles never vanish: what replaces what, what is kept of it, and how it is brought back."""

import json
import zipfile

import pytest
from fakes import WordEmbedding

from index import Filter, Library
from index.errors import UnknownArticleError
from index.store.rebuild import rebuild_library

FERRY = (
    "The operator of the Ullscar ferry will raise fares by 4 per cent in June.",
    "Commuters said that they had been given no notice of the change before Monday.",
    "A season ticket will cost 312 crowns, and children under six will travel free.",
    "The operator blamed the price of diesel, which has doubled since the spring.",
)
LIBRARY = (
    "Councillors in Denmoor voted to close the Rosehill library in the autumn.",
    "The building needs a new roof, and the county has refused to pay for one.",
    "Its books will be moved to the school, where readers can borrow them at noon.",
    "Two councillors left the room in protest before the votes were counted.",
)


def page(title, paragraphs, canonical="", site="The Denmoor Gazette", head=""):
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{link}{head}'
        f'<meta property="og:site_name" content="{site}"></head><body><main><article><h1>{title}</h1>{body}</article></main>'
        "</body></html>"
    )


def add(library, path, text):
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text, "utf-8")
    return library.add([path])


def texts(library):
    return ["\n\n".join(article.text.split("\n\n")) for article in library.articles()]


def whats(report):
    return [outcome.what for outcome in report.outcomes]


def test_archives_of_one_name_in_two_folders_are_read_as_two(library, tmp_path, monkeypatch):
    for desk, story in (("a", FERRY), ("b", LIBRARY)):
        (tmp_path / desk).mkdir()
        monkeypatch.chdir(tmp_path / desk)
        with zipfile.ZipFile("export.zip", "w") as archive:
            archive.writestr("articles/1.txt", "\n\n".join(story))
            archive.writestr("all.jsonl", json.dumps({"text": " ".join(reversed(story))}))
        assert whats(library.add(["export.zip"])) == ["added", "added"]
    assert len(library.articles()) == 4
    assert all(article.origin.startswith(str(tmp_path)) for article in library.articles())


@pytest.mark.parametrize(
    "canonical",
    [
        "https://gazette.example/long/story",
        "https://gazette.example/news/",
        "https://gazette.example/index.php",
        "https://gazette.example/",
    ],
)
def test_two_texts_that_share_little_stay_whatever_their_canonical_link_says(library, tmp_path, canonical):
    first = add(library, tmp_path / "1.html", page("Local news", FERRY, canonical))
    second = add(library, tmp_path / "2.html", page("Local news", LIBRARY, canonical))
    assert whats(first) + whats(second) == ["added", "added"]
    assert {FERRY[0] in text or LIBRARY[0] in text for text in texts(library)} == {True} and len(texts(library)) == 2


def test_records_without_ids_that_name_a_section_all_stay(library, tmp_path):
    lines = [
        {"title": story[0][:20], "text": " ".join(story), "url": "https://gazette.example/news"}
        for story in (FERRY, LIBRARY)
    ]
    report = add(library, tmp_path / "x.jsonl", "\n".join(map(json.dumps, lines)))
    assert whats(report) == ["added", "added"] and len(library.articles()) == 2


def test_a_file_that_was_given_another_story_keeps_both(library, tmp_path):
    add(library, tmp_path / "today.txt", "\n\n".join(FERRY))
    report = add(library, tmp_path / "today.txt", "\n\n".join(LIBRARY))
    assert whats(report) == ["added"] and len(library.articles()) == 2


def test_records_of_one_id_in_two_files_or_twice_in_one_all_stay_and_the_report_says_so(library, tmp_path):
    def record(story):
        return json.dumps({"id": "1", "text": " ".join(story)})

    add(library, tmp_path / "a" / "export.jsonl", record(FERRY))
    report = add(library, tmp_path / "b" / "export.jsonl", record(LIBRARY))
    (outcome,) = report.outcomes
    assert outcome.what == "added" and "'1'" in outcome.notes[0] and outcome.article in outcome.notes[0]
    assert library.article("1").text == " ".join(FERRY) and library.article(outcome.article).text == " ".join(LIBRARY)
    twice = add(
        library, tmp_path / "c" / "export.jsonl", f"{record(FERRY[::-1])}\n{record(FERRY[::-1] + LIBRARY[::-1])}"
    )
    again = library.add([tmp_path / "b" / "export.jsonl"])
    assert whats(again) == ["unchanged"] and len(library.articles()) == 2 + len(twice.added)


def test_an_update_says_how_much_it_changed_and_keeps_what_it_replaced(library, tmp_path):
    address = "https://gazette.example/ferry"
    first = add(library, tmp_path / "1.html", page("Ferry fares", FERRY, address)).added[0]
    corrected = (FERRY[0].replace("4 per cent", "6 per cent"), *FERRY[1:], "The council will discuss it on Thursday.")
    (outcome,) = add(library, tmp_path / "2.html", page("Ferry fares", corrected, address)).outcomes
    assert outcome.what == "updated" and 0.05 < outcome.changed < 0.5
    (article,) = library.articles()
    (version,) = library.versions(article.id)
    assert (article.id, version.article.id) == (outcome.article, first) and "4 per cent" in version.article.text
    assert library.article(first).text == version.article.text and library.current(first) == article.id
    assert [sentence.text for sentence in library.sentences(version.article)][-1] == FERRY[-1]
    found = library.search("ferry fares per cent", filter=Filter(articles=(first,)))
    assert found and all(hit.article == article and "4 per cent" not in hit.chunk.text for hit in found)


def test_a_version_is_brought_back_and_stays_when_the_same_sources_are_added_again(library, tmp_path):
    address = "https://gazette.example/ferry"
    first = add(library, tmp_path / "1.html", page("Ferry fares", FERRY, address)).added[0]
    add(library, tmp_path / "2.html", page("Ferry fares", (*FERRY, "The council will meet."), address))
    second = library.articles()[0].id
    with pytest.raises(UnknownArticleError, match="--versions"):
        library.restore(second)
    assert library.restore(first).id == first
    assert [article.id for article in library.articles()] == [first]
    kept = library.versions(first)
    assert [version.article.id for version in kept] == [second]
    report = library.add([tmp_path / "1.html", tmp_path / "2.html"])
    assert library.versions(first) == kept
    assert whats(report) == ["unchanged", "left_out"] and f"--restore {second}" in report.outcomes[1].why
    assert "Ullscar" in library.search("Who raises the fares of the Ullscar ferry?")[0].chunk.text


def test_a_record_keeps_its_id_through_versions_and_restoring(library, tmp_path):
    for story in (FERRY, (*FERRY, "The council will meet.")):
        add(library, tmp_path / "a.jsonl", json.dumps({"id": "f", "text": " ".join(story)}))
    (version,) = library.versions("f")
    assert version.article.text == " ".join(FERRY) == library.restore(version.article.id).text
    assert library.article("f").text == " ".join(FERRY) and len(library.versions("f")) == 1


@pytest.mark.parametrize("address", ["https://gazette.example/ferry", "https://amp.gazette.example/ferry/amp/"])
def test_a_teaser_never_replaces_the_fuller_text_and_the_fuller_text_replaces_a_teaser(library, tmp_path, address):
    whole, teaser = page("Fares", FERRY, "https://gazette.example/ferry"), page("Fares", FERRY[:2], address)
    add(library, tmp_path / "whole.html", whole)
    (outcome,) = add(library, tmp_path / "teaser.html", teaser).outcomes
    assert outcome.what == "left_out" and outcome.article in outcome.why
    assert len(library.articles()) == 1 and FERRY[3] in library.articles()[0].text
    assert FERRY[3] not in library.versions(outcome.article)[0].article.text
    with Library.open(tmp_path / "other", embedding=WordEmbedding()) as other:
        other.add([tmp_path / "teaser.html"])
        assert whats(other.add([tmp_path / "whole.html"])) == ["updated"]
        assert len(other.articles()) == 1 and FERRY[3] in other.articles()[0].text


def test_one_agency_text_in_two_papers_is_two_articles_folded(library, tmp_path):
    agency = "https://agency.example/ferry"
    for n, paper in enumerate(("The Denmoor Gazette", "The Tarnwick Courier")):
        assert whats(add(library, tmp_path / f"{n}.html", page("Fares", FERRY, agency, paper))) == ["added"]
    first = library.search("Who raises the fares of the ferry?")[0]
    assert {first.article.id, *first.also_in} == {article.id for article in library.articles()}


def test_weekly_reports_that_differ_in_their_figures_or_days_are_articles_of_their_own(library, tmp_path):
    for n, week in enumerate(("12 boats and 340 tonnes", "19 boats and 505 tonnes")):
        report = (f"The harbour of Tarnwick counted {week} this week.", *FERRY[1:])
        assert whats(add(library, tmp_path / f"{n}.html", page("Harbour report", report))) == ["added"]
    for day, word in (("2024-05-01", "today"), ("2024-05-08", "this week")):
        head = f'<meta property="article:published_time" content="{day}">'
        assert whats(
            add(library, tmp_path / f"{day}.html", page("Notice", (*LIBRARY, f"So it was said {word}."), head=head))
        ) == ["added"]


def test_versions_outlive_rebuilding_and_a_backup(library, tmp_path):
    add(library, tmp_path / "a.txt", "\n\n".join(FERRY))
    add(library, tmp_path / "a.txt", "\n\n".join((*FERRY, "The council will meet.")))
    before = library.versions(library.articles()[0].id)
    library.close()
    rebuild_library(library.folder, embedding=WordEmbedding())
    with Library.open(library.folder, embedding=WordEmbedding()) as opened:
        (article,) = opened.articles()
        assert opened.versions(article.id) == before != []


def test_rebuilding_merges_nothing(library, tmp_path):
    from index.articles import Article, content_id

    library.store(Article("given", "T", FERRY[0], "en", "0.txt"))
    for n in (1, 2):
        text = " ".join(FERRY[: n + 2])
        library.store(Article(content_id(None, "P", "T", text), "T", text, "en", f"{n}.txt", "P"))
    library.store(Article("given", "T", LIBRARY[0], "en", "1.txt"))
    assert library.article("given").text == LIBRARY[0] and library.versions("given")[0].article.text == FERRY[0]
    library.close()
    assert rebuild_library(library.folder, embedding=WordEmbedding()) == 3
