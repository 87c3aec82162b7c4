"""Sentences, chunks, words and languages of a text."""
