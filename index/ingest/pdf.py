"""PDF as plain paragraphs."""

import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

from index.errors import SourceError
from index.ingest import columns
from index.ingest.clean import remove_hidden, tidy
from index.ingest.columns import Piece
from index.ingest.pages import Page, one_line, page_of
from index.ingest.wrapping import paragraphs_of

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MAX_PDF_BYTES = 30_000_000
MAX_PDF_PAGES = 500
MAX_PDF_TEXT = 5_000_000
# A stream inflates to at most this much: 70 MB in one took 11 s of computing.
MAX_STREAM = 8_000_000
_LIMITS: dict[str, Any] = {
    "zlib_maximum_output_length": MAX_STREAM,
    "lzw_maximum_output_length": MAX_STREAM,
    "run_length_maximum_output_length": MAX_STREAM,
    "brotli_maximum_output_length": MAX_STREAM,
    "jbig2_maximum_output_length": MAX_STREAM,
    "stream_decoding_work_maximum_length": 4 * MAX_STREAM,
    "jbig2dec_binary": None,
}
_TINY = 2.0
"""Points; smaller text counts as invisible."""


def read_pdf(data: bytes) -> Page:
    """The text of a PDF without running heads and invisible text."""
    if len(data) > MAX_PDF_BYTES:
        raise SourceError(f"it is larger than {MAX_PDF_BYTES // 1_000_000} MB; split it into one file per article")
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        with pypdf.apply_configuration(**_LIMITS):
            reader = pypdf.PdfReader(BytesIO(data))
            if reader.is_encrypted and not reader.decrypt(""):
                raise SourceError("it is locked with a password; save it without one")
            pages = list(_pages(reader))
            about = _about(reader)
    except SourceError:
        raise
    except Exception as error:  # pypdf raises many kinds on broken files, and not only its own
        raise SourceError(f"the PDF cannot be read ({_kind(error)}); save its text as .txt") from error
    paragraphs = _paragraphs(pages)
    if not paragraphs:
        raise SourceError("the PDF holds no text, only pictures of pages; run it through text recognition first")
    cleaned = tidy(paragraphs, about.get("title"))
    # What the text says of itself is surer than the properties, which are often those of a template.
    return page_of(cleaned, {**about, **cleaned.fields})


def _kind(error: Exception) -> str:
    return "it unpacks to far more than it holds" if "limit" in type(error).__name__.lower() else type(error).__name__


def _pages(reader: "PdfReader") -> Iterator[str]:
    total = 0
    for number, page in enumerate(reader.pages):
        if number >= MAX_PDF_PAGES:
            raise SourceError(f"it has more than {MAX_PDF_PAGES} pages; split it into one file per article")
        text = _text(page)
        total += len(text)
        if total > MAX_PDF_TEXT:
            raise SourceError(f"it holds more than {MAX_PDF_TEXT // 1_000_000} million characters; split it")
        yield text


@dataclass
class _Pen:
    """How the page's text is being drawn, as far as it decides whether anyone sees it."""

    mode: int = 0
    white: bool = False
    saved: list[tuple[int, bool]] = field(default_factory=list)
    seen: list[Piece] = field(default_factory=list)
    unseen: bool = False
    filled: bool = False

    def before(self, operator: bytes, operands: Sequence[Any], *_: Any) -> None:
        if operator == b"Tr" and operands:
            self.mode = int(operands[0])
        elif operator in (b"g", b"rg", b"k", b"sc", b"scn") and operands:
            self.white = _is_white(operator, operands)
        elif operator == b"q":
            self.saved.append((self.mode, self.white))
        elif operator == b"Q" and self.saved:
            self.mode, self.white = self.saved.pop()
        elif operator in (b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"sh") and not self.white:
            self.filled = True  # white letters may stand on it

    def text(self, text: str, cm: Sequence[float], tm: Sequence[float], _font: Any, size: float) -> None:
        height = abs(float(size)) * max(abs(tm[3]), abs(tm[1])) * max(abs(cm[3]), abs(cm[1]))
        hidden = self.mode in (3, 7) or (self.white and not self.filled) or 0 < height < _TINY
        if hidden and text.strip():
            self.unseen = True
            return
        x, y = (tm[4] * cm[n] + tm[5] * cm[n + 2] + cm[n + 4] for n in (0, 1))
        self.seen.append(Piece(x, y, height, text))


def _is_white(operator: bytes, operands: Sequence[Any]) -> bool:
    values = [float(value) for value in operands if isinstance(value, int | float)]
    white = 0.0 if operator == b"k" or len(values) == 4 else 1.0
    return bool(values) and all(abs(value - white) < 0.02 for value in values)


def _text(page: "PageObject") -> str:
    pen = _Pen()
    whole = page.extract_text(visitor_operand_before=pen.before, visitor_text=pen.text)
    text = "".join(piece.text for piece in pen.seen)
    # Scanned pages carry their recognised text unseen below the picture: there it is the text.
    if pen.unseen and not text.strip():
        return whole if len(page.images) else ""
    return columns.read(pen.seen) or (text if pen.unseen else whole)


def _paragraphs(pages: Sequence[str]) -> list[str]:
    """The pages' lines without running heads, feet and page numbers, and words broken at line ends made whole."""
    sheets = [[line.strip() for line in remove_hidden(page).split("\n")] for page in pages]
    ends = Counter(_mark(line) for sheet in sheets for line in {*sheet[:2], *sheet[-2:]} if line)
    often = {mark for mark, times in ends.items() if times >= 3 and times > len(sheets) / 2}
    lines: list[str] = []
    for sheet in sheets:
        filled = [n for n, line in enumerate(sheet) if line]
        edge = {*filled[:2], *filled[-2:]}
        lines += [
            line
            for n, line in enumerate(sheet)
            if not (
                n in edge
                and (_mark(line) in often or re.fullmatch(r"(?:page )?\d{1,4}(?: ?(?:/|of|sur) ?\d+)?", line, re.I))
            )
        ]
    text = re.sub(r"(?<=[^\W\d_])[-\u00ad]\n(?=[a-zà-ÿ])", "", "\n".join(lines))
    return paragraphs_of(_joined(text))


def _mark(line: str) -> str:
    return re.sub(r"\d+", "0", line)


def _joined(text: str) -> str:
    """Join lines into paragraphs, which a PDF does not mark."""
    lines = text.split("\n")
    width = sorted(map(len, filter(None, lines)))[-max(1, len(lines) // 10) :][:1] or [0]
    out: list[str] = []
    for line in lines:
        full = bool(out) and len(out[-1].rpartition("\n")[2]) > 0.75 * width[0]
        if out and line and out[-1] and (full or line[0].islower()) and not re.match(r"[•*–—-]\s", line):
            out[-1] += f"\n{line}"
        else:
            out.append(line)
    return "\n\n".join(re.sub(r" *\n *", " ", block) for block in out)


def _about(reader: "PdfReader") -> dict[str, str]:
    info = reader.metadata
    if info is None:
        return {}
    title, author = (one_line(str(value or "")[:300]) for value in (info.title, info.author))
    if title and re.search(
        r"\.(?:docx?|pdf|indd|qxd|odt|txt)$|^(?:untitled|microsoft word)|^document\d*$", title, re.I
    ):
        title = None
    found = {"title": title, "author": author, "published": info.creation_date and f"{info.creation_date:%Y-%m-%d}"}
    return {name: value for name, value in found.items() if value}
