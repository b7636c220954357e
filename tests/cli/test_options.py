"""bulk_sync/cli: flags, environment and files become settings, in this order."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from bulk_sync.cli import COMPLETION, main
from bulk_sync.cli.options import GROUPS
from bulk_sync.cli.root import root, run_root
from bulk_sync.errors import BadConfiguration, BadInput
from bulk_sync.ledger import Ledger
from bulk_sync.ratelimit.rate import Rate
from bulk_sync.report.summary import Summary


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """`asked(*arguments)` are the settings that the command would run with."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("c.csv", "contacts.csv"):
        (tmp_path / name).touch()
    seen = []

    def run(settings, observer):
        seen.append(settings)
        return Summary(
            "run", settings.input, Path("out.csv"), True, 0, {}, 0, {}, "safest", 0, 0.0, exit_code=0
        )  # what it says is not looked at

    monkeypatch.setattr("bulk_sync.job.run", run)

    def ask(*arguments, code=0, **environment):
        done = CliRunner(env=environment).invoke(root, list(arguments), catch_exceptions=isinstance(code, int))
        assert done.exit_code == code, done.output
        return seen[-1] if seen else done.output

    ask.folder = tmp_path
    return ask


def test_a_file_is_what_is_run(asked):
    settings = asked("contacts.csv")
    assert (settings.input, settings.region, settings.rate, settings.concurrency) == ("contacts.csv", "US", None, 32)


def test_flags_are_understood(asked):
    settings = asked(
        "c.csv", "-n", "--rate", "10/s", "--map", "status=Call outcome", "--map", "var.Email=E", "--max-errors", "7"
    )
    assert settings.dry_run
    assert settings.rate == Rate(10, 1.0)
    assert settings.columns == {"status": "Call outcome", "var.Email": "E"}
    assert settings.max_errors == "7"


def test_a_flag_beats_the_environment_which_beats_the_working_folder_which_beats_the_user(asked):
    (asked.folder / "config" / "bulk-sync").mkdir(parents=True)
    (asked.folder / "config" / "bulk-sync" / "bulk-sync.toml").write_text(
        'region = "MX"\nsheet = "mine"\norder = "file"\n'
    )
    (asked.folder / "bulk-sync.toml").write_text('region = "ES"\nsheet = "here"\n')

    assert asked("c.csv").region == "ES"
    assert asked("c.csv").sheet == "here"
    assert asked("c.csv").order == "file"
    assert asked("c.csv", BULK_SYNC_REGION="FR").region == "FR"
    assert asked("c.csv", "--region", "GB", BULK_SYNC_REGION="FR").region == "GB"


def test_columns_can_be_chosen_in_the_environment_and_in_a_file(asked):
    assert asked("c.csv", BULK_SYNC_MAP="phone=Mobile Phone;status=B").columns == {
        "phone": "Mobile Phone",
        "status": "B",
    }
    (asked.folder / "bulk-sync.toml").write_text('on-conflict = "error"\n[map]\nstatus = "Outcome"\n')
    settings = asked("c.csv")
    assert settings.columns == {"status": "Outcome"}
    assert settings.on_conflict == "error"


def test_the_base_url_is_not_taken_from_the_working_folder(asked):
    (asked.folder / "bulk-sync.toml").write_text('base_url = "https://example.com"\n')
    with pytest.raises(BadConfiguration, match="whoever writes that file"):
        asked("c.csv", code=None)


@pytest.mark.parametrize("text", ['colour = "red"', "region = ", "\x00"])
def test_a_file_that_nobody_can_follow_is_refused(asked, text):
    (asked.folder / "bulk-sync.toml").write_text(text)
    with pytest.raises(BadConfiguration, match=r"bulk-sync\.toml"):
        asked("c.csv", code=None)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--rate", "fast"],
        ["--map", "phone"],
        ["--map", "colour=B"],
        ["--max-errors", "many"],
        ["--concurrency", "0"],
        ["--order", "backwards"],
        ["--nonsense"],
    ],
)
def test_an_option_that_makes_no_sense_is_bad_usage(asked, arguments):
    asked("c.csv", *arguments, code=2)


def test_json_and_results_cannot_both_go_to_standard_output(asked):
    assert "-o" in asked("-", "--json", code=2)
    assert asked("-", "--json", "-o", "out.csv").input == "-"


def test_machines_get_json(asked, monkeypatch):
    asked("c.csv")
    done = CliRunner().invoke(root, ["c.csv", "--json", "-q"])
    assert json.loads(done.stdout)["exit_code"] == 0


@pytest.mark.parametrize(("arguments", "code", "stream"), [(["--help"], 0, "out"), (["-h"], 0, "out"), ([], 2, "err")])
def test_the_help_is_no_success_where_a_file_was_forgotten(monkeypatch, capsys, arguments, code, stream):
    monkeypatch.setattr("sys.argv", ["bulk-sync", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    said = getattr(capsys.readouterr(), stream)
    assert said.startswith("Usage: bulk-sync FILE" if arguments else "bulk-sync updates the contacts")
    assert arguments or len(said.splitlines()) <= 15


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (BadInput("No such file."), 2, "Error: No such file."),
        (BadConfiguration("No key."), 4, "Error: No key."),
        (
            KeyboardInterrupt(),
            130,
            "Interrupted. What was sent before, if anything, is recorded; the same command continues with the rest.",
        ),
    ],
)
def test_what_ends_a_command_is_one_sentence_and_a_code(monkeypatch, tmp_path, capsys, error, code, said):
    monkeypatch.chdir(tmp_path)
    Path("c.csv").touch()

    def run(settings, observer):
        raise error

    monkeypatch.setattr("bulk_sync.job.run", run)
    monkeypatch.setattr("sys.argv", ["bulk-sync", "c.csv"])
    with pytest.raises(SystemExit) as ended:
        run_root()
    assert ended.value.code == code
    assert capsys.readouterr().err.strip() == said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["help"], "help is not a command, and there is no file with that name. Did you mean: bulk-sync --help"),
        (["histroy"], "histroy is not a command, and there is no file with that name. Did you mean: bulk-sync history"),
        (["retri", "c.csv"], "Did you mean: bulk-sync retry c.csv"),
        (["contcts.csv"], "There is no file contcts.csv. Did you mean contacts.csv?"),
        (["--dry-run", "contcts.csv"], "There is no file contcts.csv. Did you mean contacts.csv?"),
        (["retry", "contacts.cvs"], "There is no file contacts.cvs. Did you mean contacts.csv?"),
        (["dnc", "check", "nobody"], "There is no file nobody. Check the name and the folder"),
        (["nobody"], "There is no file nobody. Check the name and the folder"),
    ],
)
def test_a_mistyped_command_and_a_mistyped_file_are_told_from_each_other(asked, arguments, said):
    with pytest.raises(BadInput) as refused:
        asked(*arguments, code=None)
    assert said in str(refused.value)


def test_an_unknown_variable_is_refused_and_the_known_ones_are_named(asked):
    with pytest.raises(BadConfiguration, match=r"BULK_SYNC_MAX_STPO is not known\. Did you mean BULK_SYNC_MAX_STOP\?"):
        asked("c.csv", code=None, BULK_SYNC_MAX_STPO="5")
    with pytest.raises(BadConfiguration, match=r"--yes must be given on the command line"):
        asked("c.csv", code=None, BULK_SYNC_YES="1")
    assert asked("c.csv", BULK_SYNC_MAX_STOP="5").max_stop == "5"
    if os.name == "posix":  # elsewhere, variables have no small letters
        with pytest.raises(BadConfiguration, match=r"Did you mean BULK_SYNC_MAX_STOP\?"):
            asked("c.csv", code=None, Bulk_Sync_Max_Stop="5")


def test_a_bad_value_in_a_variable_names_the_variable(asked):
    assert "the environment variable BULK_SYNC_RATE" in asked("c.csv", code=2, BULK_SYNC_RATE="fast")


def test_an_unknown_key_in_a_settings_file_names_the_nearest(asked):
    (asked.folder / "bulk-sync.toml").write_text('order = "file"\nrgion = "DE"\n')
    with pytest.raises(BadConfiguration, match=r"line 2: rgion is not an option\. Did you mean region\?"):
        asked("c.csv", code=None)


def test_a_settings_file_may_begin_with_what_notepad_puts_before_a_text(asked):
    (asked.folder / "bulk-sync.toml").write_text('region = "DE"\n', "utf-8-sig")
    assert asked("c.csv").region == "DE"


def test_every_option_of_a_run_has_its_place_in_the_help():
    names = [name for group in GROUPS.values() for name in group]
    assert sorted(names) == sorted(set(names))
    shown = {param.name for param in root.get_command(None, "run").params if param.name != "file" and not param.hidden}
    assert shown == set(names) - {"new_key"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_shells_complete_commands_options_and_the_names_of_runs(monkeypatch, tmp_path, shell):
    script = CliRunner().invoke(root, ["completion", shell], prog_name="bulk-sync")
    assert script.exit_code == 0
    assert f"{shell}_complete" in script.output
    monkeypatch.setenv("BULK_SYNC_STATE_DIR", str(tmp_path))
    with Ledger.create(tmp_path, "20261127-101010-abcd", {"input": "contacts.csv"}):
        pass

    def completed(*words):
        at = {"bash": "\n", "zsh": "\n", "fish": " ", "powershell": "\n"}[shell].join(("bulk-sync", *words))
        count = len(words) if shell in {"bash", "zsh"} else words[-1]
        environment = {"COMP_WORDS": at, "COMP_CWORD": str(count), "COMP_WORD": words[-1]}
        done = CliRunner(env={COMPLETION: f"{shell}_complete", **environment}).invoke(root, [], prog_name="bulk-sync")
        return done.output

    assert "resume" in completed("res")
    assert "--dry-run" in completed("c.csv", "--dr")
    assert "20261127-101010-abcd" in completed("resume", "2026")
