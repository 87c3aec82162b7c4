"""The web page: its parts, what they do, and how answers, articles and the archive are drawn."""
