"""Fits the two classifiers of lines (index/text/line_classifier.py) to the labelled lines beside it."""
