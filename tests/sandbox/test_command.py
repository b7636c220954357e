"""`bulk-sync sandbox` as a person or a script starts it."""

import os
import signal
import socket
import subprocess
import sys

import httpx
import pytest
from click.testing import CliRunner

from bulk_sync.cli.sandbox import command

RUN = "from bulk_sync.cli.sandbox import command; command()"


@pytest.fixture
def start():
    processes = []

    def run(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-c", RUN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        processes.append(process)
        return process, process.stdout.readline().rstrip("\n"), process.stdout.readline().rstrip("\n")

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def stop(process, number):
    process.send_signal(number)
    rest, errors = process.communicate(timeout=30)
    return process.returncode, rest, errors


@pytest.mark.skipif(os.name != "posix", reason="signals are sent otherwise on Windows")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_line_is_the_url_the_second_the_key_and_a_signal_ends_it_cleanly(start, number):
    process, url, key = start("--port", "0")
    answer = httpx.post(
        f"{url}/contacts/update", json={"phone": "+11234567890", "status": "DNC"}, headers={"X-API-Key": key}
    )
    assert answer.status_code == 200
    code, rest, errors = stop(process, number)
    assert (code, rest) == (0, "")
    assert "Traceback" not in errors


def test_it_says_what_limits_apply_and_how_to_feel_the_real_ones(start):
    process, _, _ = start("--port", "0", "--key", "gua_12345678_secret")
    errors = stop(process, signal.SIGTERM)[2]
    assert "Limits: 30/s writes and 100/s reads (fixed)." in errors
    assert "The real API allows 30/min writes and 100/min reads" in errors
    assert "--writes 30/min" in errors
    assert "gua_12345678_secret" not in errors
    assert "Warning" not in errors


def test_options_reach_the_server(start, tmp_path):
    people = tmp_path / "people.csv"
    people.write_text("phone,name\n+12025550101,Ann\n")
    database = tmp_path / "state.db"
    arguments = ("--port", "0", "--contacts", str(people), "--db", str(database), "--key", "gua_12345678_secret")
    process, url, key = start(*arguments, "--writes", "2/min", "--clock-skew", "1h", "--latency", "1ms", "--seed", "3")
    assert key == "gua_12345678_secret"
    for expected in (200, 200, 429):
        answer = httpx.post(
            f"{url}/contacts/update", json={"phone": "+12025550101", "status": "DNC"}, headers={"X-API-Key": key}
        )
        assert answer.status_code == expected
    stop(process, signal.SIGTERM)
    process, url, key = start(*arguments)
    shown = httpx.get(f"{url}/contacts", headers={"X-API-Key": key}).json()
    assert [(contact["name"], contact["status"]) for contact in shown["contacts"]] == [("Ann", "DNC")]
    errors = stop(process, signal.SIGTERM)[2]
    assert "people.csv was not read" in errors


def test_an_address_that_others_can_reach_is_served_with_a_warning(start):
    process, url, _ = start("--port", "0", "--host", "0.0.0.0")
    assert httpx.get(url).status_code == 200
    assert "Warning: other machines can reach this sandbox" in stop(process, signal.SIGTERM)[2]


def refused(*arguments):
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return result.output


def test_an_address_that_cannot_be_had_is_one_sentence_and_exit_2():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        output = refused("--port", port)
    assert f"Cannot serve on 127.0.0.1, port {port}" in output
    assert "--port 0" in output
    assert "Cannot serve on 192.0.2.1" in refused("--host", "192.0.2.1", "--port", "0")


def test_a_file_that_cannot_be_used_is_one_sentence_and_exit_2(tmp_path):
    assert "cannot be read" in refused("--port", "0", "--contacts", str(tmp_path / "missing.csv"))
    path = tmp_path / "notes.txt"
    path.write_text("not a database " * 100)
    assert "cannot keep the sandbox's state" in refused("--port", "0", "--db", str(path))


@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("--writes", "30", "is not a rate; write it like 30/min"),
        ("--reads", "0/min", "lets nothing through"),
        ("--faults", "teapot:5%", "is not a fault; choose among"),
        ("--faults", "500:90%,reset:20%", "add up to 110%"),
        ("--latency", "fast", "is not a length of time"),
        ("--latency", "-1s", "is less than no time"),
        ("--clock-skew", "soon", "is not a length of time"),
        ("--limiter", "leaky", "is not one of"),
        ("--revoke-after", "-1", "is not in the range"),
        ("--down-after", "x", "is not a valid integer"),
        ("--port", "70000", "is not in the range"),
        ("--key", "with spaces", "visible ASCII characters"),
        ("--seed", "x", "is not a valid integer"),
    ],
)
def test_an_option_that_cannot_be_followed_is_said_in_words_and_exit_2(option, value, complaint):
    assert complaint in refused("--port", "0", option, value)


def test_without_the_extra_it_says_what_to_install_and_exit_2(monkeypatch):
    monkeypatch.delitem(sys.modules, "bulk_sync.sandbox.serving", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert "pip install 'bulk-sync[sandbox]'" in refused("--port", "0")


def test_help_names_every_fault_and_imports_no_server():
    show = "try: command(['--help'])\nfinally: print(*sys.modules, file=sys.stderr)"
    code = f"import sys\nfrom bulk_sync.cli.sandbox import command\n{show}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    from bulk_sync.sandbox.responses import FAULTS

    assert all(f"{name}:" in done.stdout for name in FAULTS)
    assert not {"uvicorn", "httptools", "uvloop", "starlette"} & set(done.stderr.split())
