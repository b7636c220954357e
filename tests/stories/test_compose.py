"""samples/fleet: its services depend on services that there are, and its commands are commands of ours."""

import shlex
import tomllib

import click
import yaml

from bulk_sync.cli.configured import HELP_OPTIONS
from bulk_sync.cli.root import root
from tests.stories.conftest import SAMPLES

FLEET = SAMPLES / "fleet"
COMPOSE = yaml.safe_load((FLEET / "compose.yaml").read_text("utf-8"))
SERVICES = COMPOSE["services"]

KNOWN = {
    "build", "command", "depends_on", "environment", "healthcheck", "image", "network_mode", "restart",
    "stop_grace_period", "volumes",
}  # fmt: skip
"""What the compose specification knows of a service, as far as it is used."""


def commands():
    for service in SERVICES.values():
        words = shlex.split(service.get("command", ""))
        parts = words[2].split("&&") if words[:2] == ["sh", "-c"] else [shlex.join(words)]
        yield from (shlex.split(part) for part in parts if part.strip())


def parsed(words):
    """The context in which a command would be run; click raises where it cannot be understood."""
    command, context = (
        root,
        click.Context(root, help_option_names=HELP_OPTIONS["help_option_names"]),
    )  # click keeps what help is called
    words = words[1:]
    while isinstance(command, click.Group):
        name, command, words = command.resolve_command(context, words)
        context = click.Context(command, parent=context, info_name=name)
    command.make_parser(context).parse_args(list(words))
    return name


def test_its_commands_are_commands_of_ours():
    names = [parsed(words) for words in commands()]
    assert names.count("worker") == 3
    assert {"sandbox", "migrate", "submit"} <= set(names)


def test_its_services_say_what_the_specification_knows_and_name_each_other():
    assert set(COMPOSE) - {name for name in COMPOSE if name.startswith("x-")} == {"name", "services"}
    for service in SERVICES.values():
        assert set(service) <= KNOWN
        assert ("build" in service) != ("image" in service)
        others = {*service.get("depends_on", ()), service.get("network_mode", "service:red").removeprefix("service:")}
        assert others <= set(SERVICES)
        for volume in service.get("volumes", ()):
            assert (FLEET / volume.partition(":")[0]).is_file()


def test_its_workers_have_the_keys_of_its_apis():
    settings = tomllib.loads((FLEET / "bulk-sync.toml").read_text("utf-8"))
    for name, profile in settings["profile"].items():
        key = (FLEET / f"{name}.key").read_text("utf-8").strip()
        assert f"--key {key}" in SERVICES[name]["command"]
        assert profile["base_url"].rpartition(":")[2] in SERVICES[name]["command"]
        assert profile["key_file"] == f"/keys/{name}.key"
