"""The ways in: the command line, the page, and the endpoints for programs. Knows nothing of how an answer is made."""
