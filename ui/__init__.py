"""The interfaces: command line, web page, and the endpoints for programs."""
