"""What newsrooms have, through the front door: addresses, feeds, PDF, archives, standard input, and later versions."""

import io
import json
import sys

import pytest
from documents import archive, item, pdf, rss, shown
from news_server import local_web, news_server

from index.articles import Article
from index.ingest.feeds import read_feed
from index.ingest.sources import SourceFailure, read_sources
from index.library import Library

ONE = "Elon Musk fired back at Sam Altman on Saturday after the OpenAI chief posted screenshots of a cancelled order."
TWO = "The dispute comes as the Tesla Roadster remains in development, nearly 7.5 years after it was first unveiled."
LONG = " ".join(f"{ONE} {TWO} That was part {n} of the story." for n in range(8))
LD = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "WebPage", "name": "A page"},
        {
            "@type": ["NewsArticle"],
            "headline": "Roadster Drama &amp; Delay",
            "datePublished": "2025-11-03T10:00:00Z",
            "dateModified": "2025-11-05T09:00:00+01:00",
            "author": [{"@type": "Person", "name": "Jane Doe"}, {"name": "By John Roe"}],
            "publisher": {"@type": "Organization", "name": "The Daily Paper"},
        },
    ],
}


def page(body=f"<p>{ONE}</p><p>{TWO}</p>", ld=None, head="", url="https://paper.example/roadster"):
    said = f'<script type="application/ld+json">{json.dumps(ld)}</script>' if ld else ""
    canonical = f'<link rel="canonical" href="{url}">' if url else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Roadster</title>{canonical}{said}{head}</head>'
        f"<body><article><h1>Roadster</h1>{body}</article></body></html>"
    )


@pytest.fixture
def news():
    with news_server() as server:
        yield server


def read(*sources, **options):
    return list(read_sources(sources, local_web(), **options))


def test_a_page_is_read_from_its_address(news):
    news.pages["/roadster"] = ("text/html; charset=utf-8", page(ld=LD, url="/canonical"))
    (article,) = read(news.address("/roadster#top"))
    assert article.title == "Roadster Drama & Delay"
    assert (article.author, article.publisher) == ("Jane Doe, John Roe", "The Daily Paper")
    assert (article.published, article.updated, article.language) == ("2025-11-03", "2025-11-05", "en")
    assert (article.origin, article.url) == (news.address("/roadster"), news.address("/canonical"))
    assert article.text.endswith(f"{ONE}\n\n{TWO}")


def test_a_page_without_an_address_of_its_own_has_the_one_it_was_read_from(news):
    news.pages["/old"] = (301, {"Location": "/new"}, b"")
    news.pages["/new"] = ("text/html", page(url=None))
    (article,) = read(news.address("/old"))
    assert (article.origin, article.url) == (news.address("/old"), news.address("/new"))


CONTENTS = {
    "pdf": ("application/pdf", pdf(shown(ONE, TWO))),
    "text": (
        "text/plain; charset=iso-8859-1",
        "Late\n\nThe café is late, and nobody at the paper knows why.".encode("latin-1"),
    ),
    "markdown": ("text/markdown", f"# Late\n\n{ONE}"),
    "records": ("application/x-ndjson", json.dumps({"text": ONE})),
    "archive": ("application/zip", archive([("a.txt", ONE)])),
    "a page that says nothing of its kind": ("application/octet-stream", page()),
    "a feed that says it is a page": ("text/html", rss(item("Late", body=f"<p>{LONG}</p>"))),
}


@pytest.mark.parametrize(("kind", "body"), CONTENTS.values(), ids=CONTENTS)
def test_addresses_lead_to_documents_of_every_kind(news, kind, body):
    news.pages["/"] = (kind, body)
    (article,) = read(news.address())
    assert isinstance(article, Article) and article.text


@pytest.mark.parametrize("kind", ["image/png", "video/mp4", "application/json", "font/woff2"])
def test_what_holds_no_article_is_refused(news, kind):
    news.pages["/"] = (kind, b"\x89PNG")
    (failure,) = read(news.address())
    assert kind in failure.reason


# ruff: noqa: E501
STUBS = {
    "teaser": (page(f"<p>{ONE}</p><p>Subscribe to continue reading.</p>"), "paywall"),
    "French teaser": (page(f"<p>{ONE}</p><p>Il vous reste 75.5% de cet article à lire. La suite est réservée aux abonnés.</p>"), "paywall"),
    "teaser in its data": (page(ld={"@type": "NewsArticle", "isAccessibleForFree": "False"}), "paywall"),
    "long teaser in its data": (
        page(f"<p>{LONG}</p><p>{LONG}</p>", ld={"@type": "Article", "isAccessibleForFree": False, "wordCount": 1500}), "paywall"),
    "login": ('<html><head><title>Log in | The Paper</title></head><body><form><p>Please log in to your account to go on.</p>'
              '<input type="password"></form></body></html>', "login"),
    "robots": ("<html><head><title>Just a moment...</title></head><body><p>Verify you are human by completing the action"
               " below.</p></body></html>", "robots"),
    "French robots": ("<html><head><title>Un instant…</title></head><body><p>Vérifiez que vous êtes humain.</p></body></html>", "robots"),
    "captcha": ('<html><head><title>paper.example</title></head><body><p>Please enable JS.</p><script src="https://geo.captcha-delivery.com/'
                'captcha/"></script></body></html>', "robots"),
    "gone": ("<html><head><title>Page not found</title></head><body><p>Sorry, we cannot find that page for you.</p></body></html>", "error page"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "words"), STUBS.values(), ids=STUBS)
def test_what_stands_where_the_article_should_is_refused(news, body, words):
    news.pages["/"] = ("text/html; charset=utf-8", body)
    (failure,) = read(news.address())
    assert isinstance(failure, SourceFailure)
    assert words in failure.reason


WHOLE = {
    "a subscriber's page": page(
        f"<p>{LONG}</p><p>{LONG}</p>", ld={"@type": "NewsArticle", "isAccessibleForFree": False}
    ),
    "a report on paywalls": page(
        f"<p>{LONG}</p><p>{LONG} “Subscribe to continue reading” is what they show, he said.</p>"
    ),
    "a free article beside a login": page(f"<p>{LONG}</p>", head="").replace(
        "</body>", '<input type="password"></body>'
    ),
    "a report on captchas": page(f"<p>{LONG}</p><p>{LONG} They ask you to verify you are human, she said.</p>"),
}


@pytest.mark.parametrize("body", WHOLE.values(), ids=WHOLE)
def test_what_only_speaks_of_such_things_is_read(news, body):
    news.pages["/"] = ("text/html; charset=utf-8", body)
    (article,) = read(news.address())
    assert isinstance(article, Article)


# -- Feeds ------------------------------------------------------------------------------------------------------------


def test_a_feed_brings_its_articles_once_and_later_only_what_is_new(tmp_path, news):
    from fakes import WordEmbedding

    first = item("Late", news.address("/late"), summary="Late again…")
    news.pages |= {
        "/feed": ("application/rss+xml", rss(first, item("Whole", "/whole", body=f"<p>{LONG}</p>"))),
        "/late": ("text/html", page(url=None)),
        "/new": ("text/html", page(f"<p>{TWO}</p><p>{ONE}</p>", url=None)),
        "/robots.txt": (404, {}, b""),
    }
    with Library.open(tmp_path / "library", embedding=WordEmbedding()) as library:
        report = library.add([news.address("/feed")], allow_private_addresses=True)
        assert (len(report.added), report.failed) == (2, ())
        whole = next(article for article in library.articles() if article.title == "Whole")
        assert (whole.url, whole.publisher, whole.published) == (
            news.address("/whole"),
            "The Daily Paper",
            "2025-11-03",
        )
        asked = list(news.asked)
        assert not any(library.add([news.address("/feed")], allow_private_addresses=True).__dict__.values())
        assert news.asked == [*asked, "/feed"]
        news.pages["/feed"] = ("application/rss+xml", rss(item("New", "/new", summary="New…"), first))
        report = library.add([news.address("/feed")], allow_private_addresses=True)
        assert len(report.added) == 1 and news.asked[len(asked) + 1 :] == ["/feed", "/robots.txt", "/new"]


def test_an_entry_that_changed_is_read_again_and_one_that_failed_too(news):
    seen = set()
    entry = item("Late", "http://paper.example/late", body=f"<p>{LONG}</p>")
    news.pages["/feed"] = ("text/xml", rss(entry, item("Gone", news.address("/gone"))))
    article, failure = read(news.address("/feed"), seen=seen)
    assert isinstance(article, Article) and "(404)" in failure.reason
    news.pages["/gone"] = ("text/html", page())
    assert [one.title for one in read(news.address("/feed"), seen=seen)] == ["Roadster"]
    news.pages["/feed"] = ("text/xml", rss(entry.replace("unveiled", "shown")))
    assert [one.title for one in read(news.address("/feed"), seen=seen)] == ["Late"]


ATOM = f"""<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Le Journal</title>
<entry><id>urn:1</id><title>Retard</title><link href="https://journal.example/retard"/><updated>2025-11-05T10:00:00Z</updated>
<published>2025-11-03T10:00:00Z</published><author><name>Jeanne Dupont</name></author>
<content type="html">&lt;p&gt;{LONG}&lt;/p&gt;&lt;p hidden&gt;SECRET&lt;/p&gt;</content></entry>
<entry><id>urn:1</id><title>Retard</title><link href="https://journal.example/retard"/><content>twice</content></entry>
</feed>"""


def test_a_feed_that_was_saved_is_read_from_its_file(tmp_path):
    (tmp_path / "a.atom").write_text(ATOM.replace("<content>twice</content>", f"<content>{LONG}</content>"), "utf-8")
    (article,) = read(tmp_path / "a.atom")
    assert (article.title, article.author, article.publisher) == ("Retard", "Jeanne Dupont", "Le Journal")
    assert article.url == article.origin == "https://journal.example/retard"
    assert "SECRET" not in article.text
    assert (article.published, article.updated) == ("2025-11-03", "2025-11-05")


def test_a_brief_that_stands_beside_its_own_summary_is_the_article():
    brief, address = "The ferry to Ostrelund was late again on Monday. " * 5, "https://paper.example/"
    told = [
        item("Ferry", address + "a", brief, "Late."),
        item("Teaser", address + "b", brief, brief),
        item("C", address, "Late.", ""),
    ]
    pages = [entry.page for entry in read_feed(rss(*told).encode()).entries]
    assert pages[0].text == brief.strip() and pages[1:] == [None, None]


def test_entries_are_told_apart_by_address_and_relative_ones_are_meant_from_their_site(tmp_path):
    def entry(title, link, guid="the same"):
        return item(title, link, body=f"<p>{title}. {LONG}</p>", guid=guid)

    entries = [
        entry("Nought", None),
        entry("Zero", None),
        entry("One", "/one"),
        entry("One", "/one"),
        entry("Two", "two.html"),
        entry("Three", "//other.example/3"),
    ]
    (tmp_path / "a.rss").write_text(
        rss(*entries, entry("Four", "javascript:alert(1)"), entry("Five", "http://[::1")), "utf-8"
    )
    assert [(article.title, article.url) for article in read(tmp_path / "a.rss")] == [
        ("Nought", None),
        ("Zero", None),
        ("One", "https://paper.example/one"),
        ("Two", "https://paper.example/two.html"),
        ("Three", "https://other.example/3"),
        ("Four", None),
        ("Five", None),
    ]


@pytest.mark.parametrize(
    "date", ["Mon, 03 Nov 2999 10:00:00 GMT", "Mon, 03 Nov 1066 10:00:00 GMT", "99999999999", "soon", "0"]
)
def test_an_odd_date_is_kept_as_a_day_or_left_out(tmp_path, date):
    (tmp_path / "a.rss").write_text(rss(item("Late", "/late", body=f"<p>{LONG}</p>", date=date)), "utf-8")
    (article,) = read(tmp_path / "a.rss")
    assert article.published == ("2999-11-03" if "2999" in date else None)


# -- PDF, archives, standard input ------------------------------------------------------------------------------------

LINES = ["The car is late, and nobody at the company knows why it", "is late. It may come next year, its maker said on Sun-",
         "day, after the third delay in a row of many."]  # fmt: skip


def test_a_pdf_is_read_as_paragraphs_without_its_running_heads(tmp_path):
    words = ("first", "second", "third", "fourth")
    sheets = [
        shown(
            "The Daily Paper",
            *(line.replace("The car", f"The {word} car") for line in LINES),
            f"It is the {word}.",
            f"Page {n}",
        )
        for n, word in enumerate(words, 1)
    ]
    data = pdf(*sheets, info="/Title (Late again) /Author (Jane Doe) /CreationDate (D:20251103100000Z)")
    (tmp_path / "a.pdf").write_bytes(data)
    (article,) = read(tmp_path / "a.pdf")
    assert (article.title, article.author, article.published) == ("Late again", "Jane Doe", "2025-11-03")
    assert "The Daily Paper" not in article.text and "Page" not in article.text
    assert "said on Sunday, after" in article.text


HIDDEN = {
    "invisible": shown("SECRET orders", before="3 Tr", top=300),
    "white": "1 g " + shown("SECRET orders", top=300) + " 0 g",
    "white in colour": "1 1 1 rg " + shown("SECRET orders", top=300),
    "white in ink": "0 0 0 0 k " + shown("SECRET orders", top=300),
    "tiny": "BT /F1 0.5 Tf 50 300 Td (SECRET orders) Tj ET",
    "clipped": shown("SECRET orders", before="7 Tr", top=300),
}


@pytest.mark.parametrize("drawn", HIDDEN.values(), ids=HIDDEN)
def test_what_nobody_sees_in_a_pdf_is_not_read(tmp_path, drawn):
    (tmp_path / "a.pdf").write_bytes(pdf(f"{shown(ONE, TWO)} q {drawn} Q"))
    (article,) = read(tmp_path / "a.pdf")
    assert "SECRET" not in article.text and "7.5 years" in article.text


def test_white_letters_on_a_dark_ground_are_read(tmp_path):
    (tmp_path / "a.pdf").write_bytes(pdf(f"0 0 1 rg 0 0 612 792 re f 1 g {shown(ONE, TWO)}"))
    (article,) = read(tmp_path / "a.pdf")
    assert "7.5 years" in article.text


def test_an_archive_brings_each_of_its_documents(tmp_path):
    members = [("news/a.txt", ONE), ("b.html", page()), ("c.jsonl", json.dumps({"id": "c", "text": ONE})), ("d.png", b"p"),
               ("__MACOSX/a.txt", b"\0"), ("f.pdf", pdf(shown(TWO)))]  # fmt: skip
    (tmp_path / "a.zip").write_bytes(archive(members))
    found = read(tmp_path / "a.zip")
    names = [article.origin.removeprefix(f"{tmp_path}/") for article in found]
    assert names == ["a.zip/news/a.txt", "a.zip/b.html", "a.zip/c.jsonl#c", "a.zip/f.pdf"]


PIPED = {"text": ONE, "page": page(), "records": json.dumps({"id": "a", "text": ONE}), "feed": ATOM, "archive": archive([("a.txt", ONE)]),
         "pdf": pdf(shown(ONE, TWO))}  # fmt: skip


@pytest.mark.parametrize("data", PIPED.values(), ids=PIPED)
def test_standard_input_may_hold_any_of_them(monkeypatch, data):
    data = data.encode() if isinstance(data, str) else data
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    article = read("-")[0]
    assert isinstance(article, Article) and "Elon Musk" in article.text
    assert article.origin.startswith(("standard input", "https://"))


def test_empty_standard_input_is_named(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert "nothing came in" in read("-")[0].reason


ENCODED = {"utf-16-le": ONE, "utf-16-be": ONE}


@pytest.mark.parametrize("encoding", ENCODED)
def test_utf16_that_does_not_say_so_is_read(tmp_path, encoding):
    (tmp_path / "a.txt").write_bytes(ONE.encode(encoding))
    (article,) = read(tmp_path / "a.txt")
    assert article.text == ONE


FRENCH = f"<p>L’été dernier, la Roadster était déjà en retard de 7,5 ans, à Zürich. {ONE}</p><p>Elle coûtera 45 000 €, dit-on. {TWO}</p>"
META = '<meta charset="utf-8">'
CHARSETS = {
    # what the server says, what the page says, what it is in
    "UTF-8 that the server calls Western": ("iso-8859-1", "utf-8", "utf-8"),
    "UTF-8 that the page calls Western": (None, "iso-8859-1", "utf-8"),
    "Western that the page calls UTF-8": (None, "utf-8", "cp1252"),
    "Western that the server calls UTF-8": ("utf-8", "utf-8", "cp1252"),
    "Windows that calls itself Latin": ("iso-8859-1", "iso-8859-1", "cp1252"),
    "no charset there is": ("x-none", "x-none", "utf-8"),
    "UTF-16": ("utf-8", "utf-8", "utf-16"),
    "UTF-16 without a mark": (None, "utf-8", "utf-16-le"),
}


@pytest.mark.parametrize(("server", "said", "charset"), CHARSETS.values(), ids=CHARSETS)
def test_a_page_is_read_in_the_charset_that_it_is_in(news, server, said, charset):
    kind = "text/html" + (f"; charset={server}" if server else "")
    news.pages["/"] = (kind, page(FRENCH).replace(META, f'<meta charset="{said}">').encode(charset))
    (article,) = read(news.address())
    assert "L’été dernier, la Roadster était déjà en retard de 7,5 ans, à Zürich." in article.text
    assert "Elle coûtera 45 000 €" in article.text


def test_a_broken_byte_does_not_spoil_the_rest_of_a_page(tmp_path):
    (tmp_path / "a.html").write_bytes(page(FRENCH).encode().replace(b"rich.", b"rich\xe9."))
    (article,) = read(tmp_path / "a.html")
    assert "était déjà en retard" in article.text and "Elle coûtera 45 000 €" in article.text


SCRIPTS = {"Chinese without spaces": "特斯拉跑车已经推迟了七年半。埃隆马斯克周六回应了。" * 40,
           "Chinese without an end": "特斯拉跑车已经推迟了七年半" * 400,
           "Arabic and English": "قال إيلون ماسك إن السيارة Roadster متأخرة \u202e7.5\u202c سنوات. وقال إنه لا يعرف السبب. " * 20,
           "decoded twice": ONE + " Lâ€™Ã©tÃ© dernier, dÃ©jÃ\xa0 en retard."}  # fmt: skip


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_sentences_and_passages_of_any_script_are_cut_from_the_text(tmp_path, library, text):
    added(library, tmp_path / "a.txt", text)
    (article,) = library.articles()
    assert article.text == text.replace("\u202e", "").replace("\u202c", "").strip()
    assert all(article.text[said.start : said.end] == said.text for said in library.sentences(article))
    for hit in library.search(text[:40]):
        assert article.text[hit.chunk.start : hit.chunk.end] == hit.chunk.text


MISNAMED = {"a page": ("a.txt", page("<p hidden>SECRET</p>" + FRENCH)), "a feed": ("a.txt", rss(item("Late", body=f"<p>{LONG}</p>"))),
            "a PDF": ("a.txt", pdf(shown(ONE, TWO))), "a PDF as Markdown": ("a.md", pdf(shown(ONE, TWO)))}  # fmt: skip


@pytest.mark.parametrize(("name", "data"), MISNAMED.values(), ids=MISNAMED)
def test_what_is_named_as_text_is_read_as_what_it_is(tmp_path, name, data):
    (tmp_path / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    (article,) = read(tmp_path / name)
    assert "Elon Musk" in article.text and not any(mark in article.text for mark in ("<", "SECRET", "endobj"))


# -- Later versions ---------------------------------------------------------------------------------------------------


def added(library, path, text):
    path.write_text(text, "utf-8")
    return library.add([path])


def test_a_correction_replaces_its_article_wherever_it_is_read_and_keeps_the_first_date(tmp_path, library):
    added(library, tmp_path / "a.html", page(ld=LD))
    later = {"@type": "NewsArticle", "headline": "Roadster, corrected", "datePublished": "2025-11-07"}
    report = added(library, tmp_path / "b.html", page(f"<p>{ONE}</p><p>{TWO.replace('7.5', '7.6')}</p>", ld=later))
    (article,) = library.articles()
    assert report.updated == (article.id,)
    assert (article.title, article.published, article.updated) == ("Roadster, corrected", "2025-11-03", "2025-11-07")
    assert "7.6" in article.text
    assert library.add([tmp_path / "b.html"]).unchanged == (article.id,)


def test_a_record_is_replaced_by_its_id_alone(tmp_path, library):
    def record(id, published, text=ONE, **more):
        return json.dumps({"id": id, "text": text, "url": "https://paper.example/a", "published": published, **more})

    added(library, tmp_path / "a.jsonl", f"{record('a', '2025-11-03')}\n{record('b', '2025-11-03', TWO)}")
    assert len(library.articles()) == 2
    added(library, tmp_path / "b.jsonl", record("a", "2025-11-04", TWO, updated="2025-11-06"))
    first, second = sorted(library.articles(), key=lambda article: article.id)
    assert (first.text, first.published, first.updated) == (TWO, "2025-11-03", "2025-11-06")
    assert (second.published, second.updated) == ("2025-11-03", None)


def test_pages_that_name_the_front_page_as_theirs_are_not_taken_for_one(tmp_path, library):
    added(library, tmp_path / "a.html", page(url="https://paper.example/"))
    added(library, tmp_path / "b.html", page(f"<p>{TWO}</p><p>{ONE}</p>", url="https://paper.example/"))
    assert len(library.articles()) == 2


def test_a_library_of_an_earlier_version_takes_the_new_date(tmp_path, library):
    import sqlite3

    added(library, tmp_path / "a.html", page(ld=LD))
    library.close()
    with sqlite3.connect(library.folder / "library.db") as database:
        database.execute("ALTER TABLE articles DROP COLUMN updated")
        database.execute("PRAGMA user_version = 2")
    database.close()
    from fakes import WordEmbedding

    with Library.open(library.folder, embedding=WordEmbedding()) as opened:
        assert [article.updated for article in opened.articles()] == [None]
