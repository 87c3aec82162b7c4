"""The day that the paper printed, wherever and however it is written."""

import json

import pytest
from test_index_versions import FERRY, add

from index.ingest.pubdates import read_day
from index.ingest.sources import read_sources

BODY = "".join(f"<p>{paragraph} {paragraph}</p>" for paragraph in FERRY)


@pytest.mark.parametrize(
    ("value", "language", "day"),
    [
        ("2024-05-01T00:40:00+02:00", None, "2024-05-01"),
        ("2024-04-30", None, "2024-04-30"),
        ("2024-04", None, "2024-04"),
        ("20240430T214000Z", None, "2024-04-30"),
        ("2024/4/30", None, "2024-04-30"),
        ("Wed, 01 May 2024 00:40:00 +0200", "en", "2024-05-01"),
        ("Tue, 30 Apr 2024 21:40:00 -0500", "fr", "2024-04-30"),
        ("1714516800", None, "2024-04-30"),
        ("1714516800000", None, "2024-04-30"),
        ("30/04/2024", "fr", "2024-04-30"),
        ("30/04/2024", "en", "2024-04-30"),
        ("04/05/2024", "fr", "2024-05-04"),
        ("04/05/2024", "en-US", "2024-04-05"),
        ("04/05/2024", "en_GB", "2024-05-04"),
        ("04/05/2024", "en", None),
        ("04.05.2024", "de", "2024-05-04"),
        ("4.5.2024", "en", "2024-05-04"),
        ("mardi 30 avril 2024 à 21h40", "fr", "2024-04-30"),
        ("30 avril 2024", "en", "2024-04-30"),
        ("April 30, 2024 9:40 pm EDT", "en", "2024-04-30"),
        ("1er mai 2024", "fr", "2024-05-01"),
        ("May 2024", "en", None),
        ("yesterday", "en", None),
        ("30 February 2024", "en", None),
        ("2024-02-31", None, None),
        ("12345", None, None),
    ],
)
def test_a_day_is_read_as_its_writer_meant_it(value, language, day):
    assert read_day(value, language) == day


@pytest.mark.parametrize(
    ("date", "day"),
    [
        ("<pubDate>Wed, 01 May 2024 00:40:00 +0200</pubDate>", "2024-05-01"),
        ("<pubDate>Tue, 30 Apr 2024 21:40:00 -0500</pubDate>", "2024-04-30"),
        ("<dc:date>2024-05-01T00:40:00+02:00</dc:date>", "2024-05-01"),
    ],
)
def test_a_feeds_days_are_those_of_its_zone(tmp_path, date, day):
    (tmp_path / "feed.xml").write_text(
        '<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Courier</title><item><title>Pier</title>'
        f"<link>https://courier.example/pier</link>{date}<content:encoded><![CDATA[{BODY}]]></content:encoded>"
        "</item></channel></rss>",
        "utf-8",
    )
    (article,) = read_sources([tmp_path / "feed.xml"])
    assert (article.published, article.updated) == (day, None)


def read_page(tmp_path, body, ld=None):
    said = f'<script type="application/ld+json">{json.dumps(ld)}</script>' if ld else ""
    (tmp_path / "a.html").write_text(
        f'<!doctype html><html lang="en"><head><title>Fares</title>{said}</head><body>{body}</body></html>', "utf-8"
    )
    (article,) = read_sources([tmp_path / "a.html"])
    assert FERRY[0] in article.text
    return article


@pytest.mark.parametrize(
    "box",
    [
        '<aside class="related"><a href="/2019/x">Pier opened in 2019</a> <time datetime="2019-06-01">1 June</time></aside>',
        '<div class="more"><ul><li><a href="/x">Pier opened</a> <time datetime="2019-06-01">1 June 2019</time></li></ul></div>',
        '<section><h2>Most read</h2><p><a href="/x">Pier opened</a> <span class="date">1 June 2019</span></p></section>',
    ],
)
@pytest.mark.parametrize(
    "place",
    [
        "{0}<div><p>Home</p><main><article><h1>Fares</h1>{1}</article></main></div>",
        "<main><article><h1>Fares</h1>{1}</article></main>{0}",
        "<article><h1>Fares</h1>{1}{0}</article>",
    ],
)
def test_the_date_of_a_link_is_not_the_articles(tmp_path, box, place):
    assert read_page(tmp_path, place.format(box, BODY)).published is None


@pytest.mark.parametrize(
    "line", ['<p>By Runa Fels, <time datetime="2024-04-30">Tuesday</time></p>', '<p class="date">30 April 2024</p>']
)
def test_the_date_below_the_headline_is(tmp_path, line):
    assert read_page(tmp_path, f"<article><h1>Fares</h1>{line}{BODY}</article>").published == "2024-04-30"


def test_a_page_that_describes_other_articles_too_has_its_own_date(tmp_path):
    others = [
        {"@type": "NewsArticle", "headline": name, "datePublished": day}
        for name, day in (("Old pier", "2019-06-01"), ("Fares", "2024-04-30"))
    ]
    assert read_page(tmp_path, f"<article><h1>Fares</h1>{BODY}</article>", others).published == "2024-04-30"


@pytest.mark.parametrize(
    ("published", "modified", "dates"),
    [
        ("2024-04-30T08:00:00Z", "2024-04-29T16:00:00Z", ("2024-04-30", None)),
        ("30 April 2024", "May 2, 2024", ("2024-04-30", "2024-05-02")),
        ("Mardi 30 avril 2024", None, ("2024-04-30", None)),
    ],
)
def test_what_a_page_says_of_its_dates(tmp_path, published, modified, dates):
    ld = {"@type": "NewsArticle", "headline": "Fares", "datePublished": published, "dateModified": modified}
    article = read_page(tmp_path, f"<article><h1>Fares</h1>{BODY}</article>", ld)
    assert (article.published, article.updated) == dates


def test_a_date_that_cannot_be_read_is_named_in_the_report_and_not_kept(library, tmp_path):
    lines = [
        {"id": "a", "text": " ".join(FERRY), "date": "in the spring"},
        {"id": "b", "text": " ".join(FERRY), "date": "30/04/2024", "modified": "2024-04-01"},
    ]
    report = add(library, tmp_path / "x.jsonl", "\n".join(map(json.dumps, lines)))
    (note,) = report.outcomes[0].notes
    assert "'published'" in note and "'in the spring'" in note and not report.outcomes[1].notes
    assert [(a.published, a.updated) for a in library.articles()] == [(None, None), ("2024-04-30", None)]
