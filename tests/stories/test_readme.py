"""What the README and the pages in docs/ say is what the program does."""

import re
from pathlib import Path

from click.testing import CliRunner

from bulk_sync.cli import HELP
from bulk_sync.cli.root import root
from bulk_sync.errors import Code
from bulk_sync.model import SYNC_COLUMNS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
TEXT = "\n".join((README, *PAGES.values()))


def printed_help(*arguments: str) -> str:
    return (
        CliRunner(env={"COLUMNS": "80"})
        .invoke(root, [*arguments, "--help"], prog_name="bulk-sync", terminal_width=80)
        .output
    )


def block(mark: str) -> str:
    found = re.search(rf"<!-- {re.escape(mark)} -->\n```\w+\n(.*?)```", TEXT, re.DOTALL)
    assert found, mark
    return found[1]


def test_the_help_that_stands_written_out_is_the_one_that_click_prints() -> None:
    assert Path(HELP).read_text(encoding="utf-8") == printed_help()


def test_the_help_in_the_readme_is_the_one_that_the_command_prints() -> None:
    assert block("help: bulk-sync --help") == printed_help()
    words = ("resume", "undo", "history", "report", "dnc", "statuses", "check", "template", "sandbox")
    for command in (*words, "fleet", "fleet submit", "fleet worker", "fleet migrate"):
        assert block(f"help: bulk-sync {command} --help") == printed_help(*command.split())


def test_every_code_that_can_occur_is_explained() -> None:
    codes = TEXT[TEXT.index("<!-- codes -->") : TEXT.index("<!-- end of codes -->")]
    table = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", codes, re.MULTILINE))
    for code in Code:
        if code.word in table:
            assert code.meaning in table[code.word]
    assert {code.word for code in Code} <= set(table)


def test_every_results_column_is_explained() -> None:
    for column in SYNC_COLUMNS:
        assert f"`{column}`" in README


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert ".venv/bin/pytest" in block("command: tests")
    assert "command: tests" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_readme_is_short_and_its_links_lead_somewhere() -> None:
    assert len(README) < 12_000
    for name, text in {"../README.md": README, **PAGES}.items():
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)]*))?\)", text):
            page = ROOT / "docs" / name if not target else (ROOT / "docs" / name).parent / target
            assert page.exists(), (name, target)
            heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE) if anchor else []
            assert not anchor or anchor in {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
