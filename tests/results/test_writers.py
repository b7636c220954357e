"""A format of results is a writer and a line in the table of writers."""

import json

from bulk_sync.results.result_cells import Layout
from bulk_sync.results.writers import WRITERS, Writer
from tests.sources.whole import results
from tests.sources.workbooks import xlsx


def write_json_lines(table, out, added, sync_columns):
    layout = Layout.of(table, sync_columns)
    names = [*layout.headers(), *sync_columns]
    with out.open("w") as file:
        file.writelines(
            json.dumps(dict(zip(names, (*values, *ours), strict=False))) + "\n" for values, ours in layout.rows(added)
        )


def test_a_new_format_is_chosen_by_its_suffix_whatever_the_input(tmp_path, file, monkeypatch):
    monkeypatch.setitem(WRITERS, ".jsonl", Writer(write_json_lines))
    for path in (file("phone,sync_row\n1,9\n"), xlsx(tmp_path / "a.xlsx", [["phone", "sync_row"], ["1", 9]])):
        out = results(path, tmp_path / "out.jsonl")
        assert json.loads(out.read_text()) == {
            "phone": "1",
            "sync_row": "2",
            "sync_result": "success",
            "sync_error": "",
        }
