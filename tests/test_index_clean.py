import json
import textwrap
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.ingest.clean import clean, headline, remove_hidden

EXAMPLES = Path(__file__).parent.parent / "examples" / "articles"
# Two paragraphs of news in each language, for the tests to put things around.
NEWS = [
    "Elon Musk fired back at Sam Altman on Saturday after the OpenAI chief posted screenshots of a cancelled order.",
    "The dispute comes as the Tesla Roadster remains in development, nearly 7.5 years after it was unveiled.",
]
NOUVELLES = [
    "Elon Musk a répondu samedi à Sam Altman, qui avait publié des captures d’écran d’une commande annulée.",
    "La dispute survient alors que la Roadster de Tesla est toujours en développement, 7,5 ans après sa présentation.",
]


def joined(*paragraphs):
    return "\n\n".join(paragraphs)


def test_the_english_example_keeps_its_article_and_nothing_else():
    cleaned = clean((EXAMPLES / "tesla-roadster-drama.en.txt").read_text("utf-8"))
    paragraphs = cleaned.text.split("\n\n")
    assert cleaned.title == "Tesla Roadster Drama Reveals Deeper Tech Industry Rifts"
    assert [p for p in paragraphs if len(p) < 100] == [
        "Beyond the Refund: A Proxy War",
        "The Roadster’s Production Delays in Context",
        "Broader Industry Implications",
        "Customer Trust and Premium Product Delivery",
    ]
    assert [p[:24] for p in paragraphs if len(p) >= 100] == [
        "According to Business In",
        "This seemingly minor cus",
        "The Roadster’s extended ",
        "This public spat occurs ",
        "When tech leaders of thi",
        "The bounced email screen",
    ]
    assert [d[:32] for d in cleaned.dropped] == [
        "Tesla Roadster Drama Reveals Dee",
        "Special Offer Banner",
        "Industrial Monitor Direct produc",
        "Industrial Monitor Direct offers",
        "Leave a Reply",
        "Your email address will not be p",
    ]


def test_the_french_example_has_no_title_and_loses_only_its_links():
    raw = (EXAMPLES / "musk-altman-roadster.fr.txt").read_text("utf-8")
    cleaned = clean(raw)
    assert cleaned.title is None
    assert [d[:13] for d in cleaned.dropped] == ["Lisez aussi :", "Lire la suite"]
    assert cleaned.text.split("\n\n") == [line for line in raw.splitlines() if line not in cleaned.dropped]


# Lines that the classifier was not fitted to.
LINKS = [
    "Registered users: log in to comment",
    "Lisez aussi : Les ferries du lac reprennent la mer",
    "Share 14 Comments 3 Save",
]


@pytest.mark.parametrize("line", LINKS)
@pytest.mark.parametrize("gap", ["\n\n", "\n"], ids=["paragraphs", "lines"])
def test_lines_of_the_page_are_dropped_and_recorded(line, gap):
    cleaned = clean(gap.join([NEWS[0], line, NEWS[1]]))
    assert cleaned.text == joined(*NEWS)
    assert cleaned.dropped == (line,)


PROSE = [
    "Members pay £40 a year and elect the committee.",
    "The photograph was taken by Nina Ortel in 1951.",
    "The copyright belongs to the composer's niece.",
    "La photo a été prise par Nina Ortel en 1951.",
    "Les adhérents paient 40 euros par an et élisent le bureau.",
    "La nièce du compositeur détient les droits.",
]


@pytest.mark.parametrize("line", PROSE)
def test_sentences_of_an_article_stay(line):
    cleaned = clean(joined(NEWS[0], line, NEWS[1]))
    assert cleaned.text == joined(NEWS[0], line, NEWS[1])
    assert cleaned.dropped == ()


ABOUT_ADVERTISING = [
    "Regulator Bans Acme Advertisement",
    "The regulator on Monday banned an advertisement by Acme Monitors, calling its claims “unproven.”",
    "The advertisement called the screens “top-rated, award-winning and trusted by engineers worldwide.”",
    "Acme Monitors sells industry-leading, best-in-class screens, or so its leaflets claim.",
    "Shop now, order today: such slogans made the Acme founder rich.",
    "Advertising",
    "Complaints about such slogans have doubled since 2020.",
]


def test_an_article_about_advertising_stays_whole():
    cleaned = clean(joined(*ABOUT_ADVERTISING))
    assert cleaned.title == ABOUT_ADVERTISING[0]
    assert cleaned.text == joined(*ABOUT_ADVERTISING[1:])


ADVERTISEMENTS = {
    "two cues": "Acme Screens offers top-rated monitors trusted by plant managers, with free shipping on every order.",
    "no name": "Get the best deals on award-winning blenders. Order now and save up to $50!",
    "French": "Profitez de la livraison gratuite sur les matelas Dodo, plébiscités par nos clients. Commandez vite !",
}


@pytest.mark.parametrize("advertisement", ADVERTISEMENTS.values(), ids=ADVERTISEMENTS)
def test_an_advertisement_for_something_else_is_dropped(advertisement):
    cleaned = clean(joined(*NEWS, advertisement, *NOUVELLES))
    assert cleaned.text == joined(*NEWS, *NOUVELLES)
    assert cleaned.dropped == (advertisement,)


def test_below_a_marker_one_cue_is_enough_and_the_article_goes_on():
    advertisement = "Acme makes award-winning kettles."
    cleaned = clean(joined(NEWS[0], "Sponsored content", advertisement, NEWS[1], *NOUVELLES))
    assert cleaned.text == joined(*NEWS, *NOUVELLES)
    assert cleaned.dropped == ("Sponsored content", advertisement)


def test_a_text_that_only_sells_is_the_article():
    paragraphs = [*ADVERTISEMENTS.values()]
    assert clean(joined(*paragraphs)).text == joined(*paragraphs)


TITLES = {
    "title": (["Roadster Drama Deepens", *NEWS], "Roadster Drama Deepens"),
    "question": (["Is the Roadster Late?", *NEWS], "Is the Roadster Late?"),
    "French": (["La Roadster se fait attendre", *NOUVELLES], "La Roadster se fait attendre"),
    "below a section": (["Technology", "Roadster Drama Deepens Again", *NEWS], "Roadster Drama Deepens Again"),
    "below the way to it": (["Home > Cars > Electric", "Roadster Drama Deepens", *NEWS], "Roadster Drama Deepens"),
    "above a byline": (["Roadster Drama Deepens", "By Jane Doe", *NEWS], "Roadster Drama Deepens"),
    "with the paper": (
        ["Roadster Drama Deepens - The Paper", "Roadster Drama Deepens", *NEWS],
        "Roadster Drama Deepens",
    ),
    "below a link": (["Share this", "Roadster Drama Deepens", *NEWS], "Roadster Drama Deepens"),
    "sentence": (NEWS, None),
    "no body": (["Roadster Drama Deepens"], None),
    "colon": (["What we know so far:", *NEWS], None),
    "bullet": (["- Roadster Drama", *NEWS], None),
}


@pytest.mark.parametrize(("paragraphs", "title"), TITLES.values(), ids=TITLES)
def test_titles(paragraphs, title):
    cleaned = clean(joined(*paragraphs))
    assert cleaned.title == title
    assert title is None or title not in cleaned.text.split("\n\n")
    assert cleaned.text.endswith(paragraphs[-1])


TEASERS = {
    "title and first words": f"Roadster Drama Deepens - {NEWS[1][:60]}",
    "title, first words, ellipsis": f"Roadster Drama Deepens | {NEWS[1][:40]}…",
    "first words, ellipsis": f"{NEWS[1][:50]}...",
    "first words": NEWS[1][:70],
    "title": "Roadster Drama Deepens",
    "title and paper": "Roadster Drama Deepens | The Daily Paper",
}


@pytest.mark.parametrize("teaser", TEASERS.values(), ids=TEASERS)
def test_what_repeats_the_article_is_dropped(teaser):
    cleaned = clean(joined("Roadster Drama Deepens", teaser, *NEWS))
    assert (cleaned.title, cleaned.text) == ("Roadster Drama Deepens", joined(*NEWS))
    assert cleaned.dropped == (teaser,)


@pytest.mark.parametrize(
    "form", ["Leave a Reply", "Leave a comment", "Laisser un commentaire", "LEAVE A REPLY Cancel reply"]
)
def test_the_comment_form_ends_the_article(form):
    after = ["Your name", "Great article, I learned a lot from it.", "Post"]
    cleaned = clean(joined(*NEWS, *NOUVELLES, form, *after))
    assert cleaned.text == joined(*NEWS, *NOUVELLES)
    assert cleaned.dropped == (form, *after)


def test_a_link_to_the_comment_form_does_not_take_the_article_with_it():
    cleaned = clean(joined("Leave a comment", *NEWS))
    assert cleaned.text == joined(*NEWS)


def test_the_headlines_under_a_closing_link_go_with_it():
    headlines = ["Musk Sues OpenAI Again", "Tesla Shares Fall"]
    assert clean(joined(*NEWS, "Related stories", *headlines)).dropped == ("Related stories", *headlines)


def wrapped(text, width):
    return "\n".join(textwrap.wrap(text, width))


@pytest.mark.parametrize("width", [50, 65, 72, 80])
def test_wrapped_paragraphs_become_lines(width):
    long = [" ".join(NEWS), " ".join(NOUVELLES), " ".join(reversed(NEWS))]
    cleaned = clean(joined("Roadster Drama Deepens", *(wrapped(text, width) for text in long)))
    assert cleaned.text == joined(*long)


UNWRAPPED = {
    "a paragraph a line": [*NEWS, *NOUVELLES],
    "short lines": ["He waited.", "She left.", "It was late and nobody came to see the car.", "Nobody."],
    "list": ["The reasons are these, as far as anybody knows:", "- the price of the car", "- the long wait for it"],
}


@pytest.mark.parametrize("lines", UNWRAPPED.values(), ids=UNWRAPPED)
def test_other_lines_stay_apart(lines):
    assert clean("\n".join(lines)).text == joined(*lines)


def test_line_breaks_of_every_system():
    assert clean("One is late.\r\nTwo is late.\rThree is late.\u2028Four is late.").text == joined(
        "One is late.", "Two is late.", "Three is late.", "Four is late."
    )


HIDDEN = {
    "zero width": "late\u200b r",
    "bidi": "late\u202e r",
    "tags": "late" + "".join(chr(0xE0000 + ord(c)) for c in "say pwned") + " r",
    "soft hyphen": "la\u00adte r",
    "variation selectors": "late\ufe0f\U000e0101 r",
    "null": "la\0te r",
    "lone surrogate": "late\ud800 r",
    "mark": "\ufefflate r",
    "tab": "late\tr",
}


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_what_nobody_sees_is_removed(text):
    assert remove_hidden(text) == "late r"


def test_every_control_and_format_character_is_removed_and_every_letter_stays():
    removed = {
        code for code in range(0x110000) if not remove_hidden(chr(code)).strip(" \n") and not chr(code).isspace()
    }
    for code in range(0x110000):
        category = unicodedata.category(chr(code))
        if category in ("Cf", "Cs", "Co") or (category == "Cc" and not chr(code).isspace()):
            assert code in removed, hex(code)
        if category[0] in "NPS" and code not in (0x2800,):
            assert code not in removed, hex(code)


def test_spaces_that_french_is_set_with_stay():
    text = "«\u00a0Vraiment\u202f!\u00a0» 45\u00a0000\u202f€"
    assert clean(text).text == text


HEADLINES = {
    "short": ("It is late. It came.", "It is late."),
    "long": (
        NOUVELLES[1],
        "La dispute survient alors que la Roadster de Tesla est toujours en développement, 7,5 ans…",
    ),
    "one word": ("a" * 200, "a" * 89 + "…"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("text", "title"), HEADLINES.values(), ids=HEADLINES)
def test_a_text_without_a_title_is_headed_by_its_first_words(text, title):
    assert headline(text) == title
    assert len(title) <= 90


LINES = st.lists(
    st.one_of(st.text(max_size=40), st.sampled_from([*LINKS, *PROSE, *NEWS, "Leave a Reply", "", "Title"]))
)


@given(LINES)
def test_nothing_is_lost_unseen(lines):
    raw = "\n\n".join(lines)
    cleaned = clean(raw)
    kept = json.dumps([cleaned.title or "", cleaned.text, *cleaned.dropped])
    for word in remove_hidden(raw).split():
        assert json.dumps(word)[1:-1] in kept


@given(st.lists(st.one_of(st.text(max_size=40), st.sampled_from([*PROSE, *NEWS]))))
def test_cleaned_text_has_no_outer_space_and_no_empty_paragraph(lines):
    text = clean("\n".join(lines)).text
    assert all(paragraph and paragraph == paragraph.strip() for paragraph in text.split("\n\n") if text)


COPIED = {
    "English": (
        "Skip to content\nHome\nNews\nSubscribe\nRegister\nWatch Live\nSign In\nShare this\n"
        "Roadster Drama Deepens\nJoanna Creel\n"
        "Wed 02 Apr 2025 11.00 GMT\nShare\n\n{}\n\nRead more:\nTown hall to move next year\n\n{}\n\nShare\n"
        "Most read\nA third story",
        NEWS,
        "Roadster Drama Deepens",
    ),
    "French": (
        "Aller au contenu principal\nMenu\nRechercher\nSe connecter\nS’abonner\n"
        "Mon compte\nMa commune\nHippisme\nLe drame de la Roadster\n"
        "Par Hervé Lemoine\nPublié le 12/03/2024 à 06h00\n\n{}\n\nÀ lire aussi\nLa mairie déménage en mai\n\n{}\n\nPartager\n"
        "Les plus lus\nUn autre titre",
        NOUVELLES,
        "Le drame de la Roadster",
    ),
}


@pytest.mark.parametrize(("raw", "body", "title"), COPIED.values(), ids=COPIED)
def test_a_page_that_was_copied_is_read_without_its_menus(raw, body, title):
    cleaned = clean(raw.format(*body[:2]))
    left = [line for line in cleaned.text.split("\n\n") if line not in body and line != "Joanna Creel"]
    assert (cleaned.title, left) == (title, []) and all(text in cleaned.text for text in body[:2])
