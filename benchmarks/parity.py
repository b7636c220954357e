"""Does this tree do what another version does? The same files, options and sequences with both, over real sockets.

    python benchmarks/parity.py VERSION [--only TEXT] [--every N]
    python benchmarks/parity.py --planted

VERSION is anything that git knows (a tag, a commit). The same: results cell for cell but for run, time and sentences,
exit codes, what standard output says in JSON, and the requests that the server saw: writes in their order, and which
reads there were (they go beside the writes, and some are a matter of moments). Sequences are also begun by the other
version and gone on with by this one. `--planted` puts ten faults into a copy of this tree, one at a time, and tells
which are seen.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import openpyxl

from bulk_sync import sandbox
from bulk_sync.sandbox import serving
from bulk_sync.sandbox.serving import App

sys.path.insert(0, str(Path(__file__).parents[1]))  # of this repository, wherever it is called from
from tests.golden_cases import HERE, PHONES, Case, cases

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bulk_sync.sandbox.serving import Receive, Scope, Send

VARIES = {"sync_at", "sync_run", "sync_error"}
"""Columns that are not compared: moments, names of runs, and sentences (which name runs)."""

SENTENCES = {"stopped", "to_go_on", "unchecked", "limit"}
"""What of a summary is for people."""

NEW = re.compile(r"(?!550e8400)[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
"""The ID of a contact that the server has made: a random one, unlike those that it has from the beginning."""

RUN = re.compile(r"\d{8}-\d{6}-[0-9a-z]{4}")


PLAYS = 4
"""So often is a case played by either, until they do the same."""


class Seen(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    files: dict[str, object]
    writes: list[tuple[str, str, object]]
    reads: list[tuple[str, str, object]]


class _Noting(App):
    requests: list[tuple[str, str, object]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""

        async def heard() -> Any:  # noqa: ANN401 -- an ASGI message
            nonlocal body
            message = await receive()
            body += message.get("body", b"")
            return message

        await super().__call__(scope, heard, send)
        query = scope["query_string"].decode()
        self.requests.append((scope["method"], f"{scope['path']}?{query}", json.loads(body) if body else None))


@contextlib.contextmanager
def server() -> Iterator[tuple[serving.Running, list[tuple[str, str, object]]]]:
    """A sandbox with the contacts of the cases, and the requests it gets."""
    requests: list[tuple[str, str, object]] = []
    contacts = [
        sandbox.SandboxContact(phone=phone, status="DNC" if number % 9 == 0 else "active")
        for number, phone in enumerate(PHONES)
    ]
    serving.App = type("Noting", (_Noting,), {"requests": requests})  # type: ignore[misc]
    with sandbox.running(contacts=contacts, options=sandbox.SandboxOptions(limiter="none", seed=1)) as running:
        yield running, requests


def played(case: Case, trees: Sequence[Path]) -> list[Seen]:
    """What each command of a case came to, the first by the first tree, the others by the last."""
    found: list[Seen] = []
    with tempfile.TemporaryDirectory() as name, server() as (running, requests):
        folder = Path(name) / "work"
        folder.mkdir()
        (folder / case.name).write_bytes(case.content)
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("BULK_SYNC", "GUAYABA"))}
        environment |= {
            "BULK_SYNC_API_KEY": running.key, "BULK_SYNC_BASE_URL": running.url, "HOME": name, "XDG_CONFIG_HOME": name,
            "BULK_SYNC_STATE_DIR": str(Path(name) / "state"),
        }  # fmt: skip
        for number, command in enumerate(case.commands):
            tree = trees[0] if number == 0 else trees[-1]
            words = [_filled(word, case, Path(name) / "state") for word in command]
            if words[0] == case.name or words[0] in {"retry", "resume", "undo"}:
                words += ["--concurrency", "1"]
            if words[0] == case.name:
                words += ["--json"]
            done = subprocess.run(
                [sys.executable, "-m", "bulk_sync", *words],
                cwd=folder, env=environment | {"PYTHONPATH": str(tree)}, capture_output=True, timeout=120, check=False,
            )  # fmt: skip
            writes = [each for each in requests if each[0] != "GET"]
            reads = sorted({(method, path, body) for method, path, body in requests if method == "GET"}, key=str)
            found.append(Seen(done.returncode, _plain(done.stdout), _files(folder, case.name), writes, reads))
            requests.clear()
    return found


def _filled(word: str, case: Case, state: Path) -> str:
    runs = sorted(path.name for path in (state / "runs").glob("*")) if (state / "runs").is_dir() else []
    stem, suffix = Path(case.name).stem, Path(case.name).suffix.replace(".xls", ".xlsx").replace(".xlsxx", ".xlsx")
    return word.format(file=case.name, stem=stem, suffix=suffix, run=runs[0] if runs else "none")


def _plain(out: bytes) -> str:
    """What standard output says in JSON, without what is never the same and without sentences; of text, nothing."""
    try:
        said = json.loads(out)
    except ValueError:
        return ""
    if isinstance(said, dict):
        said = {name: value for name, value in said.items() if name not in SENTENCES}
    text = RUN.sub("RUN", json.dumps(said))
    text = re.sub(r"\d{4}-\d\d-\d\d[T ][\d:.]+Z?", "MOMENT", text)
    text = re.sub(r'"(seconds|seconds_left|latency|began|ended|limit)": (\{[^}]*\}|[^,}\n]+)', r'"\1": 0', text)
    return re.sub(r'/tmp/[^\s",]+', "PATH", re.sub(r"127\.0\.0\.1:\d+", "API", text))


def _files(folder: Path, given: str) -> dict[str, object]:
    """What lies in the folder beside the file given, and what stands in it."""
    found: dict[str, object] = {}
    for path in sorted(folder.iterdir()):
        if path.name == given:
            continue
        name = RUN.sub("RUN", path.name)
        found[name] = _of_workbook(path) if path.suffix == ".xlsx" else _of_text(path)
    return found


def _of_workbook(path: Path) -> object:
    sheets = {}
    for sheet in openpyxl.load_workbook(path).worksheets:
        rows = [[(_known(cell.value), cell.number_format) for cell in row] for row in sheet.iter_rows()]
        varies = {at for row in rows for at, (value, _) in enumerate(row) if value in VARIES}
        sheets[sheet.title] = [[cell for at, cell in enumerate(row) if at not in varies] for row in rows]
    return sheets


def _of_text(path: Path) -> object:
    """The bytes, but for the columns that vary, whose cells stand at the end of a line of plain text."""
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        with contextlib.suppress(UnicodeError):
            text = content.decode(encoding)
            if "sync_row" in text:
                break
    else:
        return content
    delimiter = next((each for each in ",;\t|" if f"sync_row{each}sync_result" in text), ",")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False))
    head = next(row for row in rows if "sync_row" in row)
    varies = {at for at, name in enumerate(head) if name in VARIES}
    return encoding, [[_known(cell) for at, cell in enumerate(row) if at not in varies] for row in rows]


def _known(cell: object) -> object:
    return NEW.sub("NEW", cell) if isinstance(cell, str) else cell


def differences(case: Case, old: Path, new: Path) -> list[str]:
    """In what the two differ, as sentences.

    Which reads go beside the writes is a matter of moments, and so is what they find: a case is played up to `PLAYS`
    times by both, and differs if no play of the one is like any play of the other.
    """
    ways = {"": [new]} if len(case.commands) == 1 else {"": [new], " (begun by the other)": [old, new]}
    befores, found = [played(case, [old])], []
    for title, trees in ways.items():
        nows: list[list[Seen]] = []
        told: list[str] = []
        for play in range(PLAYS):
            if play:
                befores.append(played(case, [old]))
            nows.append(played(case, trees))
            told = min((_told(case.title + title, was, now) for was in befores for now in nows), key=len)
            if not told:
                break
        found += told
    return found


def _told(title: str, before: list[Seen], after: list[Seen]) -> list[str]:
    """In what two plays differ, as sentences."""
    return [
        f"{title}, command {number}: {name}: {_first(one, other)}"
        for number, (was, now) in enumerate(zip(before, after, strict=True), start=1)
        for name, one, other in zip(Seen._fields, was, now, strict=True)
        if one != other
    ]


def _first(one: object, other: object) -> str:
    """The first place where two values differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in dict.fromkeys((*one, *other)):
            if one.get(name) != other.get(name):
                return f"{name}: {_first(one.get(name), other.get(name))}"
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        for at, (a, b) in enumerate(zip(one, other, strict=False)):
            if a != b:
                return f"{at}: {_first(a, b)}"
        return f"{len(one)} and {len(other)} of them"
    return f"{str(one)[:300]!r} | {str(other)[:300]!r}"


@contextlib.contextmanager
def checked_out(version: str) -> Iterator[Path]:
    """Another version of the tree, for as long as this lasts."""
    with tempfile.TemporaryDirectory() as name:
        archive = subprocess.run(["git", "archive", version], cwd=HERE, capture_output=True, check=True)
        subprocess.run(["tar", "-x", "-C", name], input=archive.stdout, check=True)
        yield Path(name)


PLANTED = {
    "rows leave in the order of the file": ("plan/planning.py", 'options.order == "safest"', "not options.order"),
    "who is beaten is called a duplicate": ("plan/conflicts.py", "Verdict(Code.SUPERSEDED", "Verdict(Code.DUPLICATE"),
    "a campaign is sent under another name": ("fields.py", 'api_name="campaignId"', 'api_name="campaign"'),
    "accents count in names": ("model.py", 'unicodedata.normalize("NFKD", text.replace("°", "º"))', "text"),
    "an empty cell clears a name": ("model.py", "values.items() if value is not None}", "values.items()}"),
    "cells run as formulas": (
        "results/result_cells.py",
        'return f"\'{cell}" if runs_as_formula(cell) else cell',
        "return cell",
    ),
    "the memory keeps nothing": (
        "dnc_record.py",
        "self._do(lambda memory: memory.asked",
        "(lambda memory: memory.asked",
    ),
    "whether to try again is turned round": ("results/sync_columns.py", "(1 + code.retryable)", "(2 - code.retryable)"),
    "an undo asks nobody": (
        "preflight/policy.py",
        "    unread = [name for name in shown",
        "    return None\n    unread = [name for name in shown",
    ),
    "the guard is off": ("preflight/policy.py", "contact.status not in self.dnc", "contact.status"),
}
"""A fault in words: the file, what stands there, and what is put in its place."""


def planted() -> bool:
    """Tell of each planted fault whether it is seen; whether all are."""
    all_seen = True
    for title, (name, right, wrong) in PLANTED.items():
        with checked_out("HEAD") as tree:
            path = tree / "bulk_sync" / name
            text = path.read_text(encoding="utf-8")
            assert right in text, (name, right)
            path.write_text(text.replace(right, wrong), encoding="utf-8")
            seen = next((found for case in cases()[::-1] for found in differences(case, HERE, tree)), None)
        print(f"{title}: {seen or 'NOT SEEN'}", flush=True)
        all_seen = all_seen and seen is not None
    return all_seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("version", nargs="?", default="HEAD")
    parser.add_argument("--only", default="")
    parser.add_argument("--every", type=int, default=1, help="of so many cases, one")
    parser.add_argument("--planted", action="store_true")
    given = parser.parse_args()
    if given.planted:
        sys.exit(not planted())
    some = [case for case in cases() if given.only in case.title][:: given.every]
    wrong = 0
    with checked_out(given.version) as old:
        for case in some:
            for sentence in differences(case, old, HERE):
                wrong += 1
                print(sentence, flush=True)
    sequences = sum(len(case.commands) > 1 for case in some)
    print(f"{len(some) - sequences} files with options and {sequences} sequences: {wrong} differences")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
