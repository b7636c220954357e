"""A PostgreSQL server of the tests' own: on a free port, as an unprivileged user, in a temporary folder."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

INSTALL = "PostgreSQL is not installed, and these tests need it. On Debian: apt-get install postgresql"

QUICK = ("fsync=off", "synchronous_commit=on", "full_page_writes=off", "max_connections=200", "shared_buffers=16MB")


def programs() -> Path:
    """Where initdb and pg_ctl are; the newest. Fails where they are not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    assert found or on_path, INSTALL
    return (found[-1] if found else Path(on_path)).parent


@dataclass
class Server:
    folder: Path
    port: int

    @property
    def address(self) -> str:
        return f"postgresql://owner:s3cret-word@127.0.0.1:{self.port}"

    def run(self, program, *arguments):
        """Run one of PostgreSQL's programs; as root it refuses."""
        user = {"user": "nobody", "group": "nogroup", "extra_groups": ()} if os.geteuid() == 0 else {}
        command = [programs() / program, *arguments]
        with (self.folder / "said").open("a") as said:
            done = subprocess.run(command, **user, stdout=said, stderr=said, cwd=self.folder, check=False)
        assert done.returncode == 0, (self.folder / "said").read_text()

    def make(self):
        if os.geteuid() == 0:
            shutil.chown(self.folder, "nobody", "nogroup")
        secret = self.folder / "secret"
        secret.write_text("s3cret-word")
        secret.chmod(0o644)
        self.run(
            "initdb", "-D", self.data, "-U", "owner", "-A", "scram-sha-256", "--pwfile", secret, "--no-sync",
            "-E", "UTF8", "--locale", "C.UTF-8",
        )  # fmt: skip
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.write(f"port={self.port}\nlisten_addresses='127.0.0.1'\nunix_socket_directories=''\n")
            settings.writelines(f"{line}\n" for line in QUICK)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self):
        self.run("pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "start")

    def stop(self, mode="immediate"):
        """Stop it, as a crash would."""
        self.run("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    @contextlib.contextmanager
    def away(self):
        """It is stopped while this lasts."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def database(self, name: str) -> str:
        """The address of a new database."""
        import psycopg

        with psycopg.connect(f"{self.address}/postgres", autocommit=True) as db:
            db.execute(f"CREATE DATABASE {name}")
        return f"{self.address}/{name}"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@contextlib.contextmanager
def running():
    """A server for as long as this lasts."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp"))
    folder.chmod(0o755)
    server = Server(folder, free_port())
    try:
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def eventually(holds, seconds=20.0):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)
    return found
