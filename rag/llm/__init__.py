"""Language models: the embedded one, those behind a server, their files, budgets and prices."""
