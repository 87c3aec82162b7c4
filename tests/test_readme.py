"""The README does what it says: its Python runs, its commands exist, and what it points to is there."""

import re
import shutil

import pytest
from conftest import EXAMPLES, ROOT

README = (ROOT / "README.md").read_text("utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
CODE = "\n".join(
    re.findall(r"^```\w*\n(.*?)^```", README, re.MULTILINE | re.DOTALL) + re.findall(r"`([^`\n]+)`", README)
)
COMMANDS = sorted(set(re.findall(r"^onrecord (?:--\w+ \S+ )*([a-z]+)", CODE, re.MULTILINE)))
TARGETS = sorted(set(re.findall(r"`make ([a-z-]+)|^make ([a-z-]+)", README, re.MULTILINE)))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
LINKS = sorted(
    {
        (page.relative_to(ROOT).as_posix(), link)
        for page in PAGES
        for link in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
        if "://" not in link
    }
)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda code: code.splitlines()[0])
def test_a_snippet_runs(snippet, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONRECORD_LLM", "none")
    shutil.copytree(EXAMPLES, tmp_path / "examples" / "articles")
    exec(compile(snippet, "README.md", "exec"), {"__name__": "__main__"})
    printed = capsys.readouterr().out
    assert "2 articles added, 0 failed" in printed and "[1] " in printed


def test_there_is_a_snippet_of_about_ten_lines():
    assert SNIPPETS and all(len(snippet.splitlines()) <= 15 for snippet in SNIPPETS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_exists(command):
    from typer.main import get_command

    from ui.cli import app

    assert command in get_command(app).commands


def test_every_command_and_option_is_documented():
    from typer.main import get_command

    from ui.cli import app

    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    whole = get_command(app)
    options = {name for command in (whole, *whole.commands.values()) for one in command.params for name in one.opts}
    names = [f"onrecord {name}" for name in whole.commands] + [name for name in options if name.startswith("--")]
    assert not [name for name in names if not re.search(rf"`{re.escape(name)}\b", page)]


def test_the_commands_of_the_contract_are_told():
    assert {"add", "articles", "ask", "ui", "eval", "models", "doctor"} <= set(COMMANDS)


@pytest.mark.parametrize("target", [one or other for one, other in TARGETS])
def test_a_make_target_exists(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize(("page", "link"), LINKS)
def test_a_link_leads_somewhere(page, link):
    assert (ROOT / page).parent.joinpath(link).exists()
