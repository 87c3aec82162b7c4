"""Pages saved by browsers: Safari's .webarchive, and removal of embedded pictures, fonts and scripts."""

import plistlib
import re
from dataclasses import dataclass

from index.errors import SourceError

_KEPT = 2_000
"""Characters of a script that are kept, enough to recognize a captcha."""
_DATA = re.compile(rb"data:[\w.+-]+/[\w.+-]+(?:;[\w.=+-]+)*+(?:;base64,[A-Za-z0-9+/=%]*+|,[^\s\"'<>)]*+)")
_SCRIPT = re.compile(rb"(<script\b(?![^>]*ld\+json)[^>]*+>)(.*?)(?=</script)", re.IGNORECASE | re.DOTALL)
_DRAWN = re.compile(rb"(<svg\b[^>]*+>).*?(?=</svg)|(\ssrcdoc=)\"[^\"]*+\"", re.IGNORECASE | re.DOTALL)
_STYLE = re.compile(rb"(<style\b[^>]*+>)([^<]*+)", re.IGNORECASE)


@dataclass(frozen=True)
class Saved:
    """The HTML of a saved page, its address and charset."""

    data: bytes
    address: str | None = None
    charset: str | None = None


def without_embedded(page: bytes, style_bytes: int) -> bytes:
    """The page without the files, drawings and frames embedded in it, the rest of long scripts, and styles beyond so many
    bytes."""
    page = _DRAWN.sub(lambda found: found[1] or found[2] + b'""', _DATA.sub(b"data:,", page))
    page = _SCRIPT.sub(lambda script: script[1] + script[2][:_KEPT], page)
    left = style_bytes

    def shortened(style: re.Match[bytes]) -> bytes:
        nonlocal left
        kept = style[2] if len(style[2]) <= left else b""
        left -= len(kept)
        return style[1] + kept

    return _STYLE.sub(shortened, page)


def read_webarchive(data: bytes) -> Saved:
    try:
        main = plistlib.loads(data)["WebMainResource"]
        return Saved(
            bytes(main["WebResourceData"]), main.get("WebResourceURL"), main.get("WebResourceTextEncodingName")
        )
    except Exception as error:  # property lists are anyone's, and break in ways that cannot be listed
        raise SourceError("the web archive is damaged or holds no page; save it again, or as HTML") from error
