"""What all tests share: how hard property tests look (HYPOTHESIS_PROFILE=thorough), desks, files, a database."""

import contextlib
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


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    """No test goes through the proxies of whoever runs it."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def at(tmp_path, monkeypatch, capsys):
    """A person's desk, whose API has `desk.PHONES`."""
    from tests.desk import desk

    with desk(tmp_path, monkeypatch, capsys) as at:
        yield at


@pytest.fixture
def raw_desk(tmp_path, monkeypatch, capsys):
    """`raw_desk(writes, reads)`: a desk whose API answers so, with bytes or with what a function of the request gives.

    Its sheet has so many `rows` of this `status`.
    """
    from tests import raw_api
    from tests.desk import PHONES

    with contextlib.ExitStack() as stack:

        def begin(writes=raw_api.updated, reads=raw_api.NOT_OFFERED, rows=1, status="paused"):
            def answer(asked):
                found = writes if asked.writes else reads
                return found(asked) if callable(found) else found

            at = stack.enter_context(raw_api.desk_at(answer, tmp_path, monkeypatch, capsys))
            at.sheet([(phone, status) for phone in PHONES[:rows]])
            return at

        yield begin


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
