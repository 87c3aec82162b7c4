"""The command line. Each command imports what it needs when it runs, so that --help answers at once."""

# In the order in which --help lists their commands.
from ui.cli import library_commands, question_commands, setup_commands  # noqa: F401
from ui.cli.app import app, main

__all__ = ["app", "main"]
