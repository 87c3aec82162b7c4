"""Documents that newsrooms keep, through the front door: saved pages, mail, e-books and exports."""

import json
import plistlib
from email.message import EmailMessage

import pytest
from documents import archive, pdf, shown
from test_index_docx import docx, paragraph, run

from index.errors import SettingsError
from index.ingest.fields import parse_fields
from index.ingest.sources import Options, read_sources

ONE = "The harbour office in Skelby said on Monday that the ferry to Ostrelund will sail again from the first of June."
TWO = "Repairs took nine weeks, and the company that built the ramp will pay for two thirds of them, its lawyer said."
PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Ferry sails again</title></head>'
    f"<body><article><h1>Ferry sails again</h1><p>{ONE}</p><p>{TWO}</p></article></body></html>"
)


def read(*sources, **options):
    return list(read_sources(sources, **options))


def read_bytes(tmp_path, name, data, **options):
    (tmp_path / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return read(tmp_path / name, **options)


# -- Saved pages ------------------------------------------------------------------------------------------------------


def mhtml(page=PAGE, cte="quoted-printable", **headers):
    message = EmailMessage()
    message["From"] = "<Saved by Blink>"
    message["Snapshot-Content-Location"] = "https://paper.example/ferry"
    message["Subject"] = "Something else"
    message.set_content(page, subtype="html", cte=cte)
    message.add_related(b"\x89PNG", "image", "png")
    return message.as_bytes()


@pytest.mark.parametrize("name", ["a.mhtml", "a.mht", "a.html", "a.txt"])
@pytest.mark.parametrize("cte", ["quoted-printable", "base64"])
def test_a_page_saved_as_mhtml_is_read_whatever_it_is_called(tmp_path, name, cte):
    (article,) = read_bytes(tmp_path, name, mhtml(cte=cte))
    assert (article.title, article.text, article.url) == (
        "Ferry sails again",
        f"{ONE}\n\n{TWO}",
        "https://paper.example/ferry",
    )


@pytest.mark.parametrize("form", [plistlib.FMT_BINARY, plistlib.FMT_XML])
@pytest.mark.parametrize("name", ["a.webarchive", "a.html"])
def test_a_page_saved_by_safari_is_read(tmp_path, form, name):
    main = {"WebResourceData": PAGE.encode(), "WebResourceURL": "https://paper.example/ferry"}
    (article,) = read_bytes(tmp_path, name, plistlib.dumps({"WebMainResource": main}, fmt=form))
    assert (article.text, article.url) == (f"{ONE}\n\n{TWO}", "https://paper.example/ferry")


def test_a_damaged_web_archive_is_named(tmp_path):
    (failure,) = read_bytes(tmp_path, "a.webarchive", b"bplist00WebMainResource" + b"\xff" * 40)
    assert "web archive" in failure.reason


EMBEDDED = {
    "picture": f'<img src="data:image/jpeg;base64,{"A" * 21_000_000}">',
    "drawing": f'<img src="data:image/svg+xml,{"%3Csvg" * 600_000}">',
    "font": f"<style>@font-face {{ src: url(data:font/woff2;base64,{'A' * 3_000_000}) }}</style>",
    "styles": "<style>" + ".a { margin: 0 }" * 200_000 + "</style>",
    "vectors": f"<svg><path d='{'M 1 1 ' * 600_000}'></path></svg>",
    "frame": f'<iframe srcdoc="{"&lt;p&gt;" * 500_000}"></iframe>',
    "script": "<script>" + "var a = 1;" * 300_000 + "</script>",
}


@pytest.mark.parametrize("embedded", EMBEDDED.values(), ids=EMBEDDED)
def test_what_is_embedded_in_a_page_does_not_count_for_its_size(tmp_path, embedded):
    (article,) = read_bytes(tmp_path, "a.html", PAGE.replace("</h1>", f"</h1>{embedded}"))
    assert article.text == f"{ONE}\n\n{TWO}"


def test_what_a_browser_saves_beside_a_page_is_not_read(tmp_path):
    notes = []
    (tmp_path / "story.html").write_text(PAGE, "utf-8")
    (tmp_path / "story_files").mkdir()
    (tmp_path / "story_files" / "frame.html").write_text(PAGE, "utf-8")
    assert len(read(tmp_path, notes=notes)) == 1 and "story_files/frame.html" in notes[0].text


def test_a_page_of_too_much_text_is_still_refused(tmp_path):
    (failure,) = read_bytes(tmp_path, "a.html", PAGE.replace(ONE, f"{ONE} " * 25_000))
    assert "2 MB" in failure.reason


# -- Mail -------------------------------------------------------------------------------------------------------------


def letter(text=f"{ONE}\n\n{TWO}\n", html=None, **headers):
    message = EmailMessage()
    message["From"] = "La lettre de la rédaction <lettre@relais.example>"
    message["To"] = "desk@paper.example"
    message["Subject"] = "La région a voté : le budget"
    message["Date"] = "Fri, 08 Nov 2024 00:30:00 +0100"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    if text:
        message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html") if text else message.set_content(html, subtype="html")
    return message


@pytest.mark.parametrize("name", ["a.eml", "a.txt"])
def test_a_message_has_its_subject_its_day_and_its_decoded_text(tmp_path, name):
    message = letter()
    (article,) = read_bytes(tmp_path, name, message.as_bytes())
    assert (article.title, article.published) == ("La région a voté : le budget", "2024-11-08")
    assert (article.text, article.author) == (f"{ONE}\n\n{TWO}", "La lettre de la rédaction")


def test_a_newsletter_is_read_as_its_readers_see_it(tmp_path):
    table = (
        "<html><head><style>td { color: black }</style></head><body><div style='display:none'>Preview words</div>"
        f"<table><tr><td><table><tr><td><h2>Ferry</h2><p>{ONE}</p></td></tr><tr><td>{TWO}</td></tr></table></td></tr></table>"
    )
    message = letter("View this in your browser.", table, List_Unsubscribe="<https://relais.example/off>")
    (article,) = read_bytes(tmp_path, "a.eml", message.as_bytes())
    assert article.text == f"Ferry\n\n{ONE}\n\n{TWO}"
    assert (article.publisher, article.author) == ("La lettre de la rédaction", None)


def test_attachments_are_articles_of_their_own(tmp_path):
    message = letter()
    message.add_attachment(pdf(shown(ONE, TWO)), maintype="application", subtype="pdf", filename="press release.pdf")
    message.add_attachment(docx(paragraph(run(TWO))), maintype="application", subtype="octet-stream", filename="b.docx")
    message.add_attachment(b"PK", maintype="application", subtype="octet-stream", filename="figures.xlsx")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="broken.pdf")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="logo.png")
    notes = []
    body, first, second, failure = read_bytes(tmp_path, "a.eml", message.as_bytes(), notes=notes)
    assert body.origin == f"{tmp_path}/a.eml"
    assert (first.origin, first.published) == (f"{tmp_path}/a.eml#press release.pdf", "2024-11-08")
    assert second.text == TWO and failure.source == f"{tmp_path}/a.eml#broken.pdf"
    (note,) = notes
    assert "figures.xlsx" in note.text and "logo" not in note.text


def test_a_forwarded_message_is_read(tmp_path):
    message = letter(text=None)
    message.set_content("")
    message.add_attachment(letter(TWO))
    (article,) = read_bytes(tmp_path, "a.eml", message.as_bytes())
    assert article.text == TWO


def test_a_text_that_begins_with_a_colon_is_no_message(tmp_path):
    (article,) = read_bytes(tmp_path, "a.txt", f"Ferry: it sails again\n\nSkelby: {ONE}\n\n{TWO}")
    assert article.text.startswith("Skelby:")


# -- E-books ----------------------------------------------------------------------------------------------------------


def epub(*documents, locked=False):
    items = "".join(
        f'<item id="i{n}" href="text/{n}.xhtml" media-type="application/xhtml+xml"/>' for n, _ in enumerate(documents)
    )
    order = "".join(f'<itemref idref="i{n}"/>' for n, _ in enumerate(documents))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<dc:title>The Weekly</dc:title><dc:creator>The editors</dc:creator><dc:date>2024-05-01T00:00:00Z</dc:date>"
        f"<dc:language>en-GB</dc:language></metadata><manifest>{items}</manifest><spine>{order}</spine></package>"
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/content.opf"/></rootfiles></container>'
    )
    lock = '<encryption><CipherReference URI="OEBPS/text/0.xhtml"/></encryption>'
    members = [
        ("mimetype", "application/epub+zip"),
        ("META-INF/container.xml", container),
        ("OEBPS/content.opf", package),
    ]
    members += [("META-INF/encryption.xml", lock)] if locked else []
    members += [
        (
            f"OEBPS/text/{n}.xhtml",
            f'<html xmlns:epub="http://www.idpf.org/2007/ops"><head><title>x</title></head>{body}</html>',
        )
        for n, body in enumerate(documents)
    ]
    return archive(members, compress=False)


@pytest.mark.parametrize("name", ["a.epub", "a.zip"])
def test_each_story_of_a_book_is_an_article(tmp_path, name):
    book = epub(
        '<body epub:type="cover"><img src="a.png"/></body>',
        f"<body><h1>Ferry sails <i>again</i></h1><p>{ONE}</p></body>",
        f"<body><p>{TWO}</p></body>",
        f"<body><h2>Ramp</h2><p>{TWO}</p></body>",
    )
    first, second = read_bytes(tmp_path, name, book)
    assert (first.title, first.text) == ("Ferry sails again", f"{ONE}\n\n{TWO}")
    assert (second.title, second.publisher, second.published) == ("Ramp", "The Weekly", "2024-05-01")
    assert second.origin == f"{tmp_path}/{name}#OEBPS/text/3.xhtml"


def test_a_locked_book_is_named(tmp_path):
    (failure,) = read_bytes(tmp_path, "a.epub", epub(f"<body><h1>A</h1><p>{ONE}</p></body>", locked=True))
    assert "DRM" in failure.reason


# -- Exports ----------------------------------------------------------------------------------------------------------

EXPORTS = {
    "NewsAPI": {"source": {"id": None, "name": "The Paper"}, "author": "Jane Doe", "title": "Ferry", "description": "Short.",
                "url": "https://paper.example/a", "publishedAt": "2024-04-30T08:00:00Z", "content": ONE},
    "news-please": {"maintext": ONE, "title": "Ferry", "date_publish": "2024-04-30 08:00:00", "source_domain": "The Paper",
                    "authors": ["Jane Doe"], "url": "https://paper.example/a", "language": "en"},
    "Media Cloud": {"title": "Ferry", "media_name": "The Paper", "publish_date": "2024-04-30", "text": ONE, "byline": "Jane Doe",
                    "url": "https://paper.example/a"},
    "WordPress": {"id": 12, "date": "2024-04-30T08:00:00", "title": {"rendered": "Fer&#114;y"}, "author": 3,
                  "content": {"rendered": f"<p>{ONE}</p>", "protected": False}, "link": "https://paper.example/a",
                  "_embedded": {"author": [{"name": "Jane Doe"}]}, "yoast_head_json": {"og_site_name": "The Paper"}},
    "a search engine": {"_id": "x", "_source": {"headline": "Ferry", "body_text": ONE, "published_on": 1714464000,
                        "publisher": {"name": "The Paper"}, "byline": "Jane Doe", "canonical_url": "https://paper.example/a"}},
    "milliseconds": {"headline": "Ferry", "fullText": ONE, "timestamp": 1714464000000, "outlet": "The Paper",
                     "writer": "Jane Doe", "permalink": "https://paper.example/a"},
    "a letter's date": {"headline": "Ferry", "articleBody": [ONE], "pubDate": "Tue, 30 Apr 2024 08:00:00 GMT",
                        "site_name": "The Paper", "creator": [{"name": "Jane Doe"}], "link": "https://paper.example/a"},
}  # fmt: skip
WRAPPED = {
    "a.jsonl": lambda record: json.dumps(record),
    "b.jsonl": lambda record: json.dumps([record]),
    "c.jsonl": lambda record: json.dumps({"status": "ok", "articles": [record]}),
    "a.json": lambda record: json.dumps([record], indent=2),
    "b.json": lambda record: json.dumps(
        {"response": {"status": "ok", "results": [record], "tags": [{"a": 1}, {"a": 2}]}}
    ),
    "c.json": lambda record: json.dumps(record),
    "d.json": lambda record: json.dumps({"stories": {"7": record}}),
}


@pytest.mark.parametrize("export", EXPORTS.values(), ids=EXPORTS)
@pytest.mark.parametrize("name", WRAPPED)
def test_exports_are_understood(tmp_path, export, name):
    (article,) = read_bytes(tmp_path, name, WRAPPED[name](export))
    assert (article.title, article.text, article.published) == ("Ferry", ONE, "2024-04-30")
    assert (article.publisher, article.author, article.url) == ("The Paper", "Jane Doe", "https://paper.example/a")


def test_fields_are_named_by_the_person_and_the_report_says_how_they_were_read(tmp_path):
    record = {"kop": "Ferry", "lichaam": {"html": f"<p>{ONE}</p>"}, "datum": "30 avril 2024", "kleur": "red"}
    fields = {"title": "kop", "text": "lichaam.html", "published": "datum"}
    (failure,) = read_bytes(tmp_path, "a.json", json.dumps([record]))
    assert "'lichaam'" in failure.reason and "--map" in failure.reason
    notes = []
    data = json.dumps({"items": [record]})
    (article,) = read_bytes(tmp_path, "a.json", data, options=Options(fields), notes=notes)
    assert (article.title, article.text, article.published) == ("Ferry", ONE, "2024-04-30")
    assert "text from 'lichaam.html'" in notes[0].text and "not used: 'kleur'" in notes[0].text


@pytest.mark.parametrize("fields", ["headline", "kop=title", "title="])
def test_a_mapping_that_is_none_is_a_usage_error(fields):
    with pytest.raises(SettingsError, match="--map"):
        parse_fields(fields)


def test_our_own_format_needs_no_note(tmp_path):
    notes = []
    read_bytes(tmp_path, "a.jsonl", json.dumps({"title": "Ferry", "text": ONE, "date": "2024-04-30"}), notes=notes)
    assert not notes


WRITTEN = {
    "30/04/2024": "2024-04-30", "04/30/2024": "2024-04-30", "03/04/2024": None, "3.4.2024": "2024-04-03",
    "30 avril 2024": "2024-04-30", "April 30, 2024": "2024-04-30", "20240430": "2024-04-30", "20240430T080000Z": "2024-04-30",
    "Tuesday, 30 April 2024 at 10:15": "2024-04-30", "yesterday": None, "2024": "2024", "April 2024": None,
}  # fmt: skip


@pytest.mark.parametrize(("written", "day"), WRITTEN.items(), ids=WRITTEN)
def test_dates_are_read_in_any_form_that_names_a_day(tmp_path, written, day):
    (article,) = read_bytes(tmp_path, "a.jsonl", json.dumps({"title": "Ferry", "text": ONE, "date": written}))
    assert article.published == day
    assert (day is None) == any(repr(written) in unread for unread in article.unread)


def test_a_text_that_the_export_cut_off_is_refused_unless_forced(tmp_path):
    data = json.dumps(
        {"articles": [{"title": "Ferry", "content": f"{ONE} Repai… [+2345 chars]", "url": "https://a.example/b"}]}
    )
    (failure,) = read_bytes(tmp_path, "a.json", data)
    assert "https://a.example/b" in failure.reason and "--force" in failure.reason
    assert len(read_bytes(tmp_path, "a.json", data, options=Options(force=True))) == 1


def wxr(*items, before="<!-- This is a WordPress eXtended RSS file -->"):
    return (
        f'<?xml version="1.0"?>{before}<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>The Paper</title><language>en-GB</language>'
        "<wp:author><wp:author_login>jd</wp:author_login><wp:author_display_name>Jane Doe</wp:author_display_name></wp:author>"
        f"{''.join(items)}</channel></rss>"
    )


def post(title, content, status="publish", kind="post"):
    return (
        f"<item><title>{title}</title><link>https://paper.example/{title}</link>"
        f"<dc:creator>jd</dc:creator><excerpt:encoded>Short.</excerpt:encoded><content:encoded><![CDATA[{content}]]>"
        f"</content:encoded><wp:post_date>2024-04-30 10:00:00</wp:post_date><wp:status>{status}</wp:status>"
        f"<wp:post_type>{kind}</wp:post_type></item>"
    )


def test_a_wordpress_export_gives_its_published_posts(tmp_path):
    posts = [
        post(f"Ferry{n}", f"{ONE}\n\n[caption id='1']Ramp[/caption]\n\n<strong>{TWO}</strong>") for n in range(600)
    ]
    notes = []
    data = wxr(*posts, post("Draft", ONE, "draft"), post("Picture", "x", "inherit", "attachment"))
    found = read_bytes(tmp_path, "a.xml", data, notes=notes)
    assert len(found) == 600 and "1 posts" in notes[-1].text
    assert (found[0].title, found[0].text, found[0].publisher) == ("Ferry0", f"{ONE}\n\nRamp\n\n{TWO}", "The Paper")
    assert (found[0].author, found[0].published, found[0].language) == ("Jane Doe", "2024-04-30", "en")


def test_a_wordpress_export_that_declares_entities_is_refused(tmp_path):
    (failure,) = read_bytes(tmp_path, "a.xml", wxr(post("A", ONE), before='<!DOCTYPE a [<!ENTITY b "c">]>'))
    assert "entities" in failure.reason
