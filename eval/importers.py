"""Public question collections as sets: PIAF, XQuAD, SQuAD and Chroma's chunking questions.

Each import writes NAME.jsonl, the questions, and NAME.corpus.jsonl beside it, the articles they are asked of. A share
of the articles is left out of the corpus on purpose: their questions have no answer there, and `not_found` is right.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from eval.cases import Case, Passage
from index.errors import QuestionSetError

_LEFT_OUT = 0.2
_TURNS = "-turns"
_TITLE = 70


@dataclass(frozen=True)
class Collection:
    """What is known of a public collection."""

    language: str
    licence: str
    attribution: str


COLLECTIONS = {
    "piaf": Collection(
        "fr",
        "CC BY-SA 3.0 (texts, French Wikipedia), MIT (questions)",
        "PIAF 1.1, Etalab (Keraron et al., 2020, arXiv 2007.00968), on articles of the French Wikipedia",
    ),
    "xquad": Collection(
        "en",
        "CC BY-SA 4.0",
        "XQuAD, Google DeepMind (Artetxe et al., 2020, arXiv 1910.11856), from SQuAD 1.1 (Rajpurkar et al., 2016)",
    ),
    "squad": Collection("en", "CC BY-SA 4.0", "SQuAD 2.0 (Rajpurkar, Jia and Liang, 2018, arXiv 1806.03822)"),
    "chunking": Collection("en", "MIT", "chunking_evaluation, Chroma (Smith and Troynikov, 2024)"),
}


@dataclass(frozen=True)
class Source:
    """An article of a collection."""

    id: str
    title: str
    text: str
    language: str


@dataclass(frozen=True)
class Imported:
    """The questions of a collection and its articles, those left out among them no more."""

    cases: tuple[Case, ...]
    articles: tuple[Source, ...]


def import_data(kind: str, path: str | Path, out: str | Path) -> Path:
    """Write the set and the corpus of a collection to the folder `out`; the set's path is returned.

    `path` is the collection's own .json in SQuAD's format, a questions.jsonl with its articles.jsonl beside it, or for
    `chunking` the questions.jsonl beside its .md corpora. With `-turns` behind its name (`piaf-turns`) a collection
    becomes conversations: every question but the first of them has the ones before it as its history.
    """
    name = kind.removesuffix(_TURNS)
    if name not in COLLECTIONS:
        raise QuestionSetError(f"There is no importer {kind!r}. Choose one of {', '.join(COLLECTIONS)}.")
    imported = read_collection(name, Path(path))
    if name in ("piaf", "xquad"):
        imported = leave_out(imported, _LEFT_OUT)
    if kind != name:
        imported = replace(imported, cases=in_turns(imported.cases))
    known = COLLECTIONS[name]
    return write_set(imported, Path(out), kind, known.licence, known.attribution)


def read_collection(kind: str, path: Path) -> Imported:
    """All questions and articles of a collection."""
    try:
        if kind == "chunking":
            return _chunking(path)
        return _squad_json(path, kind) if path.suffix == ".json" else _pairs(path, kind)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise QuestionSetError(f"{str(path)!r} cannot be read as {kind} ({type(error).__name__}: {error}).") from error


def leave_out(imported: Imported, share: float) -> Imported:
    """The same collection with a share of its articles gone and their questions expecting not_found.

    Articles of one title go together, so that what one leaves unsaid no other says. The choice is by hash: always the
    same.
    """
    by_title: dict[str, list[str]] = defaultdict(list)
    for article in imported.articles:
        by_title[article.title].append(article.id)
    titles = sorted(by_title, key=lambda title: hashlib.sha256(title.encode()).hexdigest())
    gone = {id for title in titles[: round(len(titles) * share)] for id in by_title[title]}
    cases = tuple(_absent(case) if set(case.sources) & gone else case for case in imported.cases)
    return Imported(cases, tuple(article for article in imported.articles if article.id not in gone))


def in_turns(cases: Sequence[Case], length: int = 3) -> tuple[Case, ...]:
    """The same questions as conversations of that many turns, in their order.

    Where the question before was on the same article, the turn is tagged `follow-up`, else `topic-change`: history must
    help the first and do no harm to the second.
    """
    turns: list[Case] = []
    for n, case in enumerate(cases):
        before = cases[n - n % length : n]
        if before:
            tag = "follow-up" if before[-1].sources == case.sources else "topic-change"
            case = replace(case, history=tuple(turn.question for turn in before), tags=(*case.tags, tag))
        turns.append(case)
    return tuple(turns)


def write_set(imported: Imported, out: Path, name: str, licence: str, attribution: str) -> Path:
    """The set and its corpus as files."""
    out.mkdir(parents=True, exist_ok=True)
    corpus = out / f"{name}.corpus.jsonl"
    _write(corpus, (asdict(article) for article in imported.articles))
    header = {"corpus": corpus.name, "name": name, "licence": licence, "attribution": attribution}
    _write(out / f"{name}.jsonl", [header, *(_values(case) for case in imported.cases)])
    return out / f"{name}.jsonl"


def _absent(case: Case) -> Case:
    return Case(case.id, case.question, case.lang, "not_found", tags=(*case.tags, "absent"))


def _pairs(path: Path, kind: str) -> Imported:
    """questions.jsonl with article_id, or with the passage in `context`."""
    rows = list(_read(path))
    beside = path.with_name(path.name.replace("questions", "articles"))
    texts = list(_read(beside)) if beside != path else []
    articles = {row["id"]: Source(row["id"], row["title"], row["text"], row["lang"]) for row in texts}
    cases = []
    for row in rows:
        if "context" in row:
            article = _passage_article(row["context"], kind)
            articles.setdefault(article.id, article)
        else:
            article = articles[row["article_id"]]
        impossible = row.get("is_impossible", False)
        cases.append(_question(row["id"], row["question"], article, row["answers"], row.get("start"), impossible, kind))
    return Imported(tuple(cases), tuple(articles.values()))


def _squad_json(path: Path, kind: str) -> Imported:
    """The format that SQuAD was published in, and PIAF and XQuAD after it: an article is its paragraphs."""
    cases, articles = [], []
    for entry in json.loads(path.read_text(encoding="utf-8"))["data"]:
        paragraphs = entry["paragraphs"]
        text = "\n\n".join(paragraph["context"] for paragraph in paragraphs)
        title = entry["title"].replace("_", " ")
        article = Source(f"{kind}-{_short_hash(title + text)}", title, text, COLLECTIONS[kind].language)
        articles.append(article)
        at = 0
        for paragraph in paragraphs:
            for asked in paragraph["qas"]:
                answers = [answer["text"] for answer in asked["answers"]]
                start = at + asked["answers"][0]["answer_start"] if answers else None
                impossible = asked.get("is_impossible", False)
                cases.append(_question(str(asked["id"]), asked["question"], article, answers, start, impossible, kind))
            at += len(paragraph["context"]) + 2
    return Imported(tuple(cases), tuple(articles))


def _question(
    id: str, question: str, article: Source, answers: Sequence[str], start: int | None, impossible: bool, kind: str
) -> Case:
    case = Case(id, question.strip(), article.language, sources=(article.id,), tags=(kind,))
    if impossible:
        # Its passage is there, its answer is not: to find the passage is right, to answer from it is wrong.
        return replace(case, expect="not_found", tags=(kind, "impossible"))
    passage = _passage(article, answers, start)
    return replace(case, answers=tuple(dict.fromkeys(answers)), passages=(passage,) if passage else ())


def _passage(article: Source, answers: Sequence[str], start: int | None) -> Passage | None:
    """The sentence or line around the answer, since the answer alone ("50") stands in many places."""
    found = [answer for answer in answers if start is not None and article.text.startswith(answer, start)]
    once = [answer for answer in answers if article.text.count(answer) == 1]
    if start is not None and found:
        answer = max(found, key=len)
    elif once:
        answer, start = once[0], article.text.find(once[0])
    else:
        return None
    return Passage(article.id, start, start + len(answer), answer)


def _chunking(path: Path) -> Imported:
    rows = list(_read(path))
    texts = {
        name: (path.parent / f"{name}.md").read_text(encoding="utf-8")
        for name in sorted({row["corpus"] for row in rows})
    }
    articles = tuple(Source(name, name.replace("_", " "), text, "en") for name, text in texts.items())
    cases = tuple(
        Case(
            f"{row['corpus']}-{number}",
            row["question"],
            sources=(row["corpus"],),
            tags=(row["corpus"],),
            passages=tuple(
                Passage(row["corpus"], span["start_index"], span["end_index"], span["content"])
                for span in row["references"]
            ),
        )
        for number, row in enumerate(rows, 1)
    )
    return Imported(cases, articles)


def _passage_article(text: str, kind: str) -> Source:
    title = text[:_TITLE].rpartition(" ")[0] or text[:_TITLE]
    return Source(f"{kind}-{_short_hash(text)}", f"{title} …", text, COLLECTIONS[kind].language)


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _values(case: Case) -> dict[str, Any]:
    """The fields of a case that say something."""
    values = {name: value for name, value in asdict(case).items() if value not in ((), [], "")}
    if case.match == "any":
        del values["match"]
    return values


def _read(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")
