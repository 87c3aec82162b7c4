"""Search finds words that the question and the articles spell differently."""

import json
import random
import string
import time

import pytest
from fakes import WordEmbedding
from hypothesis import given
from hypothesis import strategies as st

from index import Library
from index.text.place_names import other_names
from index.text.spelling import bucket, nearest
from index.text.terms import query_words

TEXTS = {
    "aldmere": ("en", "The council of Aldmere sold the old mill on Friday."),
    "norvane": ("en", "Norvane lost its second goalkeeper before the final."),
    "germany": ("fr", "Le constructeur ouvrira son atelier en Allemagne, près de la mer."),
    "london": ("fr", "Soixante employés quitteront Londres avant la fin de l'année."),
    "brussels": ("en", "The commission in Brussels postponed the vote on fishing."),
    "netherlands": ("fr", "Les tulipes des Pays-Bas coûtent plus cher cette année."),
    "states": ("en", "The United States lifted the tariff on steel pipes."),
    "geneva": ("fr", "La conférence de Genève s'est terminée sans accord."),
    "pays": ("fr", "Le bas niveau du fleuve inquiète tout le pays cette année."),
    "orchard": ("en", "The orchard gave more apples than in any year before."),
}


@pytest.fixture(scope="module")
def news(tmp_path_factory):
    """All its texts are about as near to any question, so that shared words decide."""
    folder = tmp_path_factory.mktemp("spelling")
    with Library.open(folder / "library", embedding=WordEmbedding(floor=1.0)) as library:
        library.add([written(folder)])
        yield library


def written(folder):
    rows = [{"id": id, "text": text, "language": language} for id, (language, text) in TEXTS.items()]
    (folder / "news.jsonl").write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return folder / "news.jsonl"


SPELT_OTHERWISE = [
    ("Aldmore", "aldmere"),
    ("Norvanne", "norvane"),
    ("aldmere", "aldmere"),
    ("ALDMÉRE", "aldmere"),
    ("Germany", "germany"),
    ("London", "london"),
    ("Bruxelles", "brussels"),
    ("Netherlands", "netherlands"),
    ("États-Unis", "states"),
    ("Geneva", "geneva"),
]


@pytest.mark.parametrize(("name", "article"), SPELT_OTHERWISE)
def test_a_name_is_found_however_it_is_spelt(news, name, article):
    assert news.search(f"And {name}?")[0].article.id == article
    assert news.candidates(f"And {name}?")[0].article.id == article


def test_only_words_that_no_article_has_are_respelt(news, tmp_path):
    assert news.search("Aldmore")[0].article.id == "aldmere"
    (tmp_path / "more.jsonl").write_text(json.dumps({"id": "more", "text": "Aldmore won.", "language": "en"}), "utf-8")
    news.add([tmp_path / "more.jsonl"])
    assert news.search("Aldmore")[0].article.id == "more"
    assert news.search("Aldmoore")[0].article.id == "more"  # The vocabulary is read again.
    news.remove(["more"])
    assert news.search("Aldmore")[0].article.id == "aldmere"


def test_places_keep_to_whole_names():
    assert other_names(query_words("What do the United States say?")) == ("etat unis",)
    assert other_names(query_words("Which states say so?")) == ()
    assert other_names(query_words("Les usines allemandes de Londres")) == ("german", "london")


def test_short_words_and_numbers_are_not_respelt():
    stems = bucket(["osak", "osek", "2024", "20241"])
    assert nearest("oset", lambda letter: stems) == nearest("20242", lambda letter: stems) == []


words = st.text(string.ascii_lowercase, min_size=1, max_size=12)


@given(words, st.lists(words, unique=True, max_size=30))
def test_what_stands_in_is_known_near_and_little(stem, stems):
    near = nearest(stem, lambda letter: bucket(other for other in stems if other.startswith(letter)))
    assert len(near) <= 3 and set(near) <= set(stems)
    assert all(other[0] == stem[0] and abs(len(other) - len(stem)) <= 2 for other in near)


def test_a_large_vocabulary_costs_little_time():
    chance = random.Random(1)
    stems = bucket("a" + "".join(chance.choices("aeiourstlnm", k=chance.randint(3, 9))) for _ in range(20_000))
    nearest("alnorstune", lambda letter: stems)  # Imports its library.
    start = time.process_time()
    for _ in range(50):
        nearest("alnorstune", lambda letter: stems)
    assert (time.process_time() - start) / 50 < 0.02
