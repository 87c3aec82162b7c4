"""HTML of the list of conversations, and of the head of the open one. Pure functions."""

from collections.abc import Sequence
from datetime import date

from ui.conversations import Heading
from ui.i18n import Words
from ui.markup import button, counted, escaped, listed, relative_day


def rail_html(headings: Sequence[Heading], current: str, search: str, today: date, say: Words) -> str:
    """The conversations and the export of verdicts; `search` decides the text if there are none."""
    if not headings:
        return f'<p class="none">{escaped(say["no_conversation" if search.strip() else "no_conversations"])}</p>'
    items = [_item(heading, heading.id == current, today, say) for heading in headings]
    verdicts = button(say["export_verdicts"], "export", "quiet", id="export-verdicts", kind="verdicts")
    return listed(items, "conversations") + verdicts


def rail_search_html(say: Words) -> str:
    """The search above the list."""
    return (
        f'<form role="search" data-do="find"><input type="search" name="search" id="find" autocomplete="off"'
        f' aria-label="{escaped(say["search_conversations"])}" placeholder="{escaped(say["search_conversations"])}"></form>'
    )


def head_html(heading: Heading | None, say: Words) -> str:
    """The open conversation's title and buttons; empty for a new one."""
    if heading is None:
        return '<div class="head" data-conversation=""></div>'
    id = escaped(heading.id)
    rename = (
        f'<form class="rename" data-do="rename" data-conversation="{id}" hidden><input name="title" maxlength="120"'
        f' aria-label="{escaped(say["title"])}" value="{escaped(heading.title)}">'
        f'<button type="submit" class="second">{escaped(say["keep"])}</button>'
        f"{button(say['cancel'], 'rename_form', 'quiet')}</form>"
    )
    tools = button(say["rename"], "rename_form", "quiet", id="rename", aria_expanded=False)
    tools += button(
        "Markdown", "export", "quiet", id="export-md", name=say["export_md"], kind="md", conversation=heading.id
    )
    tools += button(
        "JSON", "export", "quiet", id="export-json", name=say["export_json"], kind="json", conversation=heading.id
    )
    tools += button(say["delete"], "confirm", "quiet danger", id="delete", aria_expanded=False)
    sure = button(say["delete_yes"], "delete", "danger", conversation=heading.id) + button(
        say["keep_it"], "cancel", "quiet"
    )
    return (
        f'<div class="head" data-conversation="{id}"><p class="name">{escaped(heading.title)}</p>{rename}'
        f'<div class="tools">{tools}<span class="sure" role="alertdialog" hidden>{escaped(say["delete_sure"])} {sure}</span>'
        "</div></div>"
    )


def _item(heading: Heading, current: bool, today: date, say: Words) -> str:
    about = f"{relative_day(heading.updated, today, say)} · {counted(heading.answers, 'questions', say)}"
    inner = f'<span class="name">{escaped(heading.title)}</span><span class="meta">{escaped(about)}</span>'
    open = button("", "conversation", "conversation", id=f"c-{heading.id}", inner=inner, conversation=heading.id)
    return f"<li{' aria-current=true' if current else ''}>{open}</li>"
