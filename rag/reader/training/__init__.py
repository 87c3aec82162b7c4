"""Trains the reader: prepare examples, train, evaluate and calibrate, export. See docs/reader.md."""
