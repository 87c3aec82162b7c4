"""Sentence boundaries in English and French news, as exact offsets.

A full stop is judged by the words before and after it. In doubt there is no split: a citation that is a sentence too long is
still correct, one that is cut in the middle is not.
"""

import re
from collections import deque
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from index.articles import Article, Sentence
from index.text.prompt_injection import is_instruction

# A quotation of up to this length is not split from the words around it.
MAX_QUOTATION = 500
# Longer ones are tables or texts without punctuation, and are cut between words.
MAX_SENTENCE = 1_500
MAX_HEADING = 110
MAX_HEADING_WORDS = 14
# More short lines than this in a row are a list. A title and a subtitle are two.
MAX_HEADINGS_IN_A_ROW = 2


class Span(NamedTuple):
    """`text[start:end]` is one sentence, without the white space around it."""

    start: int
    end: int
    heading: bool = False


def sentences_of(article: Article) -> tuple[Sentence, ...]:
    return tuple(sentence(article, n, span) for n, span in enumerate(split(article.text)))


def sentence(article: Article, n: int, span: Span) -> Sentence:
    """The n-th sentence of an article, at that span."""
    text = article.text[span.start : span.end]
    return Sentence(article.id, n, span.start, span.end, text, span.heading, is_instruction(text))


def split(text: str) -> list[Span]:
    """The sentences of a text in order. They cover everything but white space; none crosses a line break."""
    lines = [list(_sentences(text, line.start(), line.end())) for line in _LINE.finditer(text)]
    lines = [line for line in lines if line]
    headings = _headings(text, lines)
    return [span._replace(heading=heading) for line, heading in zip(lines, headings, strict=True) for span in line]


_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")

# « … », “ … ”, " … ", and ‘ … ’ only when it closes after a stop, since ’ is mostly an apostrophe.
_QUOTATION = re.compile(
    rf"«[^«»]{{1,{MAX_QUOTATION}}}»"
    rf"|“[^“”]{{1,{MAX_QUOTATION}}}”"
    rf'|(?<!\w)"(?=\S)[^"]{{1,{MAX_QUOTATION}}}"(?!\w)'
    rf"|‘[^‘“”«»]{{1,{MAX_QUOTATION}}}?[.,!?…]’(?!\w)"
)

# What may end a sentence: marks, then all that closes with them (quotes, brackets, [sic], […], note numbers).
_STOP = re.compile(
    r"(?P<mark>[.!?…]+(?:[ \u00a0\u202f][!?]+)*)"
    r"(?P<close>(?:\s?»|[”\"’')\]}]|\s?\[(?:sic|\.{3}|…|\d{1,3})\])*)"
    r"(?=\s|\Z)"
)


def _sentences(text: str, start: int, end: int) -> Iterator[Span]:
    quotations = deque((q.start(), q.end()) for q in _QUOTATION.finditer(text, start, end))
    for stop in _STOP.finditer(text, start, end):
        while quotations and quotations[0][1] <= stop.start():
            quotations.popleft()
        inside = bool(quotations) and quotations[0][0] < stop.start() and stop.end() < quotations[0][1]
        if not inside and _ends(text, start, stop, end):
            yield from _stripped(text, start, stop.end())
            start = stop.end()
    yield from _stripped(text, start, end)


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    """The span without white space at its ends, in pieces if it is too long to be a sentence."""
    while end - start > MAX_SENTENCE:
        gap = text.rfind(" ", start + MAX_SENTENCE // 2, start + MAX_SENTENCE)
        cut = gap if gap >= 0 else start + MAX_SENTENCE
        yield from _stripped(text, start, cut)
        start = cut
    piece = text[start:end]
    left, right = start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
    if left < right:
        yield Span(left, right)


# White space and opening marks, then a word or any other character.
_NEXT = re.compile(r"[\s«“\"‘'’(\[{*¿¡•—–-]*(?:(?P<word>[^\W\d_]+|\S)(?P<after>[.'’]?))?")
_TOKEN = re.compile(r"[^\s'’\"“”«»()\[\]‘—–/]*\Z")
_CAMEL = re.compile(r"[a-z]{1,2}[A-Z]")  # iPhone, eBay, xAI begin a sentence as a capital does
_NAMES_WITH_A_MARK = frozenset({"Yahoo", "Jeopardy"})
_SPEECH = re.compile(
    r"(?:[^\W\d_][\w.’'-]*\s+){1,3}"
    r"(?:said|says|asked|asks|wrote|writes|told|added|adds|replied|tweeted|posted|joked|quipped|exclaimed|shouted)\b"
    r"(?!\s+(?:that|the|it|he|she|they|a|an|his|her|their)\b)"
)


def _ends(text: str, start: int, stop: re.Match[str], line_end: int) -> bool:
    """Whether the marks at `stop` end the sentence that began at `start`."""
    after = _NEXT.match(text, stop.end(), line_end)
    if after is None or after["word"] is None:
        return True
    at = after.start("word")
    if after["word"] in ",;:." or (after["word"][0].islower() and not _CAMEL.match(text, at)):
        return False
    if not any(map(str.isalnum, text[start : min(start + 40, stop.start())])):
        return False  # the marks open the sentence, as in “… and then he left”
    token = _TOKEN.search(text, max(start, stop.start() - 24), stop.start())
    before = token[0] if token else ""
    if stop["mark"] == ".":
        opening = text[max(start, stop.start() - 40) : stop.start()]
        return not (_enumerates(before, opening) or _abbreviates(before, after))
    if stop["mark"][0] in "!?" and stop["close"]:
        aside = text[stop.start() - 1] == "(" and stop["close"].startswith(")")  # (!) and (?)
        asked = at == stop.end() + 1 and _SPEECH.match(text, at, min(line_end, at + 80))  # “Late?” Musk asked.
        return not (aside or asked)
    return before not in _NAMES_WITH_A_MARK or "." in stop["mark"]


def _enumerates(before: str, opening: str) -> bool:
    """The 2 of “2. The second reason”, where a sentence begins or after a colon."""
    if re.fullmatch(r"\d{1,2}|[A-Za-z]|[IVX]{1,4}", before) is None:
        return False
    opening = opening.removesuffix(before).strip(' \t\u00a0\u202f([«“"*•—–-')
    return not opening or (before.isdecimal() and opening[-1] in ":;")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Abbreviations that never end a sentence.
_LEADING = _words(
    "M MM Mme Mmes Mlle Mlles Mgr Pr Dr Drs Mr Mrs Ms Messrs Prof Gen Sen Sens Rep Reps Gov Lt Col Capt Sgt Maj Cmdr"
    " Adm Rev Hon Pres Supt vs v cf Cf e.g i.e c.-à-d"
)
# Abbreviations only before a number: otherwise words, as in “He said no.”
_NUMBERED = _words(
    "no nos art arts p pp fig vol chap ch al sect par n tel tél ext ca env approx jan feb mar apr jun jul aug sep sept"
    " oct nov dec janv févr fevr avr juill juil déc"
)
# Abbreviations that may end a sentence: the next word decides.
_TRAILING = _words(
    "Inc Corp Ltd Co Cos LLC Cie Bros Jr Sr Dept Univ Ave Blvd St Ste Rd Mt Ft Intl Assn Ariz Ark Calif Colo Conn Del"
    " Fla Ga Ill Ind Kan Ky La Mass Md Mich Minn Mo Mont Neb Nev Okla Ore Pa Tenn Tex Va Vt Wis Wyo al ex av apr"
)
_DOTTED = re.compile(r"(?:[^\W\d_]\.-?)+[^\W\d_]|Ph\.D")
_ROMAN = re.compile(r"[IVXLC]+")
# Words that begin sentences and seldom continue a name.
_OPENERS = _words(
    "A According After Although And As At Before But By For From He Her Here His However I If In Instead It Its"
    " Meanwhile My Now On One Or Our She Since So Some Still That The Their Then There These They This Those Though"
    " To We What When Where While Who Why With Yet You Your"
    " Ainsi Après Au Aucun Aujourd Aussi Aux Avant Avec Car Ce Cela Ces Cet Cette Ceux Chaque Comme Dans De Depuis Des"
    " Donc Du Elle Elles En Enfin Entre Et Il Ils Je La Le Les Leur Leurs Lors Lorsque Mais Même Nos Notre Nous On Or"
    " Où Par Pendant Plus Pour Pourtant Puis Quand Que Qui Sa Sans Se Selon Ses Si Son Sous Sur Tandis Tous Tout Un"
    " Une Votre Vous À Ça"
)
_PARTICLES = _words("A I De Des Du La Le Les")  # J. Le Goff, J. A. Smith
_ELIDED = _words("C D J L N Qu S")


def _abbreviates(before: str, after: re.Match[str]) -> bool:
    """Whether the full stop between two words belongs to the first of them."""
    word, elided = after["word"], after["after"] in ("'", "’")
    if before in _LEADING or after.string.startswith("J.-C", after.start("word")):
        return True
    if before.lower() in _NUMBERED and (word.isdecimal() or _ROMAN.fullmatch(word)):
        return True
    opener = (word in _OPENERS and after["after"] != ".") or (elided and word in _ELIDED)
    if len(before) == 1 and before.isupper():
        return word.isalpha() and not (opener and not elided and word not in _PARTICLES)
    return (before in _TRAILING or _DOTTED.fullmatch(before) is not None) and not opener


_UNFINISHED = _words(
    "a an and as at by for from in of on or that the to with à au aux de des du en et la le les ou par"
    " pour que qui sur un une"
)


def _headings(text: str, lines: list[list[Span]]) -> list[bool]:
    """Which lines are headings: one or two short ones in a row, with prose below."""
    short = [len(line) == 1 and _short(text[line[0].start : line[0].end]) for line in lines]
    headings: list[bool] = []
    for flag, run in groupby(short):
        length = len(list(run))
        below = len(headings) + length
        heads = flag and length <= MAX_HEADINGS_IN_A_ROW and below < len(lines)
        headings += [heads and not text[lines[below][0].start].islower()] * length
    return headings


def _short(line: str) -> bool:
    words = line.split()
    return (
        len(line) <= MAX_HEADING
        and len(words) <= MAX_HEADING_WORDS
        and (line[0].isupper() or line[0].isdecimal() or line[0] in "«“\"‘'")
        and line.rstrip("»”\"’')] \u00a0\u202f")[-1:] not in set(".!?…:;,")
        and words[-1].lower() not in _UNFINISHED
    )
