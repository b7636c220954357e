"""The pictures of a terminal in these pages, made from real runs: `python docs/pictures/make.py`."""

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

HERE, COLUMNS = Path(__file__).parent, 110
LIST = "phone,status\n(415) 555-0142,Do not call\n+44 20 7946 0958,paused\n415-555-0143,active\n415-555-0144,Opt out\n"


def picture(name: str, title: str, *arguments: str) -> None:
    """Run the command in a folder of its own, and keep what a terminal shows of it as NAME.svg."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "contacts.csv").write_text(LIST)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("BULK_SYNC_", "NO_COLOR"))}
        env = kept | {"BULK_SYNC_STATE_DIR": folder, "HOME": folder, "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS)}
        command = [sys.executable, "-m", "bulk_sync", *arguments]
        done = subprocess.run(command, cwd=folder, env=env, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603
    screen = Console(record=True, width=COLUMNS, file=io.StringIO())
    screen.print(Text.from_ansi(f"$ {title}\n{done.stderr.replace(folder, '~')}"))
    svg = re.sub(
        r"@font-face \{.*?\}", "", screen.export_svg(title="bulk-sync"), flags=re.DOTALL
    )  # nothing from the web
    (HERE / f"{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    picture("preview", "bulk-sync contacts.csv --dry-run --sandbox", "contacts.csv", "--dry-run", "--sandbox")
