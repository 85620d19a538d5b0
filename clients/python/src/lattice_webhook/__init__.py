"""A daemon: HTTP in, store out."""
