"""Sets of statements: lines of JSON, one statement each, labelled by what its evidence or its corpus says of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from eval.cases import Line, LineSet, at_line, choice_of, read_lines, set_of, text_of
from index.errors import QuestionSetError

Verdict = Literal["supported", "contradicted", "neither", "no_claim"]
VERDICTS: tuple[Verdict, ...] = ("supported", "contradicted", "neither", "no_claim")
_SAME = {"not_found": "neither"}
"""What a check of the archive calls `neither`."""


@dataclass(frozen=True)
class StatementCase(Line):
    """One statement and its label. Without `evidence` it is checked against the articles of the corpus.

    `change` says how the statement differs from its evidence, `published` and `title` are those of the article.
    """

    text: str
    label: Verdict
    lang: str = "en"
    change: str = ""
    evidence: str = ""
    evidence_lang: str = ""
    published: str | None = None
    title: str = ""

    @property
    def stratum(self) -> tuple[str, ...]:
        return (self.lang, self.label)

    @property
    def kind(self) -> str:
        """The change without its details: `role (buyer/seller)` and `role, passive` are `role`."""
        return self.change.split("(")[0].split(",")[0].strip()

    @property
    def crosses(self) -> bool:
        """Whether the evidence is in another language."""
        return bool(self.evidence_lang) and self.evidence_lang != self.lang


StatementSet = LineSet[StatementCase]


def is_statement_set(path: str | Path) -> bool:
    """Whether the first line of a set is of the kind `statements`; raises QuestionSetError for an unknown kind."""
    lines = read_lines(Path(path))
    header = lines[0][1] if lines else {}
    if "kind" not in header or "question" in header:
        return False
    kinds = ("statements", "questions")
    return choice_of(header, "kind", kinds, "questions", at_line(Path(path), lines[0][0])) == "statements"


def load_statements(path: str | Path) -> StatementSet:
    """Read a set: a first line {"kind": "statements", "name", "corpus", …}, then one statement a line.

    Instead of lines of its own, a set may name the `articles` and `claims` of stories, files beside it. Raises
    QuestionSetError with the number of the line and what is wrong with it.
    """
    path = Path(path)
    (_, header), *lines = read_lines(path) or [(1, {})]
    rows = [(values, at_line(path, number)) for number, values in lines]
    cases = [_case(values, where) for values, where in (*rows, *_story_rows(header, path))]
    return set_of(header, path, cases, "statements")


def verdict_of(name: str) -> Verdict:
    """A verdict by either of its names; raises ValueError for an unknown one."""
    verdict = _SAME.get(name, name)
    if verdict not in VERDICTS:
        raise ValueError(f"{name!r} is no verdict; expected one of {', '.join((*VERDICTS, *_SAME))}")
    return verdict


def _case(values: Mapping[str, Any], where: str) -> StatementCase:
    text = "statement" if "statement" in values else "claim"
    if "label" not in values:
        raise QuestionSetError(f"{where}: label is missing; give one of {', '.join((*VERDICTS, *_SAME))}.")
    lang = str(values.get("lang") or "en")
    case = StatementCase(
        id=text_of(values, "id", where),
        text=text_of(values, text, where),
        label=verdict_of(choice_of(values, "label", (*VERDICTS, *_SAME), "", where)),
        lang=lang,
        change=str(values.get("change") or ""),
        evidence=_evidence(values, where),
        evidence_lang=str(values.get("evidence_lang") or ""),
        published=str(values["published"]) if values.get("published") else None,
        title=str(values.get("title") or ""),
    )
    if case.evidence and case.label == "no_claim":
        raise QuestionSetError(f"{where}: no_claim is a verdict of the archive; leave out the evidence.")
    return case


def _evidence(values: Mapping[str, Any], where: str) -> str:
    """The evidence as one text; cited sentences are joined."""
    value = values.get("evidence") or ""
    sentences = value if isinstance(value, list) else [value]
    if not all(isinstance(sentence, str) for sentence in sentences):
        raise QuestionSetError(f"{where}: evidence is {value!r}; give a text or a list of sentences.")
    return " ".join(sentence.strip() for sentence in sentences)


def _story_rows(header: Mapping[str, Any], path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """The claims of stories as lines of a set, with the sentences that they are about."""
    if not header.get("claims"):
        return
    articles_path, claims_path = (path.parent / str(header.get(name) or "") for name in ("articles", "claims"))
    articles = {(row.get("story"), row.get("a")): row for _, row in read_lines(articles_path)}
    counts: dict[str, int] = {}
    for number, row in read_lines(claims_path):
        where = at_line(claims_path, number)
        story = text_of(row, "story", where)
        counts[story] = counts.get(story, 0) + 1
        yield _story_row(row, f"{story}-{counts[story]}", articles, where), where


def _story_row(
    row: Mapping[str, Any], id: str, articles: Mapping[Any, Mapping[str, Any]], where: str
) -> dict[str, Any]:
    try:
        cited = [(articles[row["story"], article], int(sentence)) for article, sentence in row["on"]]
        first = cited[0][0]
        return {
            "id": id, "claim": row["c"], "label": row["label"], "lang": row["lang"], "change": row.get("change"),
            "evidence": [article["s"][sentence] for article, sentence in cited], "evidence_lang": first["lang"],
            "published": first.get("published"), "title": first.get("title"),
        }  # fmt: skip
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise QuestionSetError(f"{where}: not the claim of a story ({type(error).__name__}: {error}).") from error
