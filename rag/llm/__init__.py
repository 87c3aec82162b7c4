"""Language models: the embedded one, those behind a server, their files and prices."""
