"""samples/schedules: each is what its own tool takes, and its commands are commands of ours."""

import re
import shlex
import shutil
import subprocess
from xml.etree import ElementTree

import crontab
import pytest

from bulk_sync.cli import inbox, run
from tests.stories.conftest import SAMPLES

SCHEDULES = SAMPLES / "schedules"
UNITS = ("bulk-sync.service", "bulk-sync.timer", "bulk-sync-inbox.service")

DURATION = r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?"
BOOLEAN = "true|false"
RULES = {
    "Task": {"RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"},
    "RegistrationInfo": {"Description"},
    "Description": ".+",
    "Triggers": {"CalendarTrigger"},
    "CalendarTrigger": ["StartBoundary", "Repetition", "ScheduleByDay"],
    "StartBoundary": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
    "Repetition": {"Interval", "Duration"},
    "Interval": DURATION,
    "Duration": DURATION,
    "ScheduleByDay": {"DaysInterval"},
    "DaysInterval": "[1-9]|[1-9][0-9]",
    "Principals": {"Principal"},
    "Principal": {"LogonType", "RunLevel"},
    "LogonType": "S4U|Password|InteractiveToken|InteractiveTokenOrPassword",
    "RunLevel": "LeastPrivilege|HighestAvailable",
    "Settings": {
        "MultipleInstancesPolicy", "DisallowStartIfOnBatteries", "StopIfGoingOnBatteries", "StartWhenAvailable",
        "RunOnlyIfNetworkAvailable", "ExecutionTimeLimit",
    },
    "MultipleInstancesPolicy": "Parallel|Queue|IgnoreNew|StopExisting",
    "DisallowStartIfOnBatteries": BOOLEAN,
    "StopIfGoingOnBatteries": BOOLEAN,
    "StartWhenAvailable": BOOLEAN,
    "RunOnlyIfNetworkAvailable": BOOLEAN,
    "ExecutionTimeLimit": DURATION,
    "Actions": {"Exec"},
    "Exec": {"Command", "Arguments", "WorkingDirectory"},
    "Command": ".{1,260}",
    "Arguments": ".+",
    "WorkingDirectory": ".{1,260}",
}  # fmt: skip
"""What the schema of the Task Scheduler ([MS-TSCH] 2.5) says of the parts that are used: which elements an element
holds, in any order (a set) or in this one (a list), or how its text looks."""

NAMESPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


def understood(arguments: list[str]) -> dict[str, object]:
    """The options of a command line of ours, which there must be."""
    command, name = (inbox.command, "inbox") if arguments[0] == "inbox" else (run.command, "run")
    with command.make_context(name, arguments[1:] if name == "inbox" else arguments) as context:
        assert context.params["quiet"]
        assert context.params["ok_with_row_errors"]
        assert not context.params["notify"], "an address on a command line can be read by others"
        return context.params


@pytest.fixture(autouse=True)
def no_settings(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def test_cron_takes_the_crontab_and_mails_only_what_matters():
    path = SCHEDULES / "bulk-sync.crontab"
    table = crontab.CronTab(tabfile=str(path))
    jobs = list(table.crons)
    assert len(jobs) == len([line for line in path.read_text().splitlines() if re.match(r"[0-9*]", line)]) == 2
    assert all(job.is_valid() for job in jobs)
    assert [str(job.slices) for job in jobs] == ["30 20 * * *", "*/10 8-18 * * 1-5"]
    assert set(table.env) == {"MAILTO", "BULK_SYNC_API_KEY_FILE"}
    for job in jobs:
        program, *arguments = shlex.split(job.command)
        assert program.endswith("/bin/bulk-sync")
        assert "%" not in job.command  # which is a line break to cron
        understood(arguments)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="this system has no systemd")
def test_systemd_takes_the_units(tmp_path):
    for name in UNITS:
        text = (SCHEDULES / name).read_text().replace("/opt/bulk-sync/.venv/bin/bulk-sync", "/bin/true")
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in UNITS)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    done = subprocess.run(["systemd-analyze", "calendar", "*-*-* 20:30:00"], capture_output=True, check=False)
    assert done.returncode == 0
    assert "OnCalendar=*-*-* 20:30:00" in (SCHEDULES / "bulk-sync.timer").read_text()


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_the_units_say_what_we_understand(name):
    [line] = re.findall(r"^ExecStart=(.*)", (SCHEDULES / name).read_text(), re.MULTILINE)
    understood(shlex.split(line)[1:])


def test_the_task_scheduler_takes_the_task():
    content = (SCHEDULES / "bulk-sync.xml").read_bytes()
    assert content.isascii()
    assert b"encoding=" not in content
    root = ElementTree.fromstring(content)
    assert (root.tag, root.attrib) == (f"{NAMESPACE}Task", {"version": "1.2"})
    for element in root.iter():
        name, children = element.tag.removeprefix(NAMESPACE), [child.tag.removeprefix(NAMESPACE) for child in element]
        rule = RULES[name]
        if isinstance(rule, str):
            assert re.fullmatch(rule, element.text), name
            assert not children
        else:
            assert len(set(children)) == len(children)
            assert children == rule if isinstance(rule, list) else set(children) <= rule, name
    principals = {each.get("id") for each in root.iter(f"{NAMESPACE}Principal")}
    assert root.find(f"{NAMESPACE}Actions").get("Context") in principals
    arguments = root.find(f".//{NAMESPACE}Arguments").text
    options = understood(shlex.split(arguments.replace("\\", "/")))
    assert options["once"]


def test_every_schedule_is_checked():
    assert {path.name for path in SCHEDULES.iterdir()} == {*UNITS, "bulk-sync.crontab", "bulk-sync.xml"}
