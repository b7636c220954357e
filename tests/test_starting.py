"""What does a command load? Only what it needs: people wait for it."""

import subprocess
import sys

import pytest

from .stories.conftest import ROOT, environment

LIBRARY = """
import gc, sys
loaded = set(sys.modules)
from bulk_sync import preview
before = gc.get_threshold()
print(preview(sys.argv[1]).rows, gc.get_threshold() == before)
print(*set(sys.modules) - loaded)
"""

COMMAND = """
import atexit, gc, sys
loaded = set(sys.modules)
atexit.register(lambda: print(gc.get_freeze_count() > 0))  # called after those that were registered later
from bulk_sync.cli import main
looks = gc.get_stats()
try:
    main()
except SystemExit as end:
    print(end.code, gc.get_stats() == looks)
print(*set(sys.modules) - loaded)
"""

UNUSED = {
    *(
        "httpx",
        "openpyxl",
        "xlsxwriter",
        "python_calamine",
        "pycountry",
        "rapidfuzz",
        "filelock",
        "keyring",
    ),
    *("asyncio", "email", "ssl", "tomllib", "xml"),
    *(
        "bulk_sync.release",
        "bulk_sync.api",
        "bulk_sync.plan.restoration",
        "bulk_sync.sandbox",
    ),
    *(
        "bulk_sync.ratelimit.budget",
        "bulk_sync.api.client",
        "bulk_sync.sources.workbook",
        "bulk_sync.results.xlsx_streamed",
    ),
}
"""What a preview of a few rows of text has no use for, where all of them are well."""

FEW = "phone,status\n+14155552671,DNC\n4155552672,paused\n"


def lines(folder, script, *arguments):
    said = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, env=environment(folder), capture_output=True, check=True
    )
    return said.stdout.decode().splitlines()


@pytest.fixture
def few(tmp_path):
    path = tmp_path / "few.csv"
    path.write_text(FEW)
    return path


def test_a_preview_of_a_few_rows_loads_no_client_and_nothing_for_workbooks(tmp_path, few):
    few.write_text(f"{FEW}x,y\n")
    rows, loaded = lines(tmp_path, LIBRARY, few)
    assert rows == "3 True"
    assert not {"httpx", "openpyxl", "xlsxwriter", "pycountry"} & set(loaded.split())


def test_a_quiet_preview_where_all_is_well_loads_nothing_to_send_suggest_or_show(tmp_path, few):
    _, loaded, _ = lines(tmp_path, COMMAND, few, "--dry-run", "--quiet")
    assert not (UNUSED | {"rich"}) & set(loaded.split())


def test_help_loads_none_of_the_libraries(tmp_path):
    *_, loaded, _ = lines(tmp_path, COMMAND, "--help")
    heavy = {"pandas", "numpy", "phonenumbers", "rich", "jinja2", "platformdirs", "apprise", "bulk_sync.plan.plan"}
    assert not (UNUSED | heavy) & set(loaded.split())


def test_a_short_command_is_not_looked_through_for_reference_cycles(tmp_path, few):
    ended, _, was_frozen = lines(tmp_path, COMMAND, few, "--dry-run", "--quiet")
    assert ended == "0 True"
    assert was_frozen == "True"


def test_a_command_that_plans_nothing_does_without_arrays_and_metadata_of_phone_numbers(tmp_path):
    *_, loaded, _ = lines(tmp_path, COMMAND, "statuses", "--offline")
    assert "bulk_sync.plan.status" in loaded.split()
    assert not {"numpy", "phonenumbers", "pandas", "httpx"} & set(loaded.split())
