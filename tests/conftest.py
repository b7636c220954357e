"""What all tests share: how hard property tests look (HYPOTHESIS_PROFILE=thorough), signals, files, a database."""

import logging
import os
import signal
from itertools import count

import pytest
from hypothesis import settings

from tests import postgres

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


@pytest.fixture(scope="session")
def server():
    """A PostgreSQL server, with a database that is set up and serves as the pattern of others."""
    from bulk_sync.fleet.queue import bring_up_to_date
    from bulk_sync.ledger import SharedLedger
    from bulk_sync.ledger.shared_schema import migrate

    with postgres.running() as running:
        migrate(SharedLedger.parse(running.database("pattern")), bring_up_to_date)
        yield running


_NUMBERS = count()


@pytest.fixture
def shared(server):
    """A shared ledger with nothing in it."""
    from bulk_sync.ledger import SharedLedger

    name = f"ledger_{next(_NUMBERS)}"
    server.database(f"{name} TEMPLATE pattern")
    return SharedLedger.parse(f"{server.address}/{name}")
