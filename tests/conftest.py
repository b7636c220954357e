"""How hard do the property tests look? Quickly at first, thoroughly with HYPOTHESIS_PROFILE=thorough."""

import os
import signal

from hypothesis import settings

settings.register_profile("quick", max_examples=30, deadline=None)
settings.register_profile("thorough", max_examples=500, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_xdist_auto_num_workers(config):
    """Two for each processor: half of the time a test waits for a socket or another process."""
    return 2 * (os.cpu_count() or 1)


# nohup, and a shell that puts the tests in the background, hand down that these are ignored
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
