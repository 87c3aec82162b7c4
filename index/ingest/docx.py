"""Word documents (.docx) as plain paragraphs: the text of `word/document.xml`, and what the properties say of it."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from index.errors import SourceError
from index.ingest.clean import remove_hidden, tidy
from index.ingest.pages import Page, one_line, page_of
from index.ingest.zip_files import members

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_XML = 20_000_000
_BODY, _PROPERTIES = "word/document.xml", "docProps/core.xml"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_CREATED = "{http://purl.org/dc/terms/}created"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SKIPPED = {f"{_W}del", f"{_W}moveFrom", f"{_W}p", _FALLBACK}
"""Deleted and moved text, second renderings, and paragraphs of text boxes, which are read by themselves."""
_SPACES = {f"{_W}tab": " ", f"{_W}br": " ", f"{_W}cr": " ", f"{_W}noBreakHyphen": "-"}
_TINY = 4
"""Half points; smaller text counts as invisible."""
_NO_TITLE = re.compile(r".*\.(?:docx?|odt|rtf|txt)|(?:untitled|document|microsoft word)\W*\d*", re.IGNORECASE)


def read_docx(data: bytes) -> Page:
    """The text of a Word document without tracked deletions, comments, notes and invisible text."""
    parts: dict[str, bytes] = {}
    for name, content in members(data, MAX_XML, lambda name: name in (_BODY, _PROPERTIES)):
        if isinstance(content, SourceError):
            raise content
        parts[name] = content
    if _BODY not in parts:
        raise SourceError("it is not a Word document; save its text as .txt")
    body = _parsed(parts[_BODY])
    paragraphs = [(_style(element), text) for element in body.iter(f"{_W}p") if (text := _paragraph(element))]
    if not paragraphs:
        raise SourceError("the document holds no text; check that it was saved whole")
    about = _about(parts.get(_PROPERTIES))
    heading = next((text for style, text in paragraphs[:5] if style == "title"), None)
    cleaned = tidy([text for _, text in paragraphs], heading or about.get("title"))
    # The text takes precedence: properties are often those of a template.
    return page_of(cleaned, {**about, **cleaned.fields})


def _parsed(xml: bytes) -> "_Element":
    from lxml import etree

    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise SourceError("it declares entities, which no Word document does; save its text as .txt")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise SourceError("the Word document is damaged; save it again, or save its text as .txt") from error


def _paragraph(paragraph: "_Element") -> str:
    in_table = next(paragraph.iterancestors(f"{_W}tbl"), None) is not None
    text = "".join(piece for child in paragraph for piece in _pieces(child, in_table))
    return re.sub(r"\s+", " ", remove_hidden(text)).strip()


def _pieces(element: "_Element", in_table: bool) -> Iterator[str]:
    """The text below an element of a paragraph, in order."""
    if element.tag in _SKIPPED or (element.tag == f"{_W}r" and _is_unseen(element, in_table)):
        return
    if element.tag == f"{_W}t":
        yield element.text or ""
    elif element.tag in _SPACES:
        yield _SPACES[element.tag]
    for child in element:
        yield from _pieces(child, in_table)


def _is_unseen(run: "_Element", in_table: bool) -> bool:
    """Whether a run is hidden, tiny, or white on white. White letters in a table are usually on a coloured cell."""
    look = run.find(f"{_W}rPr")
    if look is None:
        return False
    hidden = look.find(f"{_W}vanish")
    if hidden is not None and hidden.get(f"{_W}val", "1") not in ("0", "false", "off"):
        return True
    size = _value(look, "sz")
    if size.isdecimal() and int(size) <= _TINY:
        return True
    shaded = in_table or look.find(f"{_W}shd") is not None or look.find(f"{_W}highlight") is not None
    return _value(look, "color").upper() == "FFFFFF" and not shaded


def _style(paragraph: "_Element") -> str:
    look = paragraph.find(f"{_W}pPr")
    return "" if look is None else _value(look, "pStyle").lower()


def _value(look: "_Element", name: str) -> str:
    found: Any = look.find(f"{_W}{name}")
    return "" if found is None else str(found.get(f"{_W}val", ""))


def _about(properties: bytes | None) -> dict[str, str]:
    """The title, the author and the day that the document's properties give."""
    if properties is None:
        return {}
    core = _parsed(properties)
    title, author = (one_line((core.findtext(f"{_DC}{name}") or "")[:300]) for name in ("title", "creator"))
    title = None if title and _NO_TITLE.fullmatch(title) else title
    found = {"title": title, "author": author, "published": (core.findtext(_CREATED) or "")[:10]}
    return {name: value for name, value in found.items() if value}
