"""What the lines above a text say of it: front matter, labels, bylines, days, and the lines of agencies."""

import pytest

from index.articles import Article
from index.ingest.sources import read_sources

ONE = "The harbour office in Skelby said on Monday that the ferry to Ostrelund will sail again from the first of June."
TWO = "Repairs took nine weeks, and the company that built the ramp will pay for two thirds of them, its lawyer said."
UN = "La capitainerie de Skelby a annoncé lundi que le bac pour Ostrelund reprendrait la mer dès le premier juin."
DEUX = "Les travaux ont duré neuf semaines, et l'entreprise qui a construit la rampe en paiera les deux tiers."
BODY, CORPS = f"{ONE}\n\n{TWO}", f"{UN}\n\n{DEUX}"


def read(tmp_path, text, name="a.txt"):
    (tmp_path / name).write_text(text, "utf-8")
    (article,) = read_sources([tmp_path / name])
    assert isinstance(article, Article)
    return article


ENGLISH = {
    "a byline and a day": "Ferry sails again\n\nBy Joanna Creel\nMarch 12, 2024\n\n{}",
    "in one line": "Ferry sails again\nBy Joanna Creel | March 12, 2024\n\n{}",
    "with a label and a time": "Ferry sails again\n\nby Joanna Creel\nPublished Tuesday 12 March 2024 14:05 GMT\n\n{}",
    "labels": "Title: Ferry sails again\nAuthor: Joanna Creel\nDate: 12 March 2024\n\n{}",
    "front matter": '---\ntitle: "Ferry sails again"\nauthor:\n  - Joanna Creel\ndate: 2024-03-12\n---\n\n{}',
    "TOML": '+++\ntitle = "Ferry sails again"\nauthor = "Joanna Creel"\ndate = 2024-03-12\n+++\n\n{}',
    "French names": "---\ntitre: >-\n  Ferry sails again\nauteurs: [Joanna Creel]\ndate_publication: 12 mars 2024\n---\n{}",
    "an agency's": "FRA1234 4 GEN 0214 FRA /AFP-XX12\n\nFerry sails again\n\nBy Joanna Creel\nMarch 12, 2024\n\n{}\n\nabc/def",
    "an advisory": "ADVISORY - Attention editors: this adds quotes.\n\nFerry sails again\nBy Joanna Creel\nMarch 12, 2024\n\n{}",
}


@pytest.mark.parametrize("text", ENGLISH.values(), ids=ENGLISH)
def test_a_texts_head_says_who_wrote_it_and_when(tmp_path, text):
    article = read(tmp_path, text.format(BODY), "a.md" if "title = " in text else "a.txt")
    assert (article.title, article.author, article.published) == ("Ferry sails again", "Joanna Creel", "2024-03-12")
    assert article.text == BODY


FRENCH = {
    "lines": "Le bac repart\n\nPar Hervé Lemoine\nPublié le 1er mars 2024 à 7h30\n\n{}",
    "with the publisher": "Le bac repart\n\nLE COURRIER | 01.03.2024 à 08h15 | Par Hervé Lemoine\n\n{}",
    "labels": "Titre : Le bac repart\nAuteur : Hervé Lemoine\nDate : 1er mars 2024\n\n{}",
}


@pytest.mark.parametrize("text", FRENCH.values(), ids=FRENCH)
def test_so_does_a_french_one(tmp_path, text):
    article = read(tmp_path, text.format(CORPS))
    assert (article.title, article.author, article.published) == ("Le bac repart", "Hervé Lemoine", "2024-03-01")
    assert article.text == CORPS


def test_a_dateline_gives_the_day_and_the_agency_and_stays(tmp_path):
    article = read(tmp_path, f"Le bac repart\n\nPARIS, 8 octobre 2024 (AFP) - {CORPS}")
    assert (article.published, article.publisher) == ("2024-10-08", "AFP")
    assert article.text == f"PARIS, 8 octobre 2024 (AFP) - {CORPS}"


def test_below_a_standfirst_too(tmp_path):
    article = read(
        tmp_path, f"Le bac repart\n\n{UN}\n\nPropos recueillis par Luc Andrieux le 9 novembre 2023\n\n{DEUX}"
    )
    assert (article.author, article.published, article.text) == ("Luc Andrieux", "2023-11-09", CORPS)


@pytest.mark.parametrize(
    "line",
    [
        "By the sea, a town counts its coins",
        "Selwyn wins the election of 12 May 2024",
        "Date: the fruit that conquered",
    ],
)
def test_a_headline_is_no_byline(tmp_path, line):
    article = read(tmp_path, f"{line}\n\n{BODY}")
    assert article.author is None and line in (article.title, article.text.split("\n\n")[0])


def test_a_day_in_the_text_is_not_the_texts(tmp_path):
    article = read(tmp_path, f"Ferry sails again\n\n{ONE}\n\n12 March 2024\n\n{TWO}")
    assert article.published is None and "12 March 2024" in article.text


def test_what_a_document_shows_is_surer_than_its_properties(tmp_path):
    from documents import pdf, shown

    data = pdf(shown("By Joanna Creel", "March 12, 2024", "", ONE, TWO), info="/Title (Ferry) /CreationDate (D:2019)")
    (tmp_path / "a.pdf").write_bytes(data)
    (article,) = read_sources([tmp_path / "a.pdf"])
    assert (article.author, article.published) == ("Joanna Creel", "2024-03-12")


def test_a_page_made_for_print_says_it_below_its_headline(tmp_path):
    page = (
        f"<html lang='en'><head><title>Ferry</title></head><body><table><tr><td><h1>Ferry</h1></td></tr><tr><td>By Joanna"
        f" Creel<br>March 12, 2024</td></tr><tr><td>{'<br><br>'.join([ONE, TWO] * 3)}</td></tr></table></body></html>"
    )
    article = read(tmp_path, page, "a.html")
    assert (article.author, article.published) == ("Joanna Creel", "2024-03-12")
