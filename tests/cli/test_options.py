"""bulk_sync/cli: flags, environment and files become settings, in this order."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bulk_sync.cli import main
from bulk_sync.cli.root import root, run_root
from bulk_sync.errors import BadConfiguration, BadInput
from bulk_sync.ratelimit.rate import Rate
from bulk_sync.report.summary import Summary


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """`asked(*arguments)` are the settings that the command would run with."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
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
    assert getattr(capsys.readouterr(), stream).startswith("Usage: bulk-sync FILE")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (BadInput("No such file."), 2, "Error: No such file."),
        (BadConfiguration("No key."), 4, "Error: No key."),
        (
            KeyboardInterrupt(),
            130,
            "Interrupted. What was sent before, if anything, is recorded; the same command goes on with the rest.",
        ),
    ],
)
def test_what_ends_a_command_is_one_sentence_and_a_code(monkeypatch, capsys, error, code, said):
    def run(settings, observer):
        raise error

    monkeypatch.setattr("bulk_sync.job.run", run)
    monkeypatch.setattr("sys.argv", ["bulk-sync", "c.csv"])
    with pytest.raises(SystemExit) as ended:
        run_root()
    assert ended.value.code == code
    assert capsys.readouterr().err.strip() == said
