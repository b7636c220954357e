"""What all tests share: how hard property tests look (HYPOTHESIS_PROFILE=thorough), signals, and files to write."""

import logging
import os
import signal

import pytest
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


@pytest.fixture(autouse=True)
def levels_of_logs():
    """A command sets what is logged for its own process; here it must not hold for the tests that follow."""
    logs = [logging.getLogger(name) for name in ("bulk_sync", "bulk_sync.details", "bulk_sync.send")]
    before = [log.level for log in logs]
    yield
    for log, level in zip(logs, before, strict=True):
        log.setLevel(level)


@pytest.fixture
def file(tmp_path):
    """Writes a file: `file(data, name="a.csv", encoding="utf-8")`."""

    def write(data, name="a.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode(encoding))
        return path

    return write
