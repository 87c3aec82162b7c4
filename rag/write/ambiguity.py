"""A question that names nothing, answered by articles of different stories: which one was meant, the others as questions."""

from collections.abc import Sequence

from index.articles import Article
from rag.answer import Answer, Interpretation
from rag.verify.compare import dates_of, numbers_of
from rag.verify.findings import Finding
from rag.verify.names import names
from rag.write.days import day_in_words
from rag.write.outline import OPEN

_LIKELY, _ALONE = 0.25, 0.88
"""A finding may be what was asked for if it is so much as likely as the best, and its passage answers on its own."""
_HEAD = 400
"""Characters of an article that say what it is about, with its title."""
_MOST = 3


def interpreted(answer: Answer, found: Sequence[Finding]) -> Interpretation:
    """The story that the answer is about and a question for each other; nothing where only one can be meant."""
    first = {citation.article_id for citation in answer.citations[:1]}
    likely = [f for f in found if f.alone >= _ALONE and f.probability >= _LIKELY * found[0].probability]
    told = [f for f in found if f.passage.article.id in first][:1]
    articles = [finding.passage.article for finding in (*told, *likely)]
    if answer.form in OPEN - {"why", "count"} or not told or _named(answer.standalone_question, articles):
        return Interpretation()
    others, stem = list[str](), answer.standalone_question.rstrip(" \u00a0\u202f?.")
    for finding in likely:
        name = _name(finding)
        if name and not any(_one_story(finding.passage.article, other.passage.article) for other in told):
            told.append(finding)
            others.append(f"{stem} ({name}){answer.standalone_question[len(stem) :]}")
    meant = _name(told[0]) if others else ""
    return (
        Interpretation(_dated(meant, articles[0], answer.language), tuple(others[:_MOST]))
        if meant
        else Interpretation()
    )


def _named(question: str, articles: Sequence[Article]) -> bool:
    """Whether a question has a proper name; a lone word that opens it is one if an article has it as one."""
    known = {word for article in articles for name in names(article.text) if not name.opens for word in name.words}
    return any(not name.opens or known & set(name.words) for name in names(question))


def _one_story(one: Article, other: Article) -> bool:
    """Whether one article has, anywhere, a name of the other's title or first sentences."""
    heads = ((_proper(f"{a.title}.\n{a.text[:_HEAD]}"), b.text) for a, b in ((one, other), (other, one)))
    return any(name in text for named, text in heads for name in named)


def _name(finding: Finding) -> str:
    """The name that its article has most often of those in its sentence beside its words, else in its first sentences."""
    text = finding.passage.article.text
    beside = [name for name in _proper(finding.sentence.text) if name not in finding.words]
    return max(beside or _proper(text[:_HEAD]), key=lambda name: text.count(name.split(" ")[-1]), default="")


def _proper(text: str) -> list[str]:
    found = dict.fromkeys(name.text for name in names(text) if not name.opens)
    return [name for name in found if len(name) > 1 and not dates_of(name) and not numbers_of(name)]


def _dated(name: str, article: Article, language: str) -> str:
    day = day_in_words(article.published[:10], language) if article.published else ""
    return f"{name}, {'dans l’article du' if language == 'fr' else 'in the article of'} {day}" if day else name
