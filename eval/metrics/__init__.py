"""Every measure of one reply, and their summaries. Uses nothing of what it measures but the answer."""
