"""The reading order of a PDF page, from the positions of its pieces of text: column by column, headings apart."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

_WIDTH = 0.42
"""Width of a letter, as a share of its height: a cautious mean."""
_MIN_ROWS = 5
_MIN_LENGTH, _MEAN_LENGTH = 15, 24
"""Letters of a line of a column, at least and in the mean; shorter ones may be cells of a table, read row by row."""
_INDENT = 40.0
_MAX_RUNNING = 100


class Piece(NamedTuple):
    """Text drawn at once, from a point on; `y` grows upwards."""

    x: float
    y: float
    height: float
    text: str


def read(pieces: Sequence[Piece]) -> str | None:
    """The page's text; None if its pieces have several lines each, so that positions do not help."""
    pieces = _with_initials(pieces)
    drawn = [piece for piece in pieces if piece.text.strip()]
    if not drawn or any("\n" in piece.text.strip() for piece in drawn):
        return None
    gone = _running(drawn)
    starts = _columns(drawn)
    if starts:
        return "\n\n".join(_column(part) for part in _parts([p for p in drawn if p not in gone], starts))
    text, before = "", None
    for piece in pieces:
        if piece in gone:
            continue
        if before and piece.text.strip() and text.endswith("\n") and _differ(before, piece):
            text += "\n"
        before = piece if piece.text.strip() else before
        text += piece.text
    return text


def _with_initials(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces, those that follow an initial set over several lines with that letter."""
    made: list[Piece] = []
    for piece in pieces:
        at = next((n for n in reversed(range(len(made))) if made[n].text.strip()), None)
        letter = "" if at is None else made[at].text.strip()
        is_initial = at is not None and re.fullmatch("[A-ZÀ-Ý]", letter) and made[at].height > 1.8 * piece.height
        if is_initial and piece.text.strip():
            del made[at:]
            piece = piece._replace(text=letter + piece.text.lstrip())
        made.append(piece)
    return made


def _differ(above: Piece, below: Piece) -> bool:
    """Whether two lines are set in two sizes. Initials are not lines."""
    sizes = sorted((above.height, below.height))
    return sizes[1] > 1.1 * sizes[0] and min(len(above.text.strip()), len(below.text.strip())) > 3


def _running(drawn: Sequence[Piece]) -> set[Piece]:
    """Running heads and page numbers: small lines apart from the rest at the top and bottom."""
    body = _size(drawn)
    rows = sorted({round(piece.y) for piece in drawn})
    ends = {rows[0]: rows[1] - rows[0], rows[-1]: rows[-1] - rows[-2]} if len(rows) > 2 else {}
    return {
        piece
        for piece in drawn
        if ends.get(round(piece.y), 0) > 1.8 * body
        and piece.height < 0.95 * body
        and len(piece.text.strip()) < _MAX_RUNNING
    }


def _size(drawn: Sequence[Piece]) -> float:
    """The height of most of the text."""
    sizes: Counter[float] = Counter()
    for piece in drawn:
        sizes[round(piece.height, 1)] += len(piece.text)
    return sizes.most_common(1)[0][0]


def _columns(drawn: Sequence[Piece]) -> list[float]:
    """Where the columns start of a page that was drawn row by row across them; none of any other page."""
    across = [
        (left, right)
        for left, right in pairwise(drawn)
        if abs(left.y - right.y) < 2 and right.x > _end(left) and min(map(len, (left.text, right.text))) > _MIN_LENGTH
    ]
    letters = sum(len(piece.text.strip()) for pair in across for piece in pair)
    if len(across) < _MIN_ROWS or letters < 2 * _MEAN_LENGTH * len(across) or 4 * len(across) < len(drawn):
        return []
    starts: list[float] = []
    for x in sorted(piece.x for pair in across for piece in pair):
        if not starts or x > starts[-1] + _INDENT:
            starts.append(x)
    return starts


def _end(piece: Piece) -> float:
    return piece.x + _WIDTH * piece.height * len(piece.text.strip())


def _parts(drawn: Sequence[Piece], starts: Sequence[float]) -> list[list[Piece]]:
    """The columns in order, from one heading or line across the page to the next."""
    width = min(right - left for left, right in pairwise(starts))
    size = _size(drawn)
    parts: list[list[Piece]] = [[]]
    band: list[list[Piece]] = []
    for piece in sorted(drawn, key=lambda piece: (-round(piece.y), piece.x)):
        if _end(piece) - piece.x > 1.2 * width or piece.height > 1.1 * size:
            parts += [*band, []] if band else []
            parts[-1].append(piece)
            band = []
            continue
        band = band or [[] for _ in starts]
        band[max(0, sum(start <= piece.x + 2 for start in starts) - 1)].append(piece)
    return [part for part in (*parts, *band) if part]


def _column(pieces: Sequence[Piece]) -> str:
    lines = [list(row) for _, row in groupby(pieces, lambda piece: round(piece.y))]
    gaps = [above[0].y - below[0].y for above, below in pairwise(lines)]
    usual = sorted(gaps)[len(gaps) // 2] if gaps else 0
    text = " ".join(piece.text.strip() for piece in lines[0])
    for gap, (above, below) in zip(gaps, pairwise(lines), strict=True):
        apart = gap > 1.4 * usual or _differ(above[0], below[0])
        text += ("\n\n" if apart else "\n") + " ".join(piece.text.strip() for piece in below)
    return text
