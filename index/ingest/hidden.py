"""Remove invisible text from a page, by its markup and its own style sheets.

Prompt injections are often hidden this way. External style sheets are not fetched.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_STYLES = 200_000
"""Characters of a page's style sheets that are read."""

# A rule that hides a greater share of the text is undone by a script, and is ignored.
_MOST = 0.5
_MAX_AROUND = 50

_ZERO = r"0+(?:\.0*)?(?:px|p[tc]|r?em|ex|ch|%|v[hw]|[cm]m|in|q)?"
_TINY = rf"(?:{_ZERO}|(?:0?\.\d+|1(?:\.\d+)?)(?:px|pt)|0?\.0\d*r?em)"
_UNSEEN = re.compile(
    r"(?:^|;)(?:"
    r"display:none|visibility:(?:hidden|collapse)|content-visibility:hidden"
    rf"|font-size:{_TINY}|font:(?:[^;]* )?{_ZERO}(?:/|\s)[^;]*|opacity:(?:0(?:\.0\d*)?|\.0\d*|[0-4]%)"
    r"|text-indent:-\d{3,}(?:\.\d+)?(?:px|pt|r?em|%)|clip-path:(?:inset\((?:50|100)%\)|circle\(0(?:px)?\))"
    r"|clip:rect\((?:(?:0|1)(?:px)?[ ,]*){4}\)|transform:scale[xy]?\(0(?:,0)?\)"
    r"|(?:-webkit-text-fill-)?color:(?:transparent|#[0-9a-f]{3}0|#[0-9a-f]{6}00"
    r"|(?:rgb|hsl)a?\((?:[^,/)]+,){3}0(?:\.0*)?%?\)|(?:rgb|hsl)a?\([^,/)]+/ ?0(?:\.0*)?%?\))"
    r")(?=;|$)"
)
_FAR = re.compile(
    r"(?:^|;)(?:left|top|right|bottom|margin-left|margin-top):-\d{3,}(?:\.\d+)?(?:px|pt|r?em|%|v[hw])(?=;|$)"
)
_CLIPPED = re.compile(r"(?:^|;)(?:max-)?(?:height|width):(?:0|1(?:\.0*)?)(?:px|pt|r?em|%)?(?=;|$)")
_OVERFLOW = re.compile(r"(?:^|;)overflow(?:-[xy])?:(?:hidden|clip)(?=;|$)")
# Or so nearly white that nobody reads it on white.
_WHITE = (
    r"(?:white|snow|ghostwhite|#f{3}f?|#(?:f[a-f]){3}(?:ff)?|rgba?\(25[0-5][ ,]25[0-5][ ,]25[0-5](?:[,/ ]+1)?\)"
    r"|hsla?\(\d+(?:deg)?[ ,]\d+%[ ,](?:9[89]|100)%(?:[,/ ]+1)?\))"
)
_WHITE_TEXT = re.compile(rf"(?:^|;)color:{_WHITE}(?=;|$)")
_BACKGROUND = re.compile(r"(?:^|;)background(?:-color|-image)?:(?P<value>[^;]+)")
_COLOUR = re.compile(r"(?:^|;)color:(?P<value>[^;]+)")


def remove_unseen(tree: "HtmlElement") -> None:
    """Remove every invisible element from the tree, with its content."""
    styles = _Styles(tree)
    total = len(tree.text_content())
    unseen = [element for element in tree.iter() if isinstance(element.tag, str) and _is_unseen(element, styles)]
    for element, by_sheet in ((e, not _hides_itself(e)) for e in unseen):
        # Some pages hide themselves until their scripts run.
        if element.tag in ("html", "body") or element.getparent() is None:
            continue
        if by_sheet and len(element.text_content()) > _MOST * total:
            continue
        element.drop_tree()


def _hides_itself(element: "HtmlElement") -> bool:
    """Whether the element's own attributes hide it, not a rule of a style sheet."""
    return (
        element.tag in ("template", "dialog")
        or element.get("hidden") is not None
        or element.get("aria-hidden", "").strip().lower() == "true"
        or _hides(_plain_style(element.get("style", "")))
    )


def _is_unseen(element: "HtmlElement", styles: "_Styles") -> bool:
    if element.tag == "dialog" and element.get("open") is not None:
        return False
    if _hides_itself(element):
        return True
    style = styles.of(element)
    return bool(style) and (_hides(style) or _white_on_white(element, style, styles))


def _hides(style: str) -> bool:
    if not style:
        return False
    if _UNSEEN.search(style):
        return True
    if "position:" in style and _FAR.search(style) and re.search(r"position:(?:absolute|fixed)", style):
        return True
    if _CLIPPED.search(style) and _OVERFLOW.search(style):
        return True
    background, colour = _BACKGROUND.search(style), _COLOUR.search(style)
    return bool(background and colour and background["value"] == colour["value"])


def _white_on_white(element: "HtmlElement", style: str, styles: "_Styles") -> bool:
    """Whether text is white and neither the element nor an ancestor sets another background."""
    if not _WHITE_TEXT.search(style):
        return False
    for around in (element, *islice(element.iterancestors(), _MAX_AROUND)):
        found = _BACKGROUND.search(styles.of(around))
        if found:
            return re.fullmatch(rf"{_WHITE}|transparent|none|inherit", found["value"]) is not None
        if around.get("bgcolor") or around.get("background"):
            return False
    return True


def _plain_style(style: str) -> str:
    """Declarations in lower case, without comments, spaces after colons, or !important."""
    if not style:
        return ""
    style = _without_comments(style[:5_000]).lower()
    style = re.sub(r"!\s*important|\s*([:;,()])\s*", lambda m: m[1] or "", style)
    return re.sub(r"\s+", " ", style).strip(" ;")


class _Simple(NamedTuple):
    """A selector of one element: p.note#first."""

    tag: str
    id: str
    classes: frozenset[str]

    def fits(self, element: "HtmlElement") -> bool:
        return (
            (not self.tag or self.tag == element.tag)
            and (not self.id or self.id == element.get("id"))
            and self.classes <= set(element.get("class", "").split())
        )


class _Styles:
    """The page's own <style> sheets, as far as their rules name one element by tag, class or id."""

    def __init__(self, tree: "HtmlElement") -> None:
        sheets = "\n".join(sheet.text or "" for sheet in tree.iter("style"))[:MAX_STYLES]
        self._rules: dict[str, list[tuple[_Simple, str]]] = {}
        for selector, style in _rules(sheets):
            key = next(iter(sorted(selector.classes)), None) or selector.id or selector.tag
            self._rules.setdefault(key, []).append((selector, style))

    def of(self, element: "HtmlElement") -> str:
        """The declarations of the sheets and of the element's own style; the last of a name wins."""
        own = _plain_style(_own_style(element))
        if not self._rules or not isinstance(element.tag, str):
            return own
        keys = dict.fromkeys([element.tag, *element.get("class", "").split(), element.get("id", "")])
        said = [style for key in keys for rule, style in self._rules.get(key, ()) if rule.fits(element)]
        if not said:
            return own
        pairs = (part.partition(":") for style in [*said, own] for part in style.split(";") if ":" in part)
        return ";".join(f"{name}:{value}" for name, value in {name: value for name, _, value in pairs}.items())


def _own_style(element: "HtmlElement") -> str:
    """The element's style; that of <font color="white"> is written in its attribute."""
    colour = element.get("color") if element.tag == "font" else None
    return f"color:{colour};{element.get('style', '')}" if colour else str(element.get("style", ""))


_SIMPLE = re.compile(r"(?P<tag>[a-zA-Z][\w-]*)?(?P<rest>(?:[.#][\w-]+)*)")


def _rules(sheet: str) -> Iterator[tuple[_Simple, str]]:
    for rule in _unconditional(_without_comments(sheet)).split("}"):
        selectors, _, body = rule.rpartition("{")
        style = _plain_style(body)
        if not (_hides(style) or "background" in style or "color:" in style or "display:" in style):
            continue
        for selector in selectors.split(","):
            found = _SIMPLE.fullmatch(selector.strip())
            if found and found[0]:
                marks = re.findall(r"([.#])([\w-]+)", found["rest"])
                classes = frozenset(name for mark, name in marks if mark == ".")
                yield _Simple((found["tag"] or "").lower(), next((n for m, n in marks if m == "#"), ""), classes), style


def _without_comments(style: str) -> str:
    first, *rest = style.split("/*")
    return first + " ".join(part.partition("*/")[2] for part in rest)


def _unconditional(sheet: str) -> str:
    """The sheet without @media and other conditional blocks."""
    kept: list[str] = []
    depth = start = 0
    for brace in re.finditer(r"@[^{};@]*[{;]|[{}]", sheet):
        if depth == 0 and brace[0].startswith("@"):
            kept.append(sheet[start : brace.start()])
            start = brace.end()
            depth = 1 if brace[0].endswith("{") else 0
        elif depth:
            depth += 1 if brace[0].endswith("{") else -1 if brace[0] == "}" else 0
            start = brace.end()
    return "".join([*kept, "" if depth else sheet[start:]])
