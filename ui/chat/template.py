"""HTML from the Jinja2 templates in `templates/`. Every value is escaped unless it is markup that `ui.markup` made."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ui import markup
from ui.i18n import Words


def drawn(name: str, say: Words, **values: Any) -> str:
    """The template of that name with these values; `say` has the words of the interface."""
    return _environment().get_template(f"{name}.html").render(say=say, **values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_sendable,
    )
    made = {name: _marked(getattr(markup, name)) for name in ("button", "opening", "facts")}
    environment.globals.update(made, day=markup.day, counted=markup.counted)
    return environment


def _marked(draw: Any) -> Any:
    """The function's HTML as markup that is not escaped again."""
    return lambda *values, **named: Markup(draw(*values, **named))


def _sendable(value: Any) -> Any:
    """Text that can be encoded, as in `markup.escaped`."""
    return markup.sendable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
