"""What a reader is shown: nothing that runs or fetches, and exactly the cited words marked."""

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_fakes import (
    DELAYED,
    ENGLISH,
    FRENCH,
    HOSTILE,
    PAYMENT_EN,
    PAYMENT_FR,
    UNVEILED,
    answers,
    cite,
    finished,
    holdings_of,
)

from index.articles import Article
from index.errors import DamagedLibraryError, ModelUnavailableError, OnrecordError
from index.text.sentences import sentences_of
from rag.answer import Citation, Claim, Models, Timings
from rag.check import CheckedSentence
from ui import markup
from ui.chat import archive_view, article_view, check_view, conversation_list, overview, page_parts, render, source_view
from ui.chat.render import Kept
from ui.chat.suggestions import KINDS, Story, stories
from ui.conversations import Heading
from ui.i18n import WORDS, error_text, preferred, words
from ui.so_far import SoFar

EN = words("en")
TEXTS = {article.id: article.text for article in (ENGLISH, FRENCH, HOSTILE)}
OURS = {
    "a", "article", "b", "blockquote", "button", "details", "div", "form", "h2", "h3", "h4", "i", "input", "label", "li",
    "mark", "ol", "option", "p", "pre", "progress", "q", "rect", "section", "select", "span", "summary", "svg", "ul",
}  # fmt: skip
PLAIN = {
    "autocomplete", "checked", "class", "for", "hidden", "href", "id", "lang", "max", "maxlength", "name", "placeholder",
    "rel", "role", "selected", "style", "tabindex", "target", "title", "type", "value",
    "height", "preserveaspectratio", "viewbox", "width", "x", "y",
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


def everything(answer, texts, article):
    """All that the page can show of an answer, an article and a conversation."""
    kept = Kept("id1", "wrong", answer.text, 2)
    so_far = SoFar(answer.standalone_question, answer.language, answer.citations, answer.text, "writing")
    shown = [
        render.turn_html(answer, kept, EN),
        render.turn_html(replace(answer, status="conflict"), replace(kept, last=True), EN, [answer.question]),
        source_view.sources_html(answer, texts),
        source_view.sources_html(replace(answer, citations=()), texts),
        render.working_html(answer.question, so_far, 1.0, EN),
        render.stopped_html(answer.question, so_far, EN),
        source_view.evidence_html(answer.citations, texts, {}, EN),
        render.failed_html(answer.question, answer.text, EN),
        page_parts.notice_html(answer.text),
        page_parts.file_html(answer.text, answer.text),
        overview.welcome_html(holdings_of([article] * 2), stories((article, article)), (("fact", answer.text),), EN),
        overview.picture_html(holdings_of(dated(article, "2025-01-02", "2025-03-02")), archive_view.Filter(), EN),
        article_view.article_html(article, sentences_of(article), EN, article_view.Quote(0, 3, article.text[:3]), True),
        article_view.gone_html(article_view.Quote(0, 3, article.text), EN),
        archive_view.list_html([article], 1, {article.id}, EN),
        archive_view.form_html(
            holdings_of([article]), archive_view.Filter(search=article.title, source=article.title), EN
        ),
        archive_view.scope_html([article.title], EN),
        archive_view.adding_html(archive_view.Adding(2, article.title, (article.title,)), EN),
        conversation_list.rail_html(
            [Heading(article.id, article.title, article.title, 1)], "", "", date(2025, 11, 5), EN
        ),
        conversation_list.head_html(Heading(article.id, article.title, "", 1), EN),
        *checked(answer, article),
    ]
    return "".join(shown)


def dated(article, *days):
    return [article, *(replace(article, published=published) for published in days)]


def checked(answer, article):
    """All that the page can show of a checked text."""
    run = check_view.CheckRun(article.text, 2, article.title, (answer.text,))
    for verdict, cited in (("contradicted", answer.citations), ("not_found", ())):
        run.add(CheckedSentence(article.text, 0, len(article.text), verdict, 0.9, cited), EN)
    working = check_view.head_html(run, EN)
    run.stopped = True
    return [working, check_view.head_html(run, EN), run.rows]


@settings(deadline=None)
@given(st.data())
def test_hostile_text_never_becomes_a_tag_or_a_handler(data):
    text = data.draw(HOSTILE_TEXT)
    draw = cycle(data.draw(st.lists(HOSTILE_TEXT, min_size=3, max_size=5))).__next__
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    citation = Citation(1, draw(), draw(), draw(), draw(), draw(), draw(), draw(), text[start:end], start, end)
    answer = finished(draw(), draw(), [citation], "answered", draw(), closest=(citation,))
    answer = replace(answer, standalone_question=draw(), models=Models(draw(), draw()))
    article = Article(draw(), draw(), text, draw(), draw(), draw(), draw(), draw(), draw(), draw(), (draw(),))
    seen = Seen(everything(answer, {citation.article_id: text}, article))
    assert {tag.removeprefix("/") for tag in seen.tags} <= OURS
    assert not seen.oddities
    for _, name, value in seen.attributes:
        assert name in PLAIN or name.startswith(("aria-", "data-"))
        assert name != "style" or value == "animation-delay:-1.00s"
        assert name != "href" or value.startswith(("http://", "https://"))


@settings(deadline=None)
@given(HOSTILE_TEXT)
def test_hostile_text_is_shown_to_the_letter(text):
    expected = text.encode("utf-8", "replace").decode().replace("\0", "�")
    assert Seen(f"<p>{markup.escaped(text)}</p>").text == expected


@settings(deadline=None)
@given(st.text(alphabet="ab .\n<&é’", max_size=200), st.data())
def test_exactly_the_cited_words_are_marked_within_their_paragraph(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    citation = Citation(1, "a", "T", None, None, None, None, "en", text[start:end], start, end)
    seen = Seen(source_view.sources_html(finished("Q", "A [1].", [citation]), {"a": text}))
    before, after = text[:start].rpartition("\n")[2], text[end:].partition("\n")[0]
    assert seen.marked == [text[start:end]]
    assert seen.text.endswith(before + text[start:end] + after)


@settings(deadline=None)
@given(st.text(alphabet="abc \n", max_size=400), st.integers(0, 30), st.data())
def test_surroundings_hold_the_quote_and_little_more(text, room, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    left, right = markup.excerpt_bounds(text, start, end, room)
    assert start - room <= left <= start
    assert end <= right <= end + room
    assert "\n" not in text[left:start] + text[end:right]


def test_a_long_paragraph_is_cut_at_spaces_and_says_so():
    text = "before " * 200 + "THE QUOTE" + " after" * 200
    citation = Citation(1, "a", "T", None, None, None, None, "en", "THE QUOTE", 1400, 1409)
    seen = Seen(source_view.sources_html(finished("Q", "A [1].", [citation]), {"a": text}))
    passage = seen.text[seen.text.index("… ") :]
    assert passage.startswith("… before before ")
    assert passage.endswith(" after after …")
    assert len(passage) < 2 * source_view.ROOM + 20


@pytest.mark.parametrize("texts", [{}, {"en1": "The article was replaced meanwhile."}], ids=["removed", "changed"])
def test_a_quote_whose_article_is_gone_stands_alone(texts):
    seen = Seen(source_view.sources_html(finished("Q", "A [1].", [DELAYED]), texts))
    assert seen.marked == [DELAYED.quote]
    assert seen.text.endswith(DELAYED.quote)


def test_known_markers_open_their_sentences_and_others_stay_text():
    answer = finished("Q", "Paid [1], asked back [2][3] and [x].", [PAYMENT_EN, PAYMENT_FR])
    shown = Seen(render.answer_html(answer))
    given = {
        name: [value for _, key, value in shown.attributes if key == name] for name in ("data-article", "data-quote")
    }
    assert given == {"data-article": ["en1", "fr1"], "data-quote": [PAYMENT_EN.quote, PAYMENT_FR.quote]}
    assert "Paid\xa0[1], asked back\xa0[2][3] and [x]." in shown.text


def test_a_statement_without_support_is_underlined_around_its_markers():
    text = "True [1]. Doubtful [1] words."
    claims = (Claim("True [1].", 0, 9, (1,), True), Claim("Doubtful [1] words.", 10, 29, (1,), False))
    shown = render.answer_html(replace(finished("Q", text, [DELAYED], "partial"), claims=claims))
    assert re.findall(r'<span class="doubtful"[^>]*>(.*?)</span>', shown) == ["Doubtful ", " words."]
    assert "Answered in part" in shown


@pytest.mark.parametrize(
    ("status", "heading"), [("answered", "Sources"), ("conflict", "What each source says"), ("partial", "Sources")]
)
def test_each_citation_has_its_card(status, heading):
    seen = Seen(source_view.sources_html(finished("Q", "A [1] [2].", [PAYMENT_EN, PAYMENT_FR], status), TEXTS))
    assert seen.text.startswith(heading)
    assert seen.marked == [PAYMENT_EN.quote, PAYMENT_FR.quote]
    for fact in (ENGLISH.title, "Business Insider · A. Reporter · 2 November 2025 · English", "La Gazette", "French"):
        assert fact in seen.text


def test_passages_without_a_citation_have_cards_without_a_number():
    near = replace(UNVEILED, marker=0)
    closest = source_view.sources_html(finished("Q", "", [], "not_found", closest=(near,)), TEXTS)
    found = source_view.evidence_html([near], TEXTS, {}, EN)
    for html, heading in ((closest, "Closest passages"), (found, "Passages being read")):
        assert Seen(html).text.startswith(heading)
        assert Seen(html).marked == [UNVEILED.quote]
        assert 'class="number"' not in html


def test_nothing_found_and_nothing_close_leaves_the_panel_empty():
    assert source_view.sources_html(finished("Q", "No.", [], "not_found"), TEXTS) == ""
    assert source_view.evidence_html([], TEXTS, {}, EN) == ""


def test_a_translation_is_shown_as_what_it_is_and_offered_where_it_helps():
    answer = finished("Q", "R [1].", [DELAYED], "answered", "fr")
    assert "Traduire" not in source_view.sources_html(answer, TEXTS)
    assert "Traduire" in source_view.sources_html(answer, TEXTS, translatable="a1")
    assert "Translate" not in source_view.sources_html(replace(answer, language="en"), TEXTS, translatable="a1")
    done = replace(answer, citations=(replace(DELAYED, translation="La <b>Roadster</b>"),))
    shown = source_view.sources_html(done, TEXTS, translatable="a1")
    assert "Traduire" not in shown and "<b>Roadster</b>" not in shown
    assert "Traduction automatique, pas une citation : La <b>Roadster</b>" in Seen(shown).text


def test_the_other_papers_that_have_a_passage_are_named():
    copied = finished("Q", "A [1].", [replace(DELAYED, also_in=("x1", "x2", "x3"))])
    shown = Seen(source_view.sources_html(copied, TEXTS, {"x1": "Harbour Post", "x2": "Harbour Post"})).text
    assert "also in Harbour Post, x3" in shown


def test_only_a_web_address_becomes_a_link_and_it_tells_the_other_side_nothing():
    shown = source_view.sources_html(finished("Q", "A [1].", [DELAYED]), TEXTS)
    assert 'href="https://example.org/roadster?a=1&amp;b=2" target="_blank" rel="noopener noreferrer"' in shown
    for url in (None, "", "javascript:alert(1)", "data:text/html,x", "//evil.example", "http://a b", "https://x\n"):
        assert "href" not in source_view.sources_html(finished("Q", "A [1].", [replace(DELAYED, url=url)]), TEXTS)


def test_the_rewritten_question_is_shown_only_when_it_differs():
    answer = finished("And who else?", "MKBHD [1].", [DELAYED])
    assert "Understood as" not in render.answer_html(answer)
    rewritten = replace(answer, standalone_question="Who else cancelled?")
    assert "Understood as Who else cancelled?" in Seen(render.answer_html(rewritten)).text
    assert (
        "Understood as Who else cancelled?" in Seen(render.working_html("Q", SoFar("Who else cancelled?"), 0, EN)).text
    )


def test_what_is_checked_so_far_is_plain_text_and_says_so():
    shown = Seen(render.working_html("Q", SoFar("Q", text="So far [1]", doing="writing"), 3.2, EN))
    assert "So far, each sentence checked" in shown.text
    assert shown.text.endswith("So far [1]")
    assert not {"a", "button"} & set(shown.tags)
    assert Seen(render.working_html("Who?", SoFar(), 0, EN)).text == "Who?Searching the articles"


def test_an_answer_speaks_the_language_of_its_question():
    shown = {answer.language: Seen(render.answer_html(answer)).text for answer in answers()[:2]}
    assert shown["en"].startswith("Answered")
    assert shown["fr"].startswith("Réponse trouvée")
    french = source_view.sources_html(finished("Q", "R [1].", [DELAYED], "answered", "fr"), TEXTS)
    assert "2 novembre 2025 · anglais" in french


def test_timing_leaves_out_what_did_not_happen():
    answer = finished("Q", "A", [])
    assert render.timing(answer, EN) == ("evidence 0.05\xa0s · first word 2.1\xa0s · answer 8.3\xa0s · scripted-1.5b")
    declined = replace(answer, timings=Timings(0.04, 0.05, 0.0, 0.06))
    assert render.timing(declined, EN) == "evidence 0.05\xa0s · answer 0.06\xa0s · scripted-1.5b"


def test_a_date_that_is_none_is_shown_as_it_stands():
    assert markup.day("2025-11-02T10:00:00Z", EN) == "2 November 2025"
    assert markup.day("last week", EN) == "last week"


@pytest.mark.parametrize(
    ("time", "told"),
    [
        ("2026-03-01T08:00:00+00:00", "today"),
        ("2026-02-28T23:00:00+00:00", "yesterday"),
        ("2026-01-02T08:00:00+00:00", "2 January"),
        ("2025-12-31T08:00:00+00:00", "31 December 2025"),
        ("some day", "some day"),
    ],
)
def test_the_day_of_a_conversation_is_told_as_people_would(time, told):
    assert markup.relative_day(time, date(2026, 3, 1), EN) == told


def test_only_the_last_answer_tells_how_long_it_took():
    answer = answers()[0]
    assert "answer 8.3" in render.turn_html(answer, Kept("1", last=True), EN)
    assert "answer 8.3" not in render.turn_html(answer, Kept("1"), EN)


def test_one_chosen_article_is_one():
    assert "Ask this one only" in archive_view.list_html([ENGLISH, FRENCH], 2, {"en1"}, EN)
    assert "Ask these 2 only" in archive_view.list_html([ENGLISH, FRENCH], 2, {"en1", "fr1"}, EN)


def test_an_empty_library_says_how_to_add_articles():
    assert "onrecord add" in overview.welcome_html(holdings_of([]), [], (("fact", "Who?"),), EN)
    assert "Who?" not in overview.welcome_html(holdings_of([]), [], (("fact", "Who?"),), EN)
    assert "1 article in" in overview.welcome_html(holdings_of([ENGLISH]), [], (), EN)
    assert "66 articles in" in overview.welcome_html(holdings_of([ENGLISH] * 66), [], (), EN)


def test_both_languages_have_the_same_words_and_twelve_months():
    assert WORDS["en"].keys() == WORDS["fr"].keys()
    assert all(len(table["months"].split()) == 12 for table in WORDS.values())


def test_a_french_reader_is_told_in_french_what_went_wrong():
    for kind, said in ((ModelUnavailableError, "Le modèle n’a pas donné"), (DamagedLibraryError, "endommagées")):
        french, english = (error_text(kind("It took 30 s. Try again."), language) for language in ("fr", "en"))
        assert said in french and french.endswith("It took 30 s. Try again.") and english == "It took 30 s. Try again."
    assert error_text(OnrecordError("No."), "fr").endswith("No.")


@pytest.mark.parametrize(
    ("header", "language"),
    [("fr-FR,fr;q=0.9,en;q=0.8", "fr"), ("de-DE,fr;q=0.8", "fr"), ("de", "en"), ("", "en"), ("EN-us", "en")],
)
def test_the_interface_speaks_the_browsers_language(header, language):
    assert preferred(header) == language


def test_a_hostile_article_is_quoted_in_full():
    quote = HOSTILE.text[7:]
    seen = Seen(source_view.sources_html(finished("Q", "A [1].", [cite(HOSTILE, quote, 1)]), TEXTS))
    assert seen.marked == [quote]
    assert HOSTILE.title in seen.text
    assert HOSTILE.publisher in seen.text


def test_a_conflict_stands_in_columns_with_the_newest_marked():
    answer = finished("Q", "$45,000 [1]. $50,000 [2].", [PAYMENT_EN, PAYMENT_FR], "conflict")
    claims = (Claim("$45,000 [1].", 0, 12, (1,), True), Claim("$50,000 [2].", 13, 25, (2,), True))
    shown = render.answer_html(replace(answer, claims=claims))
    columns = [Seen(part).text for part in shown.split("<section")[1:]]
    assert columns[0].endswith("Business Insider2 November 2025$45,000\xa0[1].")
    assert columns[1].endswith("La Gazette3 November 2025 newest$50,000\xa0[2].")
    assert Seen(shown).text.count("$45,000") == 1


def test_a_conflict_within_one_claim_keeps_its_prose_and_quotes_each_source():
    answer = finished("Q", "$45,000 or $50,000 [1] [2].", [PAYMENT_EN, PAYMENT_FR], "conflict")
    seen = Seen(render.answer_html(answer))
    assert "$45,000 or $50,000" in seen.text
    assert seen.tags.count("section") == 2
    assert PAYMENT_EN.quote in seen.text


def test_newest_needs_a_date_from_everybody():
    assert source_view.newest([PAYMENT_EN, PAYMENT_FR]) == "2025-11-03"
    assert source_view.newest([PAYMENT_EN]) == ""
    assert source_view.newest([PAYMENT_EN, replace(PAYMENT_FR, published=None)]) == ""
    assert source_view.newest([PAYMENT_EN, replace(PAYMENT_FR, published="last week")]) == ""


def test_a_verdict_is_pressed_and_wrong_asks_for_what_is_right():
    answer = finished("Q", "A [1].", [DELAYED])
    pressed = re.findall(r'data-verdict="(\w+)" aria-pressed="true"', render.turn_html(answer, Kept("x", "right"), EN))
    assert pressed == ["right"]
    assert "<form" not in render.turn_html(answer, Kept("x", "right"), EN)
    assert "<form" in render.turn_html(answer, Kept("x", "wrong", "7 years"), EN)


# An article being read


@settings(deadline=None)
@given(st.text(alphabet="ab. \n<&é’", max_size=200), st.data())
def test_an_article_is_shown_to_the_letter_with_exactly_the_quote_marked(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    article = Article("a", "T", text, "en", "a.txt")
    where = article_view.find_quote(text, article_view.Quote(start, end, text[start:end]))
    seen = Seen(article_view.body_html(text, sentences_of(article), where))
    shown = "".join(line for line in text.split("\n") if line.strip())
    assert seen.text == shown
    if where:
        inside = text[start:end].split("\n")
        assert "".join(seen.marked).replace(" ", "") == "".join(inside).replace(" ", "") or not text[start:end].strip()
    else:
        assert start == end


def test_a_quote_that_moved_is_found_and_one_that_is_gone_is_not_marked():
    text = "New start. The delay was long. The end."
    assert article_view.find_quote(text, article_view.Quote(0, 19, "The delay was long.")) == (11, 30)
    assert article_view.find_quote(text, article_view.Quote(11, 30, "The delay was short.")) is None
    assert article_view.find_quote("No. No.", article_view.Quote(9, 12, "No.")) is None
    article = Article("a", "T", text, "en", "a.txt")
    seen = Seen(
        article_view.article_html(
            article, sentences_of(article), EN, article_view.Quote(11, 30, "The delay was short.")
        )
    )
    assert "no longer stands" in seen.text and "mark" not in seen.tags


def test_what_was_dropped_is_told_and_only_a_writer_may_remove():
    article = replace(ENGLISH, dropped=("Subscribe now", "Leave a Reply"))
    seen = Seen(article_view.article_html(article, [], EN))
    assert "2 pieces left out" in seen.text and "Subscribe now" in seen.text
    assert "Remove" not in seen.text
    assert "Remove" in Seen(article_view.article_html(article, [], EN, writable=True)).text


def test_a_reader_sees_which_articles_were_searched():
    from index import Filter

    answer = replace(finished("Q", "A.", []), filter=Filter("2018-01-01", None, ("<b>Reuters</b>",)))
    shown = render.answer_html(answer)
    assert "&lt;b&gt;Reuters&lt;/b&gt; · From 2018-01-01" in shown and "Searched only" in shown
    assert "Searched only" not in render.answer_html(replace(answer, filter=None))


def test_the_start_page_tells_what_the_archive_holds_and_asks_a_question_of_each_kind():
    first = replace(ENGLISH, text=f"{ENGLISH.text}\n{ENGLISH.text}")
    articles = [first, replace(first, id="en2", publisher="La Gazette", published="2025-11-03")]
    offers = tuple((kind, f"Question {n}?") for n, kind in enumerate(KINDS))
    told = (Story("Sam Altman", tuple(articles)),)
    seen = Seen(overview.welcome_html(holdings_of(articles), told, offers, EN)).text
    assert "from 2 November 2025 to 3 November 2025" in seen and "Business Insider (1), La Gazette (1)" in seen
    assert "Sam Altman (2 articles)" in seen
    assert all(EN[f"kind_{kind}"] in seen and question in seen for kind, question in offers)


def test_the_picture_has_a_bar_for_every_month_and_years_where_those_are_too_many():
    made = overview.columns(
        holdings_of(dated(ENGLISH, "2025-12-24", "2026-02-01", "2026-02-03")), ["Business Insider"], EN
    )
    assert [(bar.label, bar.since, bar.until, bar.counts) for bar in made[-2:]] == [
        ("January 2026", "2026-01-01", "2026-01-31", (0, 0)),
        ("February 2026", "2026-02-01", "2026-02-28", (2, 0)),
    ]
    years = overview.columns(holdings_of(dated(FRENCH, "2017-03-01")), ["Business Insider"], EN)
    assert [(bar.label, sum(bar.counts)) for bar in years][:2] == [("2017", 1), ("2018", 0)] and years[-1].counts == (
        0,
        1,
    )
