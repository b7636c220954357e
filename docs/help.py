"""Write the help anew wherever it stands: what `--help` prints at once, README, and the pages of `docs/`.

python docs/help.py
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.stories.test_readme import printed_help

HERE = Path(__file__).parents[1]
_BLOCK = re.compile(r"(<!-- help: bulk-sync (?P<command>.*?) ?--help -->\s*```\w*\n).*?```", re.DOTALL)


def _anew(found: re.Match[str]) -> str:
    return f"{found[1]}{printed_help(*found['command'].split())}```"


if __name__ == "__main__":
    (HERE / "bulk_sync/cli/help.txt").write_text(printed_help(), encoding="utf-8")
    for page in (HERE / "README.md", *(HERE / "docs").glob("*.md")):
        page.write_text(_BLOCK.sub(_anew, page.read_text(encoding="utf-8")), encoding="utf-8")
