"""The report of a run: tables, pictures, answers, and the progress in the terminal."""
