"""HTML made of values: whatever is not an element already is escaped. Nothing here can be forgotten by a caller."""

import html


class Element(str):
    """Text that is HTML already."""

    __slots__ = ()


def el(name: str, *children: object, **attributes: str) -> Element:
    """An element; `class_` is its class. A child that is not an Element is text."""
    written = "".join(f' {key.rstrip("_")}="{html.escape(value)}"' for key, value in attributes.items())
    return Element(f"<{name}{written}>{join(children)}</{name}>")


def join(children: object) -> Element:
    """Children one after the other; lists are opened, None is nothing."""
    if isinstance(children, Element):
        return children
    if isinstance(children, tuple | list):
        return Element("".join(join(child) for child in children))
    return Element("" if children is None else html.escape(str(children)))


def image(svg: bytes, alternative: str) -> Element:
    """A picture that travels inside the page."""
    import base64

    data = base64.b64encode(svg).decode()
    return Element(f'<img src="data:image/svg+xml;base64,{data}" alt="{html.escape(alternative)}">')


def document(title: str, style: str, body: object) -> Element:
    """The whole page. Its policy forbids it to load or run anything."""
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return Element(
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{html.escape(title)}</title>'
        f"<style>{style}</style></head><body>{join(body)}</body></html>\n"
    )
