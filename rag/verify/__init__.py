"""Whether a statement rests on sentences of the articles: the trained reader judges, and code vetoes what it sees better."""
