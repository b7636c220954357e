"""What the command says of a file before it sends anything: its exit code, its sentences, and the fate of each row."""

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

from tests.adapter import run_command

DATA = Path(__file__).with_name("data")


@dataclass
class Seen:
    """How a preview ended, and what it said. `rows` are those of the results; none where there are no results."""

    code: int
    screen: str
    text: str = ""
    rows: list[dict[str, str]] = field(default_factory=list)

    @property
    def said(self) -> str:
        """What it said, on one line."""
        return " ".join(self.screen.split())

    @property
    def codes(self) -> list[str]:
        return [row["sync_code"] for row in self.rows]

    @property
    def sends(self) -> dict[str, str]:
        """Whom a run would send to, by the number that the spreadsheet shows beside the row."""
        return {row["sync_row"]: row["sync_phone"] for row in self.rows if row["sync_result"] == "would_send"}

    def advised(self) -> list[str]:
        """The options that the sentences advise, as a shell would hand them over."""
        import re
        import shlex

        found = re.findall(r'--(?:map|delimiter) (?:"[^"]*"|[^\s,]*[^\s,.])', self.said)
        return shlex.split(found[0]) if found else []


class Previews:
    """`previews(content, *options)` writes a file in an empty folder and looks at what a run of it would do."""

    def __init__(self, folder: Path, monkeypatch, capture) -> None:
        self.folder, self._capture = folder, capture
        monkeypatch.chdir(folder)
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "BULK_SYNC_STATE_DIR"):
            monkeypatch.setenv(name, str(folder / "home"))
        monkeypatch.setenv("COLUMNS", "200")
        for name in ("BULK_SYNC_API_KEY", "GUAYABA_API_KEY", "BULK_SYNC_API_KEY_FILE"):
            monkeypatch.delenv(name, raising=False)

    def __call__(self, content: str | bytes | Path, *options: str, name: str = "list.csv", encoding="utf-8") -> Seen:
        path = self.folder / name
        if isinstance(content, Path):
            content = content.read_bytes()
        path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
        out = self.folder / f"out{path.suffix}"
        out.unlink(missing_ok=True)
        self._capture.readouterr()
        code = run_command(name, "-n", "--offline", "-o", out.name, *options)
        screen = "".join(self._capture.readouterr())
        assert "Traceback" not in screen
        if not out.exists():
            return Seen(code, screen)
        text = out.read_bytes().decode("utf-8-sig" if encoding == "utf-8" else encoding)
        return Seen(code, screen, text, rows_of(text))


def rows_of(text: str) -> list[dict[str, str]]:
    """The rows of results under the line that heads them, whatever separates their cells."""
    lines = text.splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if "sync_row" in line)
    delimiter = lines[at][lines[at].index("sync_row") - 1]
    limit = csv.field_size_limit(10**7)
    try:
        return list(csv.DictReader(io.StringIO("".join(lines[at:]), newline=""), delimiter=delimiter))
    finally:
        csv.field_size_limit(limit)
