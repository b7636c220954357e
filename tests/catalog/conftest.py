"""A folder for the state, no key of this machine's, and a sheet to sync."""

import csv

import pytest

from bulk_sync.report.log import Log


class Heard(Log):
    """An observer that remembers what it is told."""

    def __init__(self):
        self.sentences = []

    def message(self, sentence):
        self.sentences.append(sentence)

    def __contains__(self, part):
        return any(part in sentence for sentence in self.sentences)


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(monkeypatch, tmp_path):
    monkeypatch.setenv("BULK_SYNC_STATE_DIR", str(tmp_path / "state"))
    for name in ("BULK_SYNC_API_KEY", "GUAYABA_API_KEY", "BULK_SYNC_API_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("keyring.get_password", lambda *_: None)


@pytest.fixture
def sheet(tmp_path):
    """`sheet(*rows)` writes (status, campaign) cells behind a phone number each; the path."""

    def write(*rows):
        path = tmp_path / "contacts.csv"
        with path.open("w", newline="") as text:
            table = csv.writer(text)
            table.writerow(("phone", "status", "campaign"))
            table.writerows((f"+1415555{number:04d}", *row) for number, row in enumerate(rows, 100))
        return path

    return write


@pytest.fixture
def codes(tmp_path):
    """The codes in the results file."""

    def read(column="sync_code"):
        with (tmp_path / "contacts.results.csv").open(newline="") as text:
            return [row[column] for row in csv.DictReader(text)]

    return read
