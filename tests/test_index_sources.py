import json

import pytest

from index.articles import Article, content_id
from index.ingest.sources import MAX_BYTES, SourceFailure, read_sources

TEXT = "Roadster Drama Deepens\n\nElon Musk fired back at Sam Altman on Saturday. The car is nearly 7.5 years late."
BODY = TEXT.split("\n\n")[1]
FRANÇAIS = "Elon Musk a répondu samedi à Sam Altman. L’été dernier, la Roadster était déjà en retard de 7,5 ans."


def read(*sources, **options):
    return list(read_sources(sources, **options))


def failure(source):
    (found,) = read(source)
    assert isinstance(found, SourceFailure)
    assert "\n" not in found.reason
    return found


def records(path, *objects):
    path.write_text("".join(f"{o if isinstance(o, str) else json.dumps(o)}\n" for o in objects), "utf-8")
    return path


def test_a_text_file_is_an_article(tmp_path):
    path = tmp_path / "drama.txt"
    path.write_text(TEXT, "utf-8")
    (article,) = read(path)
    assert article == Article(
        id=content_id(None, None, "Roadster Drama Deepens", BODY),
        title="Roadster Drama Deepens",
        text=BODY,
        language="en",
        origin=str(path),
    )


def test_a_text_without_a_title_is_headed_by_its_first_sentence(tmp_path):
    (tmp_path / "a.txt").write_text(FRANÇAIS, "utf-8")
    (article,) = read(str(tmp_path / "a.txt"))
    assert (article.title, article.language) == ("Elon Musk a répondu samedi à Sam Altman.", "fr")


def test_pages_and_markdown_carry_what_they_say_of_themselves(tmp_path):
    (tmp_path / "a.md").write_text(f"---\ndate: 2025-11-03T08:00\nlang: fr-FR\n---\n# Drama\n\n{BODY}", "utf-8")
    (tmp_path / "b.HTML").write_text(
        f"<html><body><article><h1>Drama</h1><p>{BODY}</p></article></body></html>", "utf-8"
    )
    markdown, page = read(tmp_path / "a.md", tmp_path / "b.HTML")
    assert (markdown.title, markdown.text, markdown.published, markdown.language) == ("Drama", BODY, "2025-11-03", "fr")
    assert (page.title, page.text, page.language) == ("Drama", BODY, "en")


def test_the_same_content_has_the_same_id_wherever_it_stands(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT, "utf-8")
    (tmp_path / "b.txt").write_text(TEXT, "utf-8")
    (tmp_path / "c.txt").write_text(TEXT + " It came.", "utf-8")
    a, b, c = read(tmp_path)
    assert a.id == b.id != c.id
    assert a.origin != b.origin


def test_what_a_folder_holds_and_is_not_read_is_named(tmp_path):
    for name in ("story.txt", "a.odt", "sub/b.odt", "c.jpg", "without", ".hidden.odt", ".git/x.odt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(TEXT, "utf-8")
    notes = []
    assert len(read(tmp_path, notes=notes)) == 1
    assert [(note.source, note.text) for note in notes] == [
        (str(tmp_path), "files of kinds that are not read were left out (4): a.odt, c.jpg, sub/b.odt, without")
    ]
    assert len(read(tmp_path / "story.txt", notes=notes)) == len(notes) == 1


def test_a_folder_is_read_in_order_without_hidden_and_other_files(tmp_path):
    for name in ("b.txt", "a/z.md", "a/a.txt", ".hidden.txt", ".git/a.txt", "picture.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{name} is late, and nobody knows why.", "utf-8")
    assert [article.origin.removeprefix(f"{tmp_path}/") for article in read(tmp_path)] == ["a/a.txt", "a/z.md", "b.txt"]


def test_sources_are_read_only_when_asked_for(tmp_path):
    first, second = tmp_path / "a.txt", tmp_path / "b.txt"
    first.write_text(TEXT, "utf-8")
    found = read_sources([first, second])
    assert next(found).origin == str(first)
    second.write_text(TEXT, "utf-8")
    assert next(found).origin == str(second)


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encodings(tmp_path, encoding):
    (tmp_path / "a.txt").write_bytes(FRANÇAIS.encode(encoding))
    assert [article.text for article in read(tmp_path)] == [FRANÇAIS]


UNREADABLE = {
    "empty": ("a.txt", b"", "empty"),
    "blank": ("a.txt", b" \n\n", "empty"),
    "binary": ("a.txt", b"PK\x03\x04\0\0\0", "binary"),
    "rich text": ("a.txt", rb"{\rtf1\ansi It is late.\par}", "RTF"),
    "Russian of Windows": ("a.txt", "Илон Маск в субботу ответил Сэму Альтману.".encode("cp1251"), "decoded"),
    "Chinese of before": ("a.txt", ("特斯拉跑车已经推迟了七年半。" * 12).encode("gb18030"), "decoded"),
    "picture": ("a.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
    "PDF that is called a page": ("a.html", b"%PDF-1.4\n1 0 obj\n<< >>\nendobj", "HTML"),
    "undecodable": ("a.txt", bytes(range(1, 256)) * 20, "decoded"),
    "broken UTF-16": ("a.txt", b"\xff\xfe\x00", "UTF-16"),
    "only links": ("a.txt", b"Share this\n\nRead more", "no article text"),
    "only marks": ("a.txt", b"* * *", "no article text"),
    "empty page": ("a.html", b"<html></html>", "no"),
    "empty markdown": ("a.md", b"---\ntitle: a\n---\n", "no article text"),
    "unknown suffix": ("a.odt", b"PK", ".txt, .md, .markdown, .html, .htm, .xhtml, .pdf"),
    "broken PDF": ("a.pdf", b"%PDF", "PDF cannot be read"),
    "broken archive": ("a.zip", b"PK", "not a whole zip"),
    "no feed": ("a.xml", b"<a>It is late.</a>", "no feed"),
    "no suffix": ("article", TEXT.encode(), ".txt"),
    "no records": ("a.jsonl", b"\n\n", "empty"),
    "too large": ("a.txt", b"a " * (MAX_BYTES // 2 + 1), "20 MB"),
}


@pytest.mark.parametrize(("name", "data", "words"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_is_named(tmp_path, name, data, words):
    (tmp_path / name).write_bytes(data)
    found = failure(tmp_path / name)
    assert found.source == str(tmp_path / name)
    assert words in found.reason


NOWHERE = {
    "missing": ("missing.txt", "no such file"),
    "nothing": ("", "empty"),
    "null": ("a\0.txt", "no such file"),
    "too long": ("a" * 5_000, "too long"),
    "this machine": ("http://127.0.0.1/a", "not on the public internet"),
    "web in capitals": ("HTTP://LOCALHOST/a", "not on the public internet"),
    "no scheme that is read": ("ftp://paper.example/a", "http"),
    "device": ("/dev/null", "neither"),
}


@pytest.mark.parametrize(("source", "words"), NOWHERE.values(), ids=NOWHERE)
def test_a_source_that_is_nowhere_is_named(source, words):
    found = failure(source)
    assert found.source == source
    assert words in found.reason


def test_a_folder_without_articles_is_named(tmp_path):
    (tmp_path / "picture.png").write_bytes(b"png")
    assert "holds no file" in failure(tmp_path).reason


def test_what_cannot_be_read_does_not_stop_the_rest(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\0")
    (tmp_path / "b.txt").write_text(TEXT, "utf-8")
    found = read("missing.txt", tmp_path, "http://127.0.0.1/a", tmp_path / "b.txt")
    assert [type(one) for one in found] == [SourceFailure, SourceFailure, Article, SourceFailure, Article]


def test_a_file_that_may_not_be_opened_is_named(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text(TEXT, "utf-8")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    assert "permission denied" in failure(tmp_path).reason


def test_a_record_keeps_its_id_and_its_text_as_it_is(tmp_path):
    text = "  Roadster\n\nRead more\n\nIt is  late.\n"
    path = records(tmp_path / "a.jsonl", {"id": "wire-7", "title": "Drama", "text": text})
    assert read(path) == [Article("wire-7", "Drama", text, "en", f"{path}#wire-7")]


FIELDS = {"url": "https://paper.example/a", "author": "Jane Doe"}
ALIASES = {
    "names": {"text": BODY, "language": "fr", "publisher": "The Paper", "published": "2025-11-03"},
    "other names": {"body": BODY, "lang": "fr-CA", "source": "The Paper", "date": "2025-11-03T10:00:00Z"},
    "more names": {"content": BODY, "lang": "FR", "source": "The Paper", "date": "2025-11-03", "text": None},
}


@pytest.mark.parametrize("fields", ALIASES.values(), ids=ALIASES)
def test_the_fields_of_a_record_and_their_other_names(tmp_path, fields):
    (article,) = read(records(tmp_path / "a.jsonl", {**FIELDS, **fields}))
    assert (article.text, article.language, article.publisher) == (BODY, "fr", "The Paper")
    assert (article.published, article.url, article.author) == ("2025-11-03", "https://paper.example/a", "Jane Doe")
    assert article.title == "Elon Musk fired back at Sam Altman on Saturday."
    assert article.id == content_id(article.url, article.publisher, article.title, article.text)
    assert article.origin == f"{tmp_path / 'a.jsonl'}#{article.id}"


def test_a_record_loses_only_what_nobody_sees_and_addresses_nobody_can_follow(tmp_path):
    record = {
        "text": "It is la\u200bte.\U000e0041 \ud800",
        "url": "javascript:alert(1)",
        "author": ["Jane Doe", "John Roe"],
    }
    (article,) = read(records(tmp_path / "a.jsonl", record))
    assert (article.text, article.url, article.author) == ("It is late. ", None, "Jane Doe, John Roe")


MALFORMED = {
    "not JSON": ('{"text": }', "column 10"),
    "cut off": ('{"text": "late', "not JSON"),
    "list": ('["late"]', "list"),
    "number": ("7.5", "float"),
    "no text": ('{"title": "Drama"}', "no text"),
    "empty text": ('{"text": " \\u200b "}', "no text"),
    "text of another type": ('{"text": {"a": 1}}', "dict"),
    "title of another type": ('{"text": "It is late.", "title": true}', "bool"),
    "id with a space": ('{"text": "It is late.", "id": "a b"}', "'a b'"),
    "id with a line break": ('{"text": "It is late.", "id": "a\\nb"}', "'a\\nb'"),
    "id too long": (json.dumps({"text": "It is late.", "id": "a" * 201}), "200"),
    "id that cannot be printed": ('{"text": "It is late.", "id": "a\\u202eb"}', "printable"),
    "nested without end": ("[" * 100_000, "JSON"),
    "huge number": ('{"text": "It is late.", "id": ' + "9" * 5_000 + "}", "JSON"),
}


@pytest.mark.parametrize(("line", "words"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_record_is_named_with_its_line(tmp_path, line, words):
    good = {"id": "good", "text": "It is late."}
    path = records(tmp_path / "a.jsonl", good, "", line, {**good, "id": "better"})
    first, bad, last = read(path)
    assert (first.id, last.id) == ("good", "better")
    assert bad.source == f"{path}:3"
    assert words in bad.reason
    assert "\n" not in bad.reason


def test_a_record_that_is_not_utf8_is_named(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"text": "été"}\n'.encode("cp1252") + b'\xef\xbb\xbf{"text": "It is late."}\n')
    bad, good = read(path)
    assert (bad.source, good.text) == (f"{path}:1", "It is late.")


def test_a_record_that_is_too_long_does_not_stop_the_next(tmp_path):
    path = records(tmp_path / "a.jsonl", '{"text": "' + "a" * (2 * MAX_BYTES) + '"}', {"text": "It is late."})
    bad, good = read(path)
    assert "20 MB" in bad.reason
    assert good.text == "It is late."


def test_links_out_of_a_folder_are_followed_only_where_that_is_asked(library, tmp_path, caplog):
    outside, inside = tmp_path / "private", tmp_path / "news"
    for folder, name in ((outside, "Secret"), (inside, "Ferry")):
        (folder / "deep").mkdir(parents=True)
        (folder / "deep" / "a.txt").write_text(
            f"{name} number one is late, the port said. It will sail on Monday again."
        )
    (inside / "link.txt").symlink_to(outside / "deep" / "a.txt")
    (inside / "folder").symlink_to(outside, target_is_directory=True)
    (inside / "own.txt").symlink_to(inside / "deep" / "a.txt")
    library.add([inside])
    assert [article.text.split()[0] for article in library.articles()] == ["Ferry"] and "--follow-links" in caplog.text
    library.add([inside], follow_links=True)
    assert {article.text.split()[0] for article in library.articles()} == {"Ferry", "Secret"}
