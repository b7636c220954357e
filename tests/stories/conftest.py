"""The command line as a person runs it: a process of its own, against a sandbox in another."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
COMMAND = [sys.executable, "-m", "bulk_sync"]


@dataclass(frozen=True)
class Api:
    url: str
    key: str


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    """The environment of a command that must find nothing of this machine's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BULK_SYNC_", "GUAYABA_"))}
    coverage = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    home = {name: str(tmp_path / "home") for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")}
    return kept | coverage | home | {"BULK_SYNC_STATE_DIR": str(tmp_path / "state"), "COLUMNS": "120", **more}


@contextlib.contextmanager
def sandbox(tmp_path: Path, *options: str) -> Iterator[Api]:
    process = subprocess.Popen(
        [*COMMAND, "sandbox", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment(tmp_path),
    )
    try:
        yield Api(process.stdout.readline().strip(), process.stdout.readline().strip())
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture
def samples(tmp_path, monkeypatch, capsys):
    """A desk with the samples, whose API has the contacts of a sandbox."""
    from bulk_sync.sandbox import seed
    from tests.desk import desk

    with desk(tmp_path, monkeypatch, capsys, seed.contacts()) as at:
        for sample in SAMPLES.iterdir():
            if sample.is_file() and ".results." not in sample.name:
                (at.work / sample.name).write_bytes(sample.read_bytes())
        yield at


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    """A sandbox that holds nobody up."""
    with sandbox(tmp_path, "--writes", "1000/s") as running:
        yield running


class Run:
    """`run(*arguments)` runs bulk-sync in a folder of its own that holds a copy of the samples."""

    def __init__(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "work"
        self.folder.mkdir()
        self._tmp_path = tmp_path
        for sample in SAMPLES.iterdir():
            if sample.is_file() and ".results." not in sample.name:
                (self.folder / sample.name).write_bytes(sample.read_bytes())

    def command(self, *arguments: str, api: Api | None = None) -> dict[str, object]:
        base = ["--base-url", api.url] if api else []
        keys = {"BULK_SYNC_API_KEY": api.key} if api else {}
        return {
            "args": [*COMMAND, *map(str, arguments), *base],
            "cwd": self.folder,
            "env": environment(self._tmp_path, **keys),
        }

    def __call__(
        self, *arguments: str, api: Api | None = None, stdin: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        details = self.command(*arguments, api=api)
        return subprocess.run(**details, input=stdin, capture_output=True, check=False, timeout=60)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)
