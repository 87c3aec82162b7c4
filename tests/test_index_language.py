import pytest

from index.text.language import LANGUAGES, detect

TEXTS = {
    "en": [
        "Who is Elon Musk?",
        "Roadster 7.5 years?",
        "how long was the roadster delayed",
        "Why did Altman cancel?",
        "What did Sam Altman say about Tesla, OpenAI and Microsoft?",
        "and who else cancelled?",
        "WHO OWNS OPENAI?",
        "Did Emmanuel Macron meet Anne Hidalgo in Paris?",
        "The Roadster was unveiled in 2017.",
    ],
    "fr": [
        "Quel est le PDG de Ford ?",
        "Qui est Sam Altman ?",
        "Pourquoi Musk ?",
        "Combien a payé Altman ?",
        "quel est le montant rembourse",
        "et qui d'autre a annulé ?",
        "QUI POSSÈDE OPENAI ?",
        "Qu’a dit Mark Zuckerberg à Washington ?",
        "La Roadster a été dévoilée en 2017.",
    ],
}


@pytest.mark.parametrize(("text", "language"), [(text, code) for code, texts in TEXTS.items() for text in texts])
def test_short_questions_and_sentences(text, language):
    assert detect(text) == language


@pytest.mark.parametrize("text", ["", " \n", "42", "?!", "…"], ids=repr)
def test_a_text_that_shows_nothing_has_the_first_language(text):
    assert detect(text) == LANGUAGES[0]


@pytest.mark.parametrize("text", ["日本語のニュース", "Самые популярные", "\ud800", "🙂" * 5_000], ids=ascii)
def test_any_text_has_one_of_our_languages(text):
    assert detect(text) in LANGUAGES
