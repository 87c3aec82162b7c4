"""Clean a saved text: find its title and paragraphs, and drop the clutter of the page around the article.

A classifier recognizes lines of the page (line_classifier.py), rules recognize repetitions and the comment form. Dropped text is
recorded. In doubt a line stays: an advertisement in an article is a blemish, a missing sentence an error.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from index.ingest.advertising import ADVERTISING, CUES, RELATED, REPORTING
from index.ingest.heads import MAX_LINES, is_agency_line, read_head
from index.ingest.wrapping import BULLET, CLOSERS, finished, paragraphs_of
from index.text import line_classifier
from index.text.sentences import split


class Cleaned(NamedTuple):
    """`text` has an empty line between paragraphs and does not repeat the title; `dropped` is in the source's order.

    `fields` are the author, date and so on found in the lines above the text, under our field names.
    """

    title: str | None
    text: str
    dropped: tuple[str, ...]
    fields: Mapping[str, str]


def clean(raw: str, title: str | None = None) -> Cleaned:
    """An article from plain text as people save it."""
    return tidy(paragraphs_of(remove_hidden(raw)), title)


def tidy(paragraphs: Sequence[str], title: str | None = None, extracted: bool = False) -> Cleaned:
    """Clean paragraphs; `title` is used if it is known.

    `extracted`: the paragraphs are already an article extracted from a page, so only certain clutter is dropped.
    """
    end = _body(paragraphs)
    head = read_head(paragraphs, end)
    title = title or head.fields.get("title") or _title(paragraphs, end, head.lines)
    credits = head.lines if title else frozenset()
    title = title or _title(paragraphs, end, credits)
    out = _comment_form(paragraphs) | credits
    out |= _clutter(paragraphs, out, SURE if extracted else 0.0)
    out |= set() if extracted else _menus(paragraphs, out, title)
    out |= _repetitions(paragraphs, out, title)
    out |= _advertisements(paragraphs, out, title)
    is_title = {n for n in out if title is not None and paragraphs[n] == title}
    dropped = [paragraphs[n] for n in sorted(out - {min(is_title)} if is_title else out)]
    return Cleaned(title, "\n\n".join(p for n, p in enumerate(paragraphs) if n not in out), tuple(dropped), head.fields)


def headline(text: str, width: int = 90) -> str:
    """A title for a text that has none: its first sentence, cut between words."""
    opening = text.strip()[:2_000]
    spans = split(opening)
    sentence = opening[spans[0].start : spans[0].end] if spans else ""
    if len(sentence) <= width:
        return sentence
    return (sentence[:width].rpartition(" ")[0] or sentence[: width - 1]).rstrip(" ,;:—–-") + "…"


# Control and format characters, variation selectors, blank letters, tags, lone surrogates and private use: they are invisible,
# and used for prompt injection.
_HIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ue000-\uf8ff\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)


def remove_hidden(text: str) -> str:
    """The text without invisible characters. Line breaks of every kind become "\\n" and a tab becomes a space."""
    text = re.sub(r"\r\n|[\r\v\f\x85\u2028\u2029]", "\n", text).replace("\t", " ")
    return _HIDDEN.sub("", text)


def _plain(paragraph: str) -> str:
    """Normalized for comparison: lower case, plain quotes and spaces, no leading bullets."""
    text = re.sub(r"\s+", " ", paragraph.casefold().replace("’", "'"))
    return re.sub(r"^[\s>»→•*►▶|–—-]+", "", text).strip()


MAX_LINE = 400
MAX_LABEL = 40
MAX_TITLE = 160
MAX_TITLE_WORDS = 26
# Bylines, dates, and the way to a section: “Home > Economy”.
_BYLINE = re.compile(
    r"(?:by|par|updated?(?! \d-)|published|publié|mis à jour)\b|\d{1,2}[ /.-]\S+[ /.-]\d{2,4}$|.*[>›»] ", re.I
)

_PICTURE = re.compile(r"\b(?:photo(?:graph|graphie)?|crédits?|credit|illustration|©|getty)\b ?[:/A-Z©]", re.I)


def _body(paragraphs: Sequence[str]) -> int:
    """The index of the first paragraph of the body; 0 if there is none among the first lines."""
    lines = enumerate(paragraphs[:MAX_LINES])
    return next((n for n, p in lines if len(p) > MAX_LABEL and finished(p) and not _is_around(p)), 0)


def _is_around(paragraph: str) -> bool:
    return _is_clutter(paragraph) or is_agency_line(paragraph)


def _title(paragraphs: Sequence[str], end: int, credits: frozenset[int]) -> str | None:
    """The title: a short line above the body that is not a sentence. Menus, a section or a byline may precede it."""
    around = [n for n, paragraph in enumerate(paragraphs[:end]) if _is_around(paragraph)]
    first = min(credits, default=0)
    if (
        len([n for n in around if n < first]) >= MIN_MENU
    ):  # copied from a page: its headline stands right above its credits
        near = (p for p in reversed(paragraphs[:first]) if len(p.split()) > 2 and _could_be_title(p))
        return next(near, None)
    opening: list[str] = []
    for n, paragraph in enumerate(paragraphs[: end or 4]):
        if n in credits or n in around:
            continue
        if not _could_be_title(paragraph) or sum(len(p.split()) > 2 for p in opening) == 4:
            break
        opening.append(paragraph)
    body = paragraphs[end or len(opening) :]
    if not opening or not any(len(p) > len(opening[0]) and finished(p) for p in body):
        return None
    titles = [p for p in opening if not _BYLINE.match(p)]
    several_words = [p for p in titles if len(p.split()) >= 3] or titles
    repeated = [p for p in several_words[1:] if _continues(several_words[0], p)]  # “Title - The Paper”, then “Title”
    return next(iter([*repeated, *several_words]), None)


def _could_be_title(paragraph: str) -> bool:
    ending = paragraph.rstrip(CLOSERS)[-1:]
    return (
        len(paragraph) <= MAX_TITLE
        and len(paragraph.split()) <= MAX_TITLE_WORDS
        and ending not in set(".…:;,")
        and not paragraph[0].islower()
        and not BULLET.match(paragraph)
        and not _PICTURE.search(paragraph)
        and not _is_clutter(paragraph)
    )


def _continues(paragraph: str, title: str) -> str | None:
    """The rest of a paragraph that begins with the title and a dash or bar."""
    found = re.match(re.escape(_plain(title)) + r" ?[–—|:·-] ?(?P<rest>.+)", _plain(paragraph))
    return found["rest"] if found else None


# With a greater share of promotion, the promotion is the article.
MAX_PROMOTION = 0.4
# From this score on, a line is clutter even if trafilatura took it for a part of the article.
SURE = 2.0


@lru_cache(1_000)
def _is_clutter(paragraph: str, above: float = 0.0) -> bool:
    """Whether a line is clutter, or certainly the label before its colon (“Read more: …”)."""
    label, colon, _ = paragraph.partition(":")
    labelled = colon and len(label) <= MAX_LABEL and line_classifier.clutter(label) > SURE
    above = SURE if " | " in paragraph else above  # it may be a row of a table
    return len(paragraph) <= MAX_LINE and (bool(labelled) or line_classifier.clutter(paragraph) > above)


def _clutter(paragraphs: Sequence[str], out: set[int], above: float) -> set[int]:
    """Clutter, with the headlines below it at the end. Sentences that make up much of the text are the article."""
    found = {n for n, paragraph in enumerate(paragraphs) if n not in out and _is_clutter(paragraph, above)}
    found -= {n for n in found if _cues(paragraphs[n]) >= 2}  # left to the rule for advertisements
    sentences = {n for n in found if finished(paragraphs[n])}
    if sum(len(paragraphs[n]) for n in sentences) > MAX_PROMOTION * sum(map(len, paragraphs)):
        found -= sentences
    gone, tail = found | out, len(paragraphs)
    for n in reversed(range(len(paragraphs))):
        if n in found:
            tail = n
        elif n not in gone and (finished(paragraphs[n]) or len(paragraphs[n]) > MAX_TITLE):
            break
    return found | set(range(tail, len(paragraphs)))


MAX_MENU_WORDS = 3
MIN_MENU = 3


def _menus(paragraphs: Sequence[str], out: set[int], title: str | None) -> set[int]:
    """Short lines between clutter, or above the title if there is more; headlines of other articles."""
    first = next((n for n, paragraph in enumerate(paragraphs) if paragraph == title), 0)
    above = first if len([n for n in out if n < first]) >= MIN_MENU else 0
    short = {n for n, p in enumerate(paragraphs) if len(p.split()) <= MAX_MENU_WORDS and not finished(p)}
    others = {n + 1 for n in out if RELATED.fullmatch(_plain(paragraphs[n]).rstrip(" :|"))}
    return {n for n in short - out if n < above or {n - 1, n + 1} <= out} | {
        n for n in others - out if n < len(paragraphs) and not finished(paragraphs[n])
    }


# Characters before the comment form: near the top of a page the same words are a link to it.
MIN_BEFORE_FORM = 200
_COMMENT_FORM = re.compile(
    r"leave (?:a|your) (?:reply|comment)(?: cancel reply)?|(?:post|write) a (?:comment|reply)"
    r"|(?:laisse[rz]|ajouter|poster) (?:un|une|votre) (?:commentaire|réponse)(?: annuler la réponse)?"
)


def _comment_form(paragraphs: Sequence[str]) -> set[int]:
    """The comment form and all that follows it."""
    before = 0
    links: set[int] = set()
    for n, paragraph in enumerate(paragraphs):
        if not _COMMENT_FORM.fullmatch(_plain(paragraph).rstrip(" .:!")):
            before += len(paragraph)
        elif before >= MIN_BEFORE_FORM:
            return links | set(range(n, len(paragraphs)))
        else:
            links.add(n)
    return links


# A teaser is longer than a heading, which may begin like the first sentence below it.
STEM_WORDS = 4
TEASER_WORDS = 8


def _repetitions(paragraphs: Sequence[str], out: set[int], title: str | None) -> set[int]:
    """The title again, alone or with the paper's name, and teasers: the first words of a later paragraph, cut off."""
    plain = [_plain(paragraph) for paragraph in paragraphs]
    sentences: dict[str, list[int]] = defaultdict(list)
    for n, paragraph in enumerate(paragraphs):
        if n not in out and finished(paragraph):
            sentences[_stem(plain[n])].append(n)
    found = set()
    for n, paragraph in enumerate(paragraphs):
        rest = _continues(paragraph, title) if title else None
        again = title is not None and (plain[n] == _plain(title) or (rest is not None and len(rest.split()) <= 4))
        teaser = (plain[n] if rest is None else rest).rstrip(" .…[]")
        marked = rest is not None or paragraph.endswith(("…", "...", "[…]", "[...]"))
        cut = not finished(paragraph) or marked
        if cut and len(teaser.split()) >= (STEM_WORDS if marked else TEASER_WORDS):
            later = [m for m in sentences[_stem(teaser)][-20:] if m > n]
            again = again or any(plain[m].startswith(teaser) and len(plain[m]) > len(teaser) + 1 for m in later)
        if again:
            found.add(n)
    return found


def _stem(plain: str) -> str:
    return " ".join(plain.split()[:STEM_WORDS])


MAX_ADVERTISEMENT_WORDS = 90


def _advertisements(paragraphs: Sequence[str], out: set[int], title: str | None) -> set[int]:
    """Advertising markers, and advertisements whose names do not occur in the article.

    An advertisement has two cues, or one below a marker, and quotes nobody.
    """
    markers = {n for n, p in enumerate(paragraphs) if ADVERTISING.fullmatch(_plain(p))}
    gone = out | markers
    selling: set[int] = set()
    below = False
    for n, paragraph in enumerate(paragraphs):
        sells = n not in gone and _cues(paragraph) >= (1 if below else 2)
        below = n in markers or (below and sells)
        if sells:
            selling.add(n)
    gone |= selling
    rest = [p for n, p in enumerate(paragraphs) if n not in gone]
    sure = _names(" ".join(filter(finished, rest)))
    perhaps = _names(" ".join([title or "", *rest]), strict=False)
    unrelated = {
        n for n in selling if not (_names(paragraphs[n]) & perhaps or _names(paragraphs[n], strict=False) & sure)
    }
    size = sum(len(paragraphs[n]) for n in unrelated)
    return markers if size > MAX_PROMOTION * (size + sum(map(len, rest))) else markers | unrelated


def _cues(paragraph: str) -> int:
    plain = _plain(paragraph)
    if len(plain.split()) > MAX_ADVERTISEMENT_WORDS or REPORTING.search(plain):
        return 0
    return sum(cue.search(plain) is not None for cue in CUES)


_WORD = re.compile(r"(?P<begins>^|[.!?…:•] +)?\b(?P<word>[^\W\d_][\w-]*)(?:['’]s\b)?(?= (?P<next>\w)|)")


def _names(text: str, strict: bool = True) -> set[str]:
    """Capitalized words; when strict, not at the beginning of a sentence."""
    return {
        found["word"]
        for found in _WORD.finditer(text)
        if found["word"][0].isupper()
        and not (strict and found["begins"] is not None and not (found["next"] or "").isupper())
    }
