"""The page of every sentence is of the program as it is."""

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def test_the_page_has_the_sentences_of_now():
    page = "\n".join(runpy.run_path(str(DOCS / "sentences.py"))["page"]())
    written = (DOCS / "sentences.md").read_text(encoding="utf-8")
    assert page == written, "python docs/sentences.py > docs/sentences.md"
    assert "Press Ctrl-C again to stop immediately." in page
    assert "SELECT" not in page
