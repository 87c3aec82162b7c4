"""What a reader is shown: nothing that runs or fetches, and exactly the cited words marked."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_fakes import DELAYED, ENGLISH, FRENCH, HOSTILE, PAYMENT_EN, PAYMENT_FR, UNVEILED, answers, cite, finished

from rag.answer import Citation, Claim, Models, Timings
from ui import render
from ui.words import WORDS, preferred, words

EN = words("en")
TEXTS = {article.id: article.text for article in (ENGLISH, FRENCH, HOSTILE)}
OURS = {
    "a", "article", "blockquote", "details", "div", "h2", "h3", "h4", "i", "li", "mark", "ol", "p", "pre", "q", "span",
    "summary",
}  # fmt: skip
PAYLOADS = (
    "![x](https://evil.example/?d=1)",
    "[x][r]\n\n[r]: https://evil.example",
    "<img src=https://evil.example/a.png onerror=alert(1)>",
    "<img srcset='https://evil.example/a.png 1x'>",
    "<svg onload=alert(1)>",
    "<p style=background:url(https://evil.example)>",
    "<style>*{background:url(https://evil.example)}</style>",
    "<a href=javascript:alert(1)>x</a>",
    "<iframe src=data:text/html,<script>alert(1)</script>>",
    "</mark></blockquote></li></ol><script>alert(1)</script>",
    '" onmouseover="alert(1)" x=\'',
    "'><base href=https://evil.example>",
    "<!--<img src=x onerror=alert(1)>-->",
    "&lt;img src=x&gt; &#60;script&#62;",
    "\ud800 \0 \u202e gpj",
    "{{value}} ${alert(1)} [1] [2][999]",
)
HOSTILE_TEXT = st.lists(st.sampled_from(PAYLOADS) | st.text(max_size=20), min_size=1, max_size=4).map("".join)


class Seen(HTMLParser):
    """What a browser would make of the HTML: its tags, attributes, text, and the text within each <mark>."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.text, self.marked, self.oddities = [], [], "", [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag == "mark":
            self.marked.append("")

    def handle_endtag(self, tag):
        self.tags.append(f"/{tag}")

    def handle_data(self, data):
        self.text += data
        if self.tags.count("mark") > self.tags.count("/mark"):
            self.marked[-1] += data

    def handle_comment(self, data):
        self.oddities.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def everything(answer, texts):
    """All that the page can show of an answer."""
    shown = render.question_html(answer.question) + render.answer_html(answer, 1)
    shown += render.sources_html(answer, texts, 1) + render.sources_html(replace(answer, citations=()), texts, 1)
    shown += render.draft_html(answer, "writing", 1.0, EN) + render.stopped_html(answer, EN)
    return shown + render.failed_html(answer.text, EN) + render.earlier_html([(answer.question, "", "")], EN)


@given(st.data())
def test_hostile_text_never_becomes_a_tag_or_a_handler(data):
    text = data.draw(HOSTILE_TEXT)
    draw = lambda: data.draw(HOSTILE_TEXT)  # noqa: E731
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    citation = Citation(1, draw(), draw(), draw(), draw(), draw(), draw(), draw(), text[start:end], start, end)
    answer = finished(draw(), draw(), [citation], "answered", draw(), closest=(citation,))
    answer = replace(answer, standalone_question=draw(), models=Models(draw(), draw()))
    seen = Seen(everything(answer, {citation.article_id: text}))
    assert {tag.removeprefix("/") for tag in seen.tags} <= OURS
    assert not seen.oddities
    for _, name, value in seen.attributes:
        assert name in {"class", "id", "title", "lang", "role", "tabindex", "href", "target", "rel", "style"} or (
            name.startswith("aria-")
        )
        assert name != "style" or value == "animation-delay:-1.00s"
        assert name != "href" or value.startswith(("#turn1-source", "http://", "https://"))


@given(HOSTILE_TEXT)
def test_hostile_text_is_shown_to_the_letter(text):
    expected = text.encode("utf-8", "replace").decode().replace("\0", "�")
    assert Seen(f"<p>{render.escaped(text)}</p>").text == expected


@given(st.text(alphabet="ab .\n<&é’", max_size=200), st.data())
def test_exactly_the_cited_words_are_marked_within_their_paragraph(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    citation = Citation(1, "a", "T", None, None, None, None, "en", text[start:end], start, end)
    seen = Seen(render.sources_html(finished("Q", "A [1].", [citation]), {"a": text}, 1))
    before, after = text[:start].rpartition("\n")[2], text[end:].partition("\n")[0]
    assert seen.marked == [text[start:end]]
    assert seen.text.endswith(before + text[start:end] + after)


@given(st.text(alphabet="abc \n", max_size=400), st.integers(0, 30), st.data())
def test_surroundings_hold_the_quote_and_little_more(text, room, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    left, right = render.surroundings(text, start, end, room)
    assert start - room <= left <= start
    assert end <= right <= end + room
    assert "\n" not in text[left:start] + text[end:right]


def test_a_long_paragraph_is_cut_at_spaces_and_says_so():
    text = "before " * 200 + "THE QUOTE" + " after" * 200
    citation = Citation(1, "a", "T", None, None, None, None, "en", "THE QUOTE", 1400, 1409)
    seen = Seen(render.sources_html(finished("Q", "A [1].", [citation]), {"a": text}, 1))
    passage = seen.text[seen.text.index("… ") :]
    assert passage.startswith("… before before ")
    assert passage.endswith(" after after …")
    assert len(passage) < 2 * render.ROOM + 20


@pytest.mark.parametrize("texts", [{}, {"en1": "The article was replaced meanwhile."}], ids=["removed", "changed"])
def test_a_quote_whose_article_is_gone_stands_alone(texts):
    seen = Seen(render.sources_html(finished("Q", "A [1].", [DELAYED]), texts, 1))
    assert seen.marked == [DELAYED.quote]
    assert seen.text.endswith(DELAYED.quote)


def test_known_markers_lead_to_their_cards_and_others_stay_text():
    answer = finished("Q", "Paid [1], asked back [2][3] and [x].", [PAYMENT_EN, PAYMENT_FR])
    shown = Seen(render.answer_html(answer, 4))
    links = [value for tag, name, value in shown.attributes if (tag, name) == ("a", "href")]
    cards = [value for _, name, value in Seen(render.sources_html(answer, TEXTS, 4)).attributes if name == "id"]
    assert links == ["#turn4-source1", "#turn4-source2"]
    assert cards == ["turn4-source1", "turn4-source2"]
    assert "Paid\xa0[1], asked back\xa0[2][3] and [x]." in shown.text


def test_a_statement_without_support_is_underlined_around_its_markers():
    text = "True [1]. Doubtful [1] words."
    claims = (Claim("True [1].", 0, 9, (1,), True), Claim("Doubtful [1] words.", 10, 29, (1,), False))
    shown = render.answer_html(replace(finished("Q", text, [DELAYED], "partial"), claims=claims), 1)
    assert re.findall(r'<span class="doubtful"[^>]*>(.*?)</span>', shown) == ["Doubtful ", " words."]
    assert "Answered in part" in shown


@pytest.mark.parametrize(
    ("status", "heading"), [("answered", "Sources"), ("conflict", "What each source says"), ("partial", "Sources")]
)
def test_each_citation_has_its_card(status, heading):
    seen = Seen(render.sources_html(finished("Q", "A [1] [2].", [PAYMENT_EN, PAYMENT_FR], status), TEXTS, 1))
    assert seen.text.startswith(heading)
    assert seen.marked == [PAYMENT_EN.quote, PAYMENT_FR.quote]
    for fact in (ENGLISH.title, "Business Insider · A. Reporter · 2 November 2025 · English", "La Gazette", "French"):
        assert fact in seen.text


@pytest.mark.parametrize(("status", "heading"), [("draft", "Passages being read"), ("not_found", "Closest passages")])
def test_passages_without_a_citation_have_cards_without_a_number(status, heading):
    near = replace(UNVEILED, marker=0)
    html = render.sources_html(finished("Q", "", [], status, closest=(near,)), TEXTS, 1)
    assert Seen(html).text.startswith(heading)
    assert Seen(html).marked == [UNVEILED.quote]
    assert 'class="number"' not in html


def test_nothing_found_and_nothing_close_leaves_the_panel_empty():
    assert render.sources_html(finished("Q", "No.", [], "not_found"), TEXTS, 1) == ""


def test_only_a_web_address_becomes_a_link_and_it_tells_the_other_side_nothing():
    shown = render.sources_html(finished("Q", "A [1].", [DELAYED]), TEXTS, 1)
    assert 'href="https://example.org/roadster?a=1&amp;b=2" target="_blank" rel="noopener noreferrer"' in shown
    for url in (None, "", "javascript:alert(1)", "data:text/html,x", "//evil.example", "http://a b", "https://x\n"):
        assert "href" not in render.sources_html(finished("Q", "A [1].", [replace(DELAYED, url=url)]), TEXTS, 1)


def test_the_rewritten_question_is_shown_only_when_it_differs():
    answer = finished("And who else?", "MKBHD [1].", [DELAYED])
    assert "Understood as" not in render.answer_html(answer, 1)
    rewritten = replace(answer, standalone_question="Who else cancelled?")
    assert "Understood as Who else cancelled?" in Seen(render.answer_html(rewritten, 1)).text
    assert "Understood as Who else cancelled?" in Seen(render.draft_html(rewritten, "writing", 0, EN)).text


def test_a_draft_is_plain_text_and_says_that_it_is_unchecked():
    shown = Seen(render.draft_html(finished("Q", "So far [1]", [DELAYED], "draft"), "writing", 3.2, EN))
    assert "Draft, not checked yet" in shown.text
    assert shown.text.endswith("So far [1]")
    assert "a" not in shown.tags
    assert Seen(render.draft_html(None, "searching", 0, EN)).text == "Searching the articles"


def test_an_answer_speaks_the_language_of_its_question():
    shown = {answer.language: Seen(render.answer_html(answer, 1)).text for answer in answers()[:2]}
    assert shown["en"].startswith("Answered")
    assert shown["fr"].startswith("Réponse trouvée")
    french = render.sources_html(finished("Q", "R [1].", [DELAYED], "answered", "fr"), TEXTS, 1)
    assert "2 novembre 2025 · anglais" in french


def test_timing_leaves_out_what_did_not_happen():
    answer = finished("Q", "A", [])
    assert render.timing(answer, EN) == ("evidence 0.05\xa0s · first word 2.1\xa0s · answer 8.3\xa0s · scripted-1.5b")
    declined = replace(answer, timings=Timings(0.04, 0.05, 0.0, 0.06))
    assert render.timing(declined, EN) == "evidence 0.05\xa0s · answer 0.06\xa0s · scripted-1.5b"


def test_a_date_that_is_none_is_shown_as_it_stands():
    assert render.day("2025-11-02T10:00:00Z", EN) == "2 November 2025"
    assert render.day("last week", EN) == "last week"


def test_an_empty_library_says_how_to_add_articles():
    assert "onrecord add" in render.library_html(0, EN)
    assert "1 article in" in render.library_html(1, EN)
    assert "66 articles in" in render.library_html(66, EN)


def test_both_languages_have_the_same_words_and_twelve_months():
    assert WORDS["en"].keys() == WORDS["fr"].keys()
    assert all(len(table["months"].split()) == 12 for table in WORDS.values())


@pytest.mark.parametrize(
    ("header", "language"),
    [("fr-FR,fr;q=0.9,en;q=0.8", "fr"), ("de-DE,fr;q=0.8", "fr"), ("de", "en"), ("", "en"), ("EN-us", "en")],
)
def test_the_interface_speaks_the_browsers_language(header, language):
    assert preferred(header) == language


def test_a_hostile_article_is_quoted_in_full():
    quote = HOSTILE.text[7:]
    seen = Seen(render.sources_html(finished("Q", "A [1].", [cite(HOSTILE, quote, 1)]), TEXTS, 1))
    assert seen.marked == [quote]
    assert HOSTILE.title in seen.text
    assert HOSTILE.publisher in seen.text


def test_a_reader_sees_which_articles_were_searched():
    from dataclasses import replace

    from index import Filter

    answer = replace(finished("Q", "A.", []), filter=Filter("2018-01-01", None, ("<b>Reuters</b>",)))
    shown = render.answer_html(answer, 1)
    assert "&lt;b&gt;Reuters&lt;/b&gt; · since 2018-01-01" in shown and "Searched only" in shown
    assert "Searched only" not in render.answer_html(replace(answer, filter=None), 1)
