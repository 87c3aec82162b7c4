"""HTML around the answers: header, notices, files. Pure functions."""

from ui.chat.conversation_list import rail_search_html
from ui.i18n import Words
from ui.markup import button, escaped


def masthead_html(say: Words) -> str:
    """The header: name, sections, and the live region for screen readers."""
    talk = button(say["nav_ask"], "talk", id="nav-ask", view="ask")
    archive = button(say["nav_archive"], "archive", id="nav-archive", view="archive")
    check = button(say["nav_check"], "check_view", id="nav-check", view="check")
    conversations = button(
        say["nav_conversations"], "conversations", "quiet", id="nav-conversations", aria_expanded=False
    )
    return (
        f'<header><h1>onrecord</h1><nav id="nav" aria-label="{escaped(say["nav"])}">{talk}{archive}{check}</nav>{conversations}'
        '<p id="live" role="status" aria-live="polite"></p></header>'
    )


def rail_tools_html(say: Words) -> str:
    """Above the conversations: a new one, and the search."""
    new = button(say["new"], "new", "primary", id="new")
    return f"{new}{rail_search_html(say)}"


def read_only_html(say: Words) -> str:
    return f'<p class="notice">{escaped(say["read_only"])}</p>'


def editing_html(say: Words) -> str:
    """Above the question while the last one is being edited."""
    return (
        f'<p class="scope"><span>{escaped(say["editing"])}</span>{button(say["cancel"], "stop_editing", "quiet")}</p>'
    )


def notice_html(message: str) -> str:
    """A message outside of an answer."""
    return f'<p class="notice" role="alert">{escaped(message)}</p>' if message else ""


def file_html(name: str, content: str) -> str:
    """A file that the page's script saves."""
    return f'<div data-file="{escaped(name)}" data-content="{escaped(content)}" hidden></div>'
