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
TARGETS = sorted(set(re.findall(r"`make ([a-z]+)|^make ([a-z]+)", README, re.MULTILINE)))
LINKS = sorted({link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link})


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


def test_the_commands_of_the_contract_are_told():
    assert {"add", "articles", "ask", "ui", "eval", "models", "doctor"} <= set(COMMANDS)


@pytest.mark.parametrize("target", [one or other for one, other in TARGETS])
def test_a_make_target_exists(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("link", LINKS)
def test_a_link_leads_somewhere(link):
    assert (ROOT / link).exists()
