"""What a relative date comes to, and dates told in the other language."""

import pytest
from test_rag_findings import passage_of, reading, span

from rag.verify.findings import findings
from rag.write.compose import lead_of


def told(words, text, language, of):
    passage = passage_of(text, "gazette", of, published="2026-02-19")
    (finding,) = findings(reading(span(0, text, words)), [passage])
    return lead_of(finding, language).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("words", "text", "language", "lead"),
    [
        ("on Wednesday", "The bridge reopened on Wednesday.", "en", "On Wednesday (article of 19 February 2026)"),
        ("yesterday", "The bridge reopened yesterday.", "en", "Yesterday (18 February 2026)"),
        ("last month", "The bridge was shut last month.", "en", "Last month (January 2026)"),
        ("3 February 2026", "It was shut on 3 February 2026.", "en", "3 February 2026"),
        ("two boats", "He has had two boats since then.", "en", "Two boats"),
        ("Wednesday", "The bridge reopened on Wednesday.", "fr", "Mercredi (article du 19 février 2026)"),
        ("3 February 2026", "It was shut on 3 February 2026.", "fr", "3 février 2026"),
        ("in March 2025", "Work on it began in March 2025.", "fr", "Mars 2025"),
        ("the old bridge in March", "They shut the old bridge in March, he said.", "fr", ""),
    ],
)
def test_dates_lead_as_written_with_what_they_come_to(words, text, language, lead):
    assert told(words, text, language, "en") == lead


def test_a_french_date_is_told_to_an_english_reader():
    text = "Le pont a été fermé le 3 février, dit-on à la mairie."
    assert told("le 3 février", text, "en", "fr").startswith("3 February")
