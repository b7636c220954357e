"""Signals that asked for an end before a run heeded them: what they raised may be lost, as C code drops exceptions."""

HEARD: list[int] = []
"""Their numbers, since this command began."""
