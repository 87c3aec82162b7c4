"""Sentences, chunks, words, names and languages of a text, and which lines are no part of an article."""
