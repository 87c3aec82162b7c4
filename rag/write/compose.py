"""Composing: from checked sentences to an Answer that a reader can follow back. Pure functions."""

import re
from collections.abc import Sequence
from dataclasses import replace

from index.articles import Article
from index.text.terms import is_function_word
from rag.answer import Answer, Citation, Claim
from rag.retrieve.evidence import Quote, cite
from rag.verify.findings import Answers, Finding
from rag.write.days import counted_from, day_in_words, translated

_MOST_CITED = 3
MOST_DIFFERING = 2
_LEAD_WORDS = 14
_OWN_MARKS = re.compile(r"""[“«"]\s*([^“”«»"]+?)\s*(?:[”»"][.,]?)?|([^“”«»"]+?)\s*[”»"][.,]?""")
# French signs that stand off a word stay on its line.
_WORDS = {
    "en": {
        "says": "The articles say: “{}”",
        "nearest": "The nearest that the articles say: “{}”",
        "side": "{}: “{}”",
        "yes": "Yes",
        "no": "No",
        "absent": "The articles do not answer this question.",
        "unknown": "The articles do not mention {}.",
        "instead": "But {} says:",
        "then": "{}, {}:",
        "same": "the same article",
        "quote": "“{}”",
        "or": " or ",
        "open": "The articles leave open: {}",
        "ends": "The newest article is from {}; the question asks about a later time.",
        "only": "Only articles {} were searched.",
        "from": "by {}",
        "between": "published from {} to {}",
        "less": "The model reads less than this question needs; it was given only a part of the evidence.",
    },
    "fr": {
        "says": "Selon les articles\u00a0: «\u00a0{}\u00a0»",
        "nearest": "Ce que les articles disent de plus proche\u00a0: «\u00a0{}\u00a0»",
        "side": "{}\u00a0: «\u00a0{}\u00a0»",
        "yes": "Oui",
        "no": "Non",
        "absent": "Les articles ne répondent pas à cette question.",
        "unknown": "Les articles ne mentionnent pas {}.",
        "instead": "Mais selon {}\u00a0:",
        "then": "{}, {}\u00a0:",
        "same": "le même article",
        "quote": "«\u00a0{}\u00a0»",
        "or": " ni ",
        "open": "Les articles ne disent pas\u00a0: {}",
        "ends": "L'article le plus récent date du {}\u00a0; la question porte sur une période ultérieure.",
        "only": "Seuls les articles {} ont été lus.",
        "from": "de {}",
        "between": "publiés du {} au {}",
        "less": "Le modèle lit moins que ne demande cette question\u00a0; il n'a reçu qu'une partie des passages.",
    },
}


def found(absent: Answer, answers: Answers, doubtful: bool, yes_no: str | None = None) -> Answer:
    """The reader's words, then the sentence, citing the articles that say the same; after it what others say instead.

    `absent` is the refusal that it replaces; `yes_no` is "yes" or "no" where a yes/no question has that answer. A doubtful
    answer is called the nearest that there is, and no words are put before it.
    """
    say, best = _say(absent), answers.best
    quote = inside_marks(best.sentence.text)
    lead = say[yes_no] if yes_no else lead_of(best, absent.language)
    how = "nearest" if doubtful else "side" if lead else "says"
    text = say["side"].format(lead, quote) if how == "side" else say[how].format(quote)
    return _written(absent, answers, text)


def phrased(absent: Answer, sentence: str, answers: Answers, support: float) -> Answer:
    """A sentence that a model phrased and the check accepted, citing what it rests on; after it what others say instead."""
    return _written(absent, answers, sentence, support)


def beside(answer: Answer, finding: Finding) -> Answer:
    """The answer, and after it one more sentence in its article's own words, unless it is cited already."""
    if any(c.article_id == finding.passage.article.id and c.start == finding.sentence.start for c in answer.citations):
        return answer
    return _followed_by(answer, finding, " ")


def against(answer: Answer, others: Sequence[Finding]) -> Answer:
    """The answer, and after it what other articles say instead, in their own words."""
    say = _say(answer)
    for other in others:
        article = other.passage.article
        cited = any(citation.article_id == article.id for citation in answer.citations)
        source = say["same"] if cited else _source(article, answer.citations)
        answer = _followed_by(replace(answer, status="conflict"), other, f" {say['instead'].format(source)} ")
    return answer


def _at_another_time(answer: Answer, other: Finding) -> Answer:
    """The answer, and after it what an article of another day says, with its source and day."""
    printed = other.printed
    if printed is None:
        return answer
    source = _source(other.passage.article, answer.citations)
    link = _say(answer)["then"].format(
        source[0].upper() + source[1:], day_in_words(printed.isoformat(), answer.language)
    )
    return _followed_by(answer, other, f" {link} ")


def _followed_by(answer: Answer, finding: Finding, link: str) -> Answer:
    """The answer, then the linking words and the finding's sentence in quotation marks."""
    citations, text = list(answer.citations), answer.text + link
    number = marker(citations, finding.quote, finding.span)
    said = marked(in_quotation_marks(answer, finding.sentence.text), (number,))
    claim = Claim(said, len(text), len(text) + len(said), (number,), True)
    return dated(replace(answer, text=text + said, claims=(*answer.claims, claim), citations=tuple(citations)))


def not_found(answer: Answer, unknown: Sequence[str]) -> str:
    """The words of a refusal. `unknown` are names that no article has."""
    say = _say(answer)
    return say["unknown"].format(say["or"].join(unknown)) if unknown else say["absent"]


def leaving_open(answer: Answer, parts: Sequence[str]) -> Answer:
    """The answer, and after it the parts of the question that the articles leave open."""
    said = _say(answer)["open"].format(" ".join(unmarked(part) for part in parts))
    return replace(answer, text=f"{answer.text}\n{said}")


def less_evidence(answer: Answer) -> str:
    """A notice: the model's window was too small for the evidence."""
    return _say(answer)["less"]


def archive_ends(answer: Answer, newest: str) -> str:
    """A notice: the archive ends before the time that the question asks about. `newest` is a day in words."""
    return _say(answer)["ends"].format(newest)


def searched_only(answer: Answer, sources: Sequence[str], days: tuple[str, str] | None) -> str:
    """A notice: a question's own words left out the articles of other sources, or of other days (in words)."""
    say = _say(answer)
    named = [say["from"].format(", ".join(sources))] if sources else []
    return say["only"].format(" ".join([*named, *([say["between"].format(*days)] if days else [])]))


def lead_of(finding: Finding, language: str) -> str:
    """The reader's words as they may stand before their sentence: short, and understood in the question's language.

    A relative date is followed by what it comes to.
    """
    words = " ".join(finding.words.split()).strip(' .,;:“”«»"')
    if not words or len(words.split()) > _LEAD_WORDS or len(words) > 0.8 * len(finding.sentence.text):
        return ""
    if finding.passage.article.language != language:
        words = translated(finding, language) or (words if _international(words) else "")
    if not words:
        return ""
    day = counted_from(finding, language)
    return words[0].upper() + words[1:] + (f" ({day})" if day else "")


def _international(words: str) -> bool:
    """Whether words are read alike in every language: digits with a sign or a unit of money, and names."""
    plain = [word for word in re.findall(r"[^\W\d_]+", words) if word[0].islower()]
    return all(is_function_word(word) for word in plain) and (not plain or bool(re.search(r"\d", words)))


def _written(absent: Answer, answers: Answers, said: str, support: float = 1.0) -> Answer:
    """One sentence as the answer, citing what it rests on; after it what others say instead."""
    citations: list[Citation] = []
    resting_on = [answers.best, *answers.agreeing][:_MOST_CITED]
    markers = tuple(dict.fromkeys(marker(citations, f.quote, f.span) for f in resting_on))
    text = marked(said, markers)
    claim = Claim(text, 0, len(text), markers, True, support)
    answer = replace(absent, status="answered", text=text, claims=(claim,), citations=tuple(citations), closest=())
    answer = against(dated(answer), answers.differing[:MOST_DIFFERING])
    return _at_another_time(answer, answers.at_another_time) if answers.at_another_time else answer


def dated(answer: Answer) -> Answer:
    """The answer with the date of the newest article that it cites."""
    days = [citation.published for citation in answer.citations if citation.published]
    return replace(answer, as_of=max(days, default=None))


def in_quotation_marks(answer: Answer, quote: str) -> str:
    """A quote as a line of the answer, in the marks of the answer's language."""
    return _say(answer)["quote"].format(inside_marks(quote))


def inside_marks(quote: str) -> str:
    """A quote as it stands in quotation marks: without its own at either end, unless it has others between."""
    line = " ".join(quote.split())
    own = _OWN_MARKS.fullmatch(line)
    return (own[1] or own[2]) if own else line


def marker(citations: list[Citation], quote: Quote, span: tuple[int, int] | None = None) -> int:
    """The number of a sentence among the citations, added if it is new."""
    passage, sentence = quote
    place = (passage.article.id, sentence.start, sentence.end)
    for citation in citations:
        if (citation.article_id, citation.start, citation.end) == place:
            return citation.marker
    citations.append(cite(quote, len(citations) + 1, span))
    return len(citations)


def _source(article: Article, others: Sequence[Citation]) -> str:
    """Who says it: the publisher, or the article's title where that is unknown or no news."""
    named = article.publisher not in {None, *(other.publisher for other in others)}
    return unmarked(article.publisher if article.publisher and named else f"“{article.title}”")


def marked(text: str, markers: Sequence[int]) -> str:
    """The markers stand before the final punctuation: "… late [1]." """
    text = unmarked(text)
    stem = text.rstrip(".!?…")
    return f"{stem} {''.join(f'[{number}]' for number in markers)}{text[len(stem) :] or '.'}"


def unmarked(text: str) -> str:
    """The text with numbers in round brackets: what an article or a model put in square ones is no marker of ours."""
    return re.sub(r"\[(\s*(?:(?:source|passage)s?\s*)?\d[^\]]*)\]", r"(\1)", text, flags=re.IGNORECASE)


def _say(answer: Answer) -> dict[str, str]:
    return _WORDS.get(answer.language, _WORDS["en"])
