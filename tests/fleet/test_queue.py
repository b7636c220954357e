"""What of the queue's tables does a database get, and what does a job keep of its settings?"""

from pathlib import Path

import pytest
from procrastinate.schema import SchemaManager

from bulk_sync.fleet.queue import bring_up_to_date
from bulk_sync.fleet.submission import options_of
from bulk_sync.runs.manifest import settings_of
from bulk_sync.settings import Settings

CHANGES = sorted(path.name for path in Path(SchemaManager.get_migrations_path()).glob("*.sql"))


class Database:
    def __init__(self):
        self.done = []

    def execute(self, statement):
        self.done.append(statement)


@pytest.mark.parametrize(("before", "count"), [(CHANGES[-1], 0), (CHANGES[-2], 1), (CHANGES[-4], 3)])
def test_a_database_that_has_the_tables_gets_the_changes_that_it_lacks_in_order(before, count):
    database = Database()
    assert bring_up_to_date(database, before) == CHANGES[-1]
    folder = Path(SchemaManager.get_migrations_path())
    assert database.done == [(folder / name).read_text("utf-8") for name in CHANGES[len(CHANGES) - count :]]


def test_a_database_without_them_gets_the_whole_schema_at_once():
    database = Database()
    assert bring_up_to_date(database, "") == CHANGES[-1]
    assert database.done == [SchemaManager.get_schema()]


def test_a_job_keeps_what_decides_what_is_sent_and_neither_keys_nor_paths_nor_addresses(tmp_path):
    given = Settings(
        "rows.csv", region="GB", rate=None, max_stop="5", yes=True, values=['status:"Opt out"=DNC'], key="gua_secret",
        ledger="postgresql://owner:secret@db.example/fleet", base_url="https://elsewhere.example",
        json_results=tmp_path / "a.json",
    )  # fmt: skip
    kept = options_of(given)
    assert not {"key", "ledger", "base_url", "profile", "input", "output", "json_results"} & set(kept)
    assert "secret" not in repr(kept)
    again = settings_of({**kept, "input": "elsewhere/rows.csv"})
    assert (again.region, again.max_stop, again.yes, str(again.values[0])) == ("GB", "5", True, str(given.values[0]))
