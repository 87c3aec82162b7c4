"""Question sets: lines of JSON, one question each, and the corpus they are asked of."""

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar, cast, get_args

from index.errors import QuestionSetError, SettingsError

Expect = Literal["answered", "not_found", "conflict"]
Match = Literal["any", "all"]


@dataclass(frozen=True)
class Passage:
    """Where an answer stands: `[start, end)` of an article's text, and the words there if the set gives them.

    The library keeps the cleaned text of an article, so the offsets of the original may have moved: `quote` finds it.
    """

    article: str
    start: int
    end: int
    quote: str = ""


@dataclass(frozen=True)
class Nugget:
    """One fact that an answer should contain: `any` of these regular expressions matches it."""

    any: tuple[str, ...]
    vital: bool = True


@dataclass(frozen=True)
class Line:
    """One line of a set."""

    id: str

    @property
    def stratum(self) -> tuple[str, ...]:
        """What a sample holds in the set's proportion."""
        return ()


@dataclass(frozen=True)
class Case(Line):
    """One question and what is known of its answer. `sources` and `passages` name articles by id or by file name.

    `nuggets` are the facts of the answer and replace `answers` where a question has both; `reject` are regular
    expressions that only a wrong answer matches; `form` is the kind of question.
    """

    question: str
    lang: str = "en"
    expect: Expect = "answered"
    answers: tuple[str, ...] = ()
    match: Match = "any"
    sources: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    passages: tuple[Passage, ...] = ()
    form: str = ""
    nuggets: tuple[Nugget, ...] = ()
    reject: tuple[str, ...] = ()

    @property
    def stratum(self) -> tuple[str, ...]:
        return (self.lang, self.expect, *self.tags)


Item = TypeVar("Item", bound=Line)


@dataclass(frozen=True)
class LineSet(Generic[Item]):
    """The lines of one file. `corpus` is the folder or .jsonl they are about, None where the caller has one."""

    name: str
    path: Path
    cases: tuple[Item, ...]
    corpus: Path | None = None
    licence: str = ""
    attribution: str = ""


QuestionSet = LineSet[Case]


@dataclass(frozen=True)
class Plan(Generic[Item]):
    """What is asked and how: all that two runs must share for their figures to be compared."""

    asked: LineSet[Item]
    cases: tuple[Item, ...]
    hash: str
    sample: int | None
    seed: int

    @property
    def by_id(self) -> dict[str, Item]:
        return {case.id: case for case in self.cases}

    def facts(self, counted: str) -> dict[str, Any]:
        """What summary.json says of the set."""
        return {
            "name": self.asked.name, "hash": self.hash, counted: len(self.cases), "sample": self.sample,
            "seed": self.seed, "licence": self.asked.licence, "attribution": self.asked.attribution,
        }  # fmt: skip


def plan_of(asked: LineSet[Item], size: int | None, seed: int) -> Plan[Item]:
    """The lines of a set, or the same sample of them every time."""
    if size is not None and size < 1:
        raise SettingsError(f"--sample is {size}; run at least one line of the set.")
    cases = tuple(sample(asked.cases, size, seed) if size else asked.cases)
    return Plan(asked, cases, set_hash(asked, cases), size, seed)


def load_set(path: str | Path) -> QuestionSet:
    """Read a set: an optional first line {"corpus", "name", "licence", "attribution"}, then one question a line.

    Raises QuestionSetError with the number of the line and what is wrong with it. Fields it does not know are left
    alone, so that a set may carry more than is measured.
    """
    path = Path(path)
    lines = read_lines(path)
    first = lines[0][1] if lines else {}
    header = first if "question" not in first and first.keys() & {"corpus", "kind"} else {}
    if header.get("kind", "questions") != "questions":
        raise QuestionSetError(f"{at_line(path, 1)}: the set is of the kind {header['kind']!r}; give one of questions.")
    cases = [_case(values, at_line(path, number)) for number, values in lines[1 if header else 0 :]]
    return set_of(header, path, cases, "questions")


def set_of(header: Mapping[str, Any], path: Path, cases: Sequence[Item], what: str) -> LineSet[Item]:
    """The set of these lines; raises QuestionSetError where there is none, or one id twice."""
    if not cases:
        raise QuestionSetError(f"The set {str(path)!r} has no {what}. Give one JSON object a line, each with an id.")
    twice = next((id for id, count in Counter(case.id for case in cases).items() if count > 1), None)
    if twice is not None:
        raise QuestionSetError(f"The set {str(path)!r} has the id {twice!r} twice. Give every line its own.")
    return LineSet(
        name=str(header.get("name") or path.stem),
        path=path,
        cases=tuple(cases),
        corpus=_corpus_path(header, path),
        licence=str(header.get("licence") or ""),
        attribution=str(header.get("attribution") or ""),
    )


def sample(items: Sequence[Item], n: int, seed: int) -> list[Item]:
    """The same n items every time, each stratum in its proportion, in the order of the set."""
    if n >= len(items):
        return list(items)
    strata: dict[tuple[str, ...], list[Item]] = defaultdict(list)
    for item in items:
        strata[item.stratum].append(item)
    chosen = {
        item.id
        for key, share in _shares({key: len(held) for key, held in strata.items()}, n).items()
        for item in sorted(strata[key], key=lambda item: _draw(item, seed))[:share]
    }
    return [item for item in items if item.id in chosen]


def set_hash(asked: LineSet[Item], cases: Sequence[Item]) -> str:
    """Sixteen digits that name these lines and their corpus, wherever the files lie."""
    digest = hashlib.sha256(json.dumps([_hashed(case) for case in cases], sort_keys=True).encode())
    if asked.corpus:
        digest.update(content_hash(asked.corpus).encode())
    return digest.hexdigest()[:16]


def content_hash(corpus: Path) -> str:
    """The hash of a file, or of a folder's file names and contents."""
    digest = hashlib.sha256()
    files = [corpus] if corpus.is_file() else sorted(file for file in corpus.rglob("*") if file.is_file())
    for file in files:
        name = file.name if corpus.is_file() else file.relative_to(corpus).as_posix()
        digest.update(f"{name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _hashed(case: Line) -> dict[str, Any]:
    """The fields of a line. Fields that were added later count only where a set uses them: old baselines stay valid."""
    return {name: value for name, value in asdict(case).items() if name not in _ADDED or value}


_ADDED = ("form", "nuggets", "reject")


def read_lines(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """The JSON object of every line that is not empty, with the line's number."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionSetError(f"The set {str(path)!r} cannot be read: {error}.") from error
    # Not splitlines: a question may hold a line separator that JSON leaves unescaped.
    numbered = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    return [(number, _object(line, at_line(path, number))) for number, line in numbered]


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except json.JSONDecodeError as error:
        raise QuestionSetError(f"{where}: not JSON ({error.msg} at character {error.pos + 1}).") from error
    if not isinstance(values, dict):
        raise QuestionSetError(f"{where}: a question is a JSON object, not {type(values).__name__}.")
    return values


def _case(values: Mapping[str, Any], where: str) -> Case:
    case = Case(
        id=text_of(values, "id", where),
        question=text_of(values, "question", where),
        lang=str(values.get("lang") or "en"),
        expect=cast(Expect, choice_of(values, "expect", get_args(Expect), "answered", where)),
        answers=_texts(values, "answers", where),
        match=cast(Match, choice_of(values, "match", get_args(Match), "any", where)),
        sources=_texts(values, "sources", where),
        history=_texts(values, "history", where),
        tags=_texts(values, "tags", where),
        passages=tuple(_passage(value, where) for value in values.get("passages") or ()),
        form=str(values.get("form") or ""),
        nuggets=_nuggets(values, where),
        reject=_patterns(values, "reject", f"{where}, id {values.get('id')!r}"),
    )
    _refuse_contradictions(case, where)
    return case


def _refuse_contradictions(case: Case, where: str) -> None:
    """Raise QuestionSetError where the fields of a question do not fit together."""
    if case.expect == "answered" and not (case.answers or case.nuggets or case.sources or case.passages):
        raise QuestionSetError(
            f"{where}: expects an answer, but names neither answers nor nuggets nor sources nor passages."
        )
    if case.expect == "not_found" and (case.answers or case.nuggets):
        given = [*case.answers, *(pattern for nugget in case.nuggets for pattern in nugget.any)]
        raise QuestionSetError(f"{where}: expects not_found, yet names answers {given!r}. Drop one of them.")
    if case.nuggets and not any(nugget.vital for nugget in case.nuggets):
        raise QuestionSetError(f"{where}, id {case.id!r}: none of its nuggets is vital; an answer is right by those.")


def _nuggets(values: Mapping[str, Any], where: str) -> tuple[Nugget, ...]:
    listed = values.get("nuggets") or []
    where = f"{where}, id {values.get('id')!r}"
    if not isinstance(listed, list) or not all(isinstance(value, dict) for value in listed):
        raise QuestionSetError(f'{where}: nuggets is {listed!r}; give a list of {{"any": [regex, …], "vital": true}}.')
    return tuple(_nugget(value, where) for value in listed)


def _nugget(value: Mapping[str, Any], where: str) -> Nugget:
    nugget, vital = _patterns(value, "any", where), value.get("vital", True)
    if not nugget or not isinstance(vital, bool):
        raise QuestionSetError(f'{where}: a nugget is {{"any": [regex, …], "vital": true or false}}, not {value!r}.')
    return Nugget(nugget, vital)


def _patterns(values: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    """Regular expressions; raises QuestionSetError for one that Python cannot compile."""
    patterns = _texts(values, name, where)
    for pattern in patterns:
        try:
            re.compile(pattern, re.IGNORECASE)
        except re.error as error:
            raise QuestionSetError(f"{where}: the regex {pattern!r} of {name} cannot be read: {error}.") from error
    return patterns


def text_of(values: Mapping[str, Any], name: str, where: str) -> str:
    value = values.get(name)
    if not isinstance(value, str | int) or not str(value).strip():
        raise QuestionSetError(f"{where}: {name} is missing or empty; give a text.")
    return str(value)


def _texts(values: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    value = values.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str | int | float) for item in value):
        raise QuestionSetError(f"{where}: {name} is {value!r}; give a list of texts.")
    return tuple(str(item) for item in value)


def choice_of(values: Mapping[str, Any], name: str, choices: tuple[str, ...], default: str, where: str) -> str:
    value = values.get(name) or default
    if value not in choices:
        raise QuestionSetError(f"{where}: {name} is {value!r}; choose one of {', '.join(choices)}.")
    return str(value)


def _passage(value: Any, where: str) -> Passage:
    try:
        passage = Passage(str(value["article"]), int(value["start"]), int(value["end"]), str(value.get("quote") or ""))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise QuestionSetError(f'{where}: a passage is {{"article", "start", "end"}}, not {value!r}.') from error
    if not 0 <= passage.start < passage.end:
        raise QuestionSetError(f"{where}: the passage {passage.start}–{passage.end} is empty or turned around.")
    return passage


def _corpus_path(header: Mapping[str, Any], path: Path) -> Path | None:
    """The corpus that the first line of a set names, None where it names none."""
    if not header.get("corpus"):
        return None
    corpus = path.parent / str(header["corpus"])
    if not corpus.exists():
        raise QuestionSetError(
            f"{at_line(path, 1)}: there is no corpus {str(corpus)!r}. It is looked for beside the set."
        )
    return corpus


def _shares(sizes: Mapping[tuple[str, ...], int], n: int) -> dict[tuple[str, ...], int]:
    """How many of n each stratum gets: its proportion, and what rounding leaves over to the largest remainders."""
    total = sum(sizes.values())
    exact = {key: n * size / total for key, size in sizes.items()}
    shares = {key: int(value) for key, value in exact.items()}
    by_remainder = sorted(sizes, key=lambda key: (shares[key] - exact[key], key))
    for key in by_remainder[: n - sum(shares.values())]:
        shares[key] += 1
    return shares


def _draw(item: Line, seed: int) -> str:
    return hashlib.sha256(f"{seed}:{item.id}".encode()).hexdigest()


def at_line(path: Path, number: int) -> str:
    """A line of a set, as error messages name it."""
    return f"The set {str(path)!r}, line {number}"
