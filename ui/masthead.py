"""The top of the page and the tools beside the conversations. Pure functions."""

from ui.markup import button, escaped
from ui.rail import rail_search_html
from ui.words import Words


def masthead_html(say: Words) -> str:
    """The name, the two sections, and the line that is read out to those who do not see."""
    talk = button(say["nav_ask"], "talk", id="nav-ask", view="ask")
    archive = button(say["nav_archive"], "archive", id="nav-archive", view="archive")
    conversations = button(say["nav_conversations"], "conversations", "quiet", id="nav-conversations")
    return (
        f'<header><h1>onrecord</h1><nav id="nav" aria-label="{escaped(say["nav"])}">{talk}{archive}</nav>{conversations}'
        '<p id="live" role="status" aria-live="polite"></p></header>'
    )


def rail_tools_html(say: Words) -> str:
    """Above the conversations: a new one, and the search; the reader's verdicts can be taken from here."""
    new = button(say["new"], "new", "primary", id="new")
    verdicts = button(say["export_verdicts"], "export", "quiet", id="export-verdicts", kind="verdicts")
    return f"{new}{rail_search_html(say)}{verdicts}"


def read_only_html(say: Words) -> str:
    return f'<p class="notice">{escaped(say["read_only"])}</p>'
