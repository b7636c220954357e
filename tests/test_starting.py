"""What does a preview of a small file load? Only what it needs: people wait for it."""

import subprocess
import sys

from .stories.conftest import ROOT, environment

SCRIPT = """
import sys
from bulk_sync import preview
print(preview(sys.argv[1]).rows)
print(*sys.modules)
"""


def test_a_preview_of_a_few_rows_loads_neither_pandas_nor_a_client(tmp_path):
    path = tmp_path / "few.csv"
    path.write_text("phone,status\n+14155552671,DNC\n4155552671,paused\nx,y\n")
    said = subprocess.run(
        [sys.executable, "-c", SCRIPT, path], cwd=ROOT, env=environment(tmp_path), capture_output=True, check=True
    )
    rows, loaded = said.stdout.decode().splitlines()
    assert rows == "3"
    heavy = {"pandas", "httpx", "openpyxl", "xlsxwriter", "pycountry"}
    assert not heavy & set(loaded.split())
