import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.articles import Article
from index.text.sentences import MAX_SENTENCE, sentences_of, split


def sentences(text):
    return [text[span.start : span.end] for span in split(text)]


# Each text stands with a bar where a sentence ends; the bar and the space around it become one space.
ENGLISH = {
    "years": "It was unveiled in 2017. | Production was due in 2020.",
    "decimals": "It is 7.5 years late and $1.2 billion over. | Nobody paid 3.5% more.",
    "thousands": "He paid $45,000. | He asked for $50,000.",
    "company": "Tesla Inc. (NASDAQ:TSLA) is late. | Microsoft Corp. (NASDAQ:MSFT) is not.",
    "company before a name": "Apple Inc. CEO Tim Cook spoke. | Ford Motor Co. Chairman Bill Ford did not.",
    "company at the end": "He sued Tesla Inc. | The company did not answer.",
    "limited": "Acme Ltd. and Sons Bros. won. | They celebrated.",
    "titles": "Mr. Musk met Dr. Smith, Sen. Warren and Gov. Newsom. | Ms. Jones left.",
    "saint": "The team from St. Louis lost. | It was cold on Wall St. | The market fell.",
    "initials": "J. K. Rowling and George W. Bush met. | J.K. Rowling left.",
    "initial before an opener": "He takes vitamin C. | The doctor agreed.",
    "country": "The U.S. Senate voted. | He lives in the U.S. | The law changed.",
    "cities": "The D.C. Circuit ruled. | He moved from Washington, D.C. | It was hot.",
    "degree": "Jane Doe, Ph.D. and others wrote it. | It sold.",
    "time": "It begins at 5 p.m. Tuesday. | Doors open at 4 p.m. | The talk is free.",
    "decade": "It grew in the 1990s. | Then it fell.",
    "months": "It opened on Jan. 5 and closed on Sept. 11, 2001. | It reopened in Dec. 2002.",
    "number": "He is No. 5 on the list. | He said no. | Nobody asked again.",
    "versus": "In Roe v. Wade the court ruled. | It is Ali vs. Frazier again.",
    "latin": "Some cars, e.g. Teslas, are late, i.e. not here. | Cars, vans, etc. were sold. | Smith et al. disagree.",
    "junior": "Martin Luther King Jr. spoke. | He is Robert Downey Jr. | The actor smiled.",
    "states": "He lives in Palo Alto, Calif. | The house is big.",
    "ellipsis": "He waited... and waited… but it never came. | Well… | Nobody knows.",
    "opening ellipsis": "... and then it came. | … It went.",
    "spaced ellipsis": "He waited . . . and left. | She stayed.",
    "question and exclamation": "Is it late? | Yes! | It is.",
    "both marks": "Really?! | He laughed.",
    "brand": "Yahoo! Finance reported it. | Shares fell.",
    "camel case": "He waited. | iPhone sales fell. | xAI grew.",
    "lower case after a stop": "He works for amazon.com. and others. | She does not.",
    "address": "See example.com. | It has more.",
    "quote closes inside": "He called it “late.” | She called it ‘over.’ | It was.",
    "quotation stays whole": "Altman wrote: “I was excited! And I understand. But 7.5 years is long.” | Musk replied.",
    "quotation with its speaker": "“You forgot act 4. It was fixed. But that is your nature,” Musk wrote. | He left.",
    "straight quotes": 'He said, "It is late. It is very late." | She said "no." | They left.',
    "british quotes": "‘It’s late. It’s very late,’ the dogs’ owner said. | He’s gone.",
    "question with its speaker": "“Is it late? Is it lost?” Musk asked. | Nobody answered.",
    "quotation that ends before a statement": "“Is it late?” | The company said that it would not answer.",
    "brackets": "He left (it rained). | (It rained again.) | She stayed.",
    "sic": "He wrote “their late [sic].” | He go. [sic] | Then she left.",
    "note": "It was late.[12] | It was lost.[3][4] | It came.",
    "left out": "It was late. […] | It came. [...] | It went.",
    "doubt": "The new (?) car is late. | It came.",
    "list in a line": "1. The car is late. | 2. The price is high. | 3. Nobody knows.",
    "number at the end": "The only bus across the whole city is number 12. | The other is 7. | It stops.",
    "list after a colon": "Reasons: 1. The car is late. | 2. The price is high.",
    "dash": "He left — “It is late.” | — She stayed.",
    "roman": "See Art. IV and Chap. 2 of it. | It is a work of art. | The end.",
    "amount follows": "It cost nothing. | $45,000 came later. | 7 people paid.",
    "two initials and a particle": "J. A. Smith and J. De Witt met. | They left.",
    "two capitals": "He left the EU. | Britain followed.",
    "initials of a nation at the end": "He flew to the U.K. | It rained.",
}
FRENCH = {
    "two sentences": "La Roadster a été retardée. | Elle a glissé à l’été.",
    "decimal comma": "Attendre 7,5 ans, c’est long. | Il a payé 45 000 dollars.",
    "monsieur": "M. Musk et Mme. Dupont ont parlé. | MM. Le Drian et Attal aussi. | M. Le Pen non.",
    "monsieur, no-break": "M.\u00a0Musk a parlé. | Mme\u00a0Dupont non.",
    "docteur": "Le Dr. Martin et le Pr. Raoult ont parlé. | Ils sont partis.",
    "company": "La Roadster de Tesla Inc. (NASDAQ:TSLA), en retard. | Microsoft Corp. a gagné.",
    "company at the end": "Il travaille pour Tesla Inc. | L’entreprise a refusé.",
    "number": "Le n° 5 est ici, et le no. 7 aussi. | Voir art. 5, al. 2 et p. 12. | C’est de l’art. | Il a fini.",
    "example": "Des voitures, p. ex. des Tesla, c.-à-d. électriques. | Etc.",
    "etc": "Des voitures, des vélos, etc. sont vendus. | Des vélos, etc. | Il en reste.",
    "before Christ": "En 50 av. J.-C. César a gagné. | En 52 av. J.-C. | La ville est tombée.",
    "after Christ": "En 52 ap. J.-C. | La ville est tombée.",
    "initials": "J.-P. Raffarin et A. Dupont ont signé. | J. D’Ormesson aussi.",
    "months": "Le 5 janv. 2020 et le 6 févr. 2021. | Puis en mars. | Fini.",
    "marks with spaces": "Vraiment ? | Oui ! | Il est parti.",
    "marks with no-break spaces": "Vraiment\u202f? | Oui\u00a0! | Il est parti.",
    "quotation stays whole": "Il a écrit : “J’étais impatient ! Et je comprends. Mais 7,5 ans, c’est long.” | Non.",
    "guillemets": "Altman a écrit : « J’étais impatient ! Je comprends. Mais 7,5 ans, c’est long. » | Musk a répondu.",
    "guillemets, narrow": "Il a dit : «\u202fC’est long. Très long.\u202f» | Elle non.",
    "quotation with its speaker": "« C’est long ! C’est très long ! » s’est plaint M. Altman. | Musk rit.",
    "inverted": "“Où est-elle ? Nul ne sait”, a demandé Altman. | Nul n’a répondu.",
    "stop outside": "Il parle de « retard ». | Elle parle d’« oubli ».",
    "ellipsis": "Il attend… et attend encore. | Puis… | Rien.",
    "capital with accent": "Il est parti. | À Paris, il pleut. | Était-ce vrai ?",
    "dialogue": "– Où est-elle ? | – Nul ne sait.",
}


@pytest.mark.parametrize("marked", [*ENGLISH.values(), *FRENCH.values()], ids=[*ENGLISH, *(f"fr: {k}" for k in FRENCH)])
def test_sentences_end_where_a_reader_ends_them(marked):
    assert sentences(marked.replace(" | ", " ")) == marked.split(" | ")


def test_a_line_break_ends_a_sentence():
    assert sentences("One line\nanother line,\n\nand a third.") == ["One line", "another line,", "and a third."]


def test_a_quotation_too_long_to_quote_is_split():
    text = "He said: “" + "It is late and nobody knows why it is so late. " * 14 + "The end.” She left."
    assert len(split(text)) == 16
    assert sentences(text)[-1] == "She left."


def test_a_text_without_punctuation_is_cut_between_words():
    text = "letter " * 1_000
    assert all(len(sentence) <= MAX_SENTENCE for sentence in sentences(text))
    assert " ".join(sentences(text)) == text.strip()


BODY = "The car is late, and nobody knows why it is.\n\nIt may come."
HEADINGS = {
    "headline": ("Roadster Drama Deepens", True),
    "with a colon inside": ("Beyond the Refund: A Proxy War", True),
    "French": ("Une rivalité ancienne", True),
    "quoted": ("“A proxy war”", True),
    "number": ("7.5 years of waiting", True),
    "sentence": ("The car is late.", False),
    "question": ("Is it late?", False),
    "cut off": ("According to the paper, Musk answered the", False),
    "ellipsis": ("According to the paper…", False),
    "lower case": ("and nobody knows", False),
    "bullet": ("- The car", False),
    "colon at the end": ("What we know:", False),
    "long": ("The car that was announced years ago and that nobody has seen since is late again this year", False),
}


@pytest.mark.parametrize(("line", "heading"), HEADINGS.values(), ids=HEADINGS)
def test_headings(line, heading):
    first, *rest = split(f"{line}\n\n{BODY}")
    assert first.heading is heading
    assert not any(span.heading for span in rest)


def test_a_title_and_a_subtitle_head_what_follows_unless_it_goes_on_with_them():
    assert [span.heading for span in split(f"The Drama\n\nAct one\n\n{BODY}")] == [True, True, False, False]
    assert not any(span.heading for span in split("The Roadster\n\nof which nobody knows, is late."))


def test_a_list_of_short_lines_is_no_heading():
    assert not any(span.heading for span in split("Apples\n\nPears\n\nPlums\n\nThey are all late, said the grocer."))


def test_a_short_last_line_is_no_heading():
    assert not any(span.heading for span in split("They are all late, said the grocer.\n\nReporting by Jane Doe"))


def test_sentences_of_an_article_carry_its_id_their_number_and_their_words():
    article = Article("a1", "Drama", "Act one\n\nIt is late. It came.", "en", "/a.txt")
    found = sentences_of(article)
    assert [(s.article_id, s.n, s.text, s.heading) for s in found] == [
        ("a1", 0, "Act one", True),
        ("a1", 1, "It is late.", False),
        ("a1", 2, "It came.", False),
    ]
    assert all(article.text[s.start : s.end] == s.text for s in found)


NEWSLIKE = st.lists(
    st.sampled_from(
        [*"aB1.?!…,:;«»“”‘’\"'()[]—-\n \u00a0\u202f", "M.", "Inc.", "U.S.", "etc.", "The ", "[sic]", "..."]
    ),
    max_size=60,
).map("".join)


@given(st.one_of(st.text(), NEWSLIKE))
def test_sentences_cover_all_but_white_space_in_order(text):
    position = 0
    for start, end, _ in split(text):
        assert position <= start < end
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


@given(NEWSLIKE, NEWSLIKE)
def test_paragraphs_do_not_change_each_others_sentences(first, second):
    assert sentences(f"{first}\n\n{second}") == sentences(first) + sentences(second)


HOSTILE = {
    "prose": "Musk said that it is late. “It came. It went,” he wrote. ",
    "stops": ". ",
    "open quotes": "“",
    "straight quotes": '"a ',
    "single quotes": "‘a. ",
    "brackets": "(. ",
    "letters": "é",
    "white space": " ",
    "initials": "A. ",
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_a_long_text_takes_time_in_proportion(unit):
    text = unit * (1_000_000 // len(unit))
    began = time.perf_counter()
    split(text)
    assert time.perf_counter() - began < 20
