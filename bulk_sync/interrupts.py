"""Signals that ask a program to end, and those that did so before a run heeded them."""

import signal

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP") if hasattr(signal, name))
"""Not every system has all of them."""

HEARD: list[int] = []
"""Since this command began. What a handler raised may be lost: C code that calls Python drops exceptions."""
