"""Between the network and the page: passwords, guards, quotas, turns, and the endpoints for programs."""
