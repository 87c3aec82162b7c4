"""Answers by their form: in the page, the terminal, Markdown and plain text."""

import re
from dataclasses import replace

import pytest
from page_fakes import ENGLISH as ARTICLE
from page_fakes import FORMS, PAYMENT_EN, answers, cite

from ui.chat.export import answer_markdown
from ui.chat.render import answer_html
from ui.chat.source_view import sources_html
from ui.server.openai_format import annotations, content, inert
from ui.terminal import answer_text


@pytest.mark.parametrize("form", FORMS)
def test_every_claim_with_its_markers_is_shown_everywhere_once(form):
    answer = FORMS[form]
    html = re.sub(r"<[^>]*>", "", answer_html(answer)).replace("&nbsp;", " ")
    for shown in (html, answer_text(answer), answer_markdown(answer).replace("\\", ""), content(answer, "onrecord")):
        text = " ".join(shown.split())
        assert [text.count(claim.text) for claim in answer.claims] == [1] * len(answer.claims)


@pytest.mark.parametrize("form", FORMS)
def test_annotations_point_at_the_markers_of_the_content(form):
    answer = FORMS[form]
    said = content(answer, "onrecord-sources")
    places = [next(iter(v for v in note.values() if isinstance(v, dict))) for note in annotations(answer)]
    markers = [said[place["start_index"] : place["end_index"]] for place in places]
    assert sorted(markers) == sorted(re.findall(r"\[\d+\]", answer.text))


def test_a_timeline_is_chronological():
    answer = FORMS["timeline"]
    assert re.findall(r'class="when">([^<]*)<', answer_html(answer)) == [
        "16 November 2017",
        "July 2018",
        "2 November 2025",
    ]
    assert "  - July 2018: Altman paid $45,000 [1].\n  - 2 November 2025: The dispute" in answer_text(answer)
    assert "- **16 November 2017** The Roadster was unveiled [4]." in answer_markdown(answer)


def test_a_comparison_is_a_table_of_its_groups_and_headings_in_the_terminal():
    answer = FORMS["comparison"]
    assert re.findall(r"<th scope[^>]*>([^<]*)<", answer_html(answer)) == ["Business Insider", "La Gazette"]
    assert "| Business Insider | La Gazette |\n| --- | --- |\n| Its screenshots" in answer_markdown(answer)
    assert "La Gazette\n  - It has a refund" in answer_text(answer)


def test_positions_stand_by_speaker_and_lists_after_their_opening():
    assert "Elon Musk\n  - The technology is crazy [3]." in answer_text(FORMS["positions"])
    assert "**Sam Altman**\n\n- He paid" in answer_markdown(FORMS["positions"])
    assert "Two sums:\n\n  - $45,000 were paid [1]." in answer_text(FORMS["list"])


def test_what_is_open_and_notices_are_shown_but_nothing_twice():
    for shown in (answer_html, answer_text, answer_markdown, lambda answer: content(answer, "onrecord")):
        assert "A correction of the French article was published." in shown(FORMS["comparison"])
        assert "The articles leave open: what it will cost." in shown(FORMS["timeline"])
        assert shown(FORMS["timeline"]).count("When it will be sold") == 1


def test_answers_without_these_fields_are_prose():
    plain = [answer for answer in answers() if answer.form == "fact"]
    bare = [
        replace(a, claims=tuple(replace(c, group=None, date=None, speaker=None) for c in a.claims))
        for a in FORMS.values()
    ]
    for answer in [*plain, *(answer for answer in bare if answer.form != "list")]:
        assert answer.text in answer_text(answer) and inert(answer.text) in content(answer, "onrecord")


def test_two_passages_of_an_article_are_one_source_with_two_marks():
    other = cite(ARTICLE, "This public exchange reveals ongoing tensions.", 2)
    answer = replace(FORMS["list"], citations=(PAYMENT_EN, other))
    html = sources_html(answer, {ARTICLE.id: ARTICLE.text})
    assert html.count('<li class="card">') == 1 and html.count("<mark>") == 2 and html.count('class="number"') == 4
    assert answer_text(answer).count(ARTICLE.title) == 1 and f"    [2] “{other.quote}”" in answer_text(answer)
    assert answer_markdown(answer).count(f"> [2] {other.quote}") == 1


def test_a_comparison_of_which_one_side_is_found_is_a_list_under_it_and_no_table():
    answer = FORMS["comparison"]
    first = answer.claims[0].group
    one_side = replace(
        answer, claims=tuple(replace(c, group=c.group if c.group == first else None) for c in answer.claims)
    )
    html = answer_html(one_side)
    assert "<table" not in html and re.findall(r"<h3>([^<]*)</h3>", html) == [first, "Other passages"]
    assert "<ul" in html and f"{first}\n  - Its screenshots" in answer_text(one_side)


def test_a_day_of_several_events_is_shown_once():
    answer = FORMS["timeline"]
    one_day = replace(answer, claims=tuple(replace(claim, date="2025-11-01") for claim in answer.claims))
    assert answer_html(one_day).count('class="same-day"') == 2
    french = answer_html(replace(one_day, language="fr"))
    assert "1er novembre 2025" in french


def test_a_full_stop_inside_a_closing_quote_is_not_doubled():
    answer = FORMS["positions"]
    claim = answer.claims[0]
    said = "“It is late.” [1]"
    answer = replace(
        answer,
        form="fact",
        text=f"{said}.",
        claims=(replace(claim, text=said, start=0, end=len(said), citations=(1,)),),
    )
    shown = re.sub(r"<[^>]*>", "", answer_html(answer))
    assert "late.”" in shown and not shown.rstrip().endswith("].")
