"""What stands between the network and the page: passwords, guards, turns, and the endpoints for programs."""
