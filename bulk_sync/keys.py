"""The API key: in the environment, in a file that it names, or in the system's keyring; never in a flag.

Accounts have names: `[profile.NAME]` in the user's own settings says an address and where its key is.
"""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bulk_sync.errors import BadConfiguration
from bulk_sync.toml_files import own_settings, read_toml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

KEY_VARIABLES = ("BULK_SYNC_API_KEY", "GUAYABA_API_KEY")
SERVICE = "bulk-sync"
"""What the keyring knows our keys by."""

KEY_FILE_VARIABLE = "BULK_SYNC_API_KEY_FILE"

LONGEST_FILE = 65_536
"""Characters of a file that are read as a key."""


_OF_A_PROFILE = {"base_url": str, "key_file": str}
"""What a profile may say, and as what type. Without `key_file`, its key is in the system's keyring."""


@dataclass(frozen=True, slots=True)
class Profile:
    """An account. `base_url`: None where it is the usual one; `key_file`: None where the keyring has the key."""

    name: str
    base_url: str | None = None
    key_file: Path | None = None

    @property
    def entry(self) -> str:
        """The name under which the keyring has its key."""
        return f"profile:{self.name}"


def find_profile(name: str) -> Profile:
    """The profile of that name. Raises BadConfiguration, which names those that there are or the line at fault."""
    path = own_settings()
    given = read_toml(path).get("profile")
    profiles = given.value if given else {}
    if given and not (isinstance(profiles, dict) and all(isinstance(each, dict) for each in profiles.values())):
        raise BadConfiguration(
            f"{given.place}: a profile is a table. Write [profile.NAME], and below it base_url = …; to use it, add "
            "--profile NAME to the command, or set BULK_SYNC_PROFILE. Nothing was sent."
        )
    if name not in profiles:
        listed = f"Profiles: {', '.join(sorted(profiles))}." if profiles else "It has no profiles."
        raise BadConfiguration(f"There is no profile {name} in {path}. {listed} Nothing was sent.")
    found = profiles[name]
    for key, value in found.items():
        if key not in _OF_A_PROFILE or not isinstance(value, _OF_A_PROFILE[key]):
            raise BadConfiguration(
                f"{path}: [profile.{name}] cannot have {key} = {value!r}. A profile has base_url and key_file, each a "
                "text in quotes; without key_file its key is kept by: bulk-sync login --profile " + name
            )
    file = found.get("key_file")
    return Profile(name, found.get("base_url"), Path(file).expanduser() if file else None)


def profile_names() -> list[str]:
    """The names of all profiles. Raises BadConfiguration where the settings cannot be read."""
    given = read_toml(own_settings()).get("profile")
    return sorted(given.value) if given and isinstance(given.value, dict) else []


def address_of(profile: str | None, base_url: str, usual: str) -> str:
    """The address of a profile, or the one given where there is none. `usual`: the one that counts as not given.

    Raises BadConfiguration where another one is given beside the profile: nothing may be written to the wrong team.
    """
    if profile is None:
        return base_url
    own = find_profile(profile).base_url or usual
    if base_url not in {usual, own}:
        raise BadConfiguration(
            f"Nothing was sent: profile {profile} is for {own}, and the address given is {base_url}. Leave one out."
        )
    return own


def find_key(base_url: str, profile: str | None = None) -> tuple[str, str]:
    """The API key, and where it was found, in words. Raises BadConfiguration where there is none."""
    if found := sought_key(base_url, profile):
        return found
    if profile is not None:
        raise BadConfiguration(
            f"There is no API key for profile {profile}. Keep one in the keyring: bulk-sync login --profile {profile}, "
            "or give the profile a key_file."
        )
    raise BadConfiguration(
        f"There is no API key. Set {KEY_VARIABLES[0]}, or {KEY_FILE_VARIABLE} to a file that holds it, or keep it in "
        f"the keyring: bulk-sync login (or keyring set {SERVICE} {base_url}). To try without a key: --sandbox, or "
        "--dry-run."
    )


def sought_key(base_url: str, profile: str | None = None) -> tuple[str, str] | None:
    """The same: that of the profile, else from the environment, the file that it names, or the system's keyring.

    None where there is none. Raises BadConfiguration for a key that cannot be used.
    """
    given = _key_in_environment()
    if profile is None:
        found = given or _key_in_keyring(base_url)
    else:
        found = _key_of(find_profile(profile))
        if given is not None and (found is None or given[0].strip() != found[0].strip()):
            raise BadConfiguration(
                f"Nothing was sent: {given[1]} gives another key than profile {profile} has, which may be that "
                "of another team. Remove the variable, or leave out the profile."
            )
    return (checked_key(found[0]), found[1]) if found else None


def checked_key(text: str) -> str:
    """A key without the line break around it. Raises BadConfiguration, which does not repeat the key."""
    key = text.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise BadConfiguration("The API key is empty, or holds blanks or characters that no key has. Copy it again.")
    return key


def keep_key(base_url: str, profile: str | None, text: str) -> str:
    """Keep a key in the system's keyring; whose it is, in words. Raises BadConfiguration."""
    key, (entry, place) = checked_key(text), _entry(base_url, profile)
    with _keyring() as keyring:
        keyring.set_password(SERVICE, entry, key)
    return place


def forget_key(base_url: str, profile: str | None) -> str:
    """Remove a key from the system's keyring; whose it was, in words. Raises BadConfiguration."""
    entry, place = _entry(base_url, profile)
    with _keyring() as keyring:
        if keyring.get_password(SERVICE, entry) is None:
            raise BadConfiguration(f"The keyring has no key for {place}.")
        keyring.delete_password(SERVICE, entry)
    return place


def _entry(base_url: str, profile: str | None) -> tuple[str, str]:
    """The name of a key in the keyring, and whose it is, in words."""
    return (base_url, base_url) if profile is None else (find_profile(profile).entry, f"profile {profile}")


def _key_in_environment() -> tuple[str, str] | None:
    for name in KEY_VARIABLES:
        if text := os.environ.get(name):
            return text, f"the environment variable {name}"
    path = os.environ.get(KEY_FILE_VARIABLE)
    return _key_in_file(Path(path), KEY_FILE_VARIABLE) if path else None


def _key_of(profile: Profile) -> tuple[str, str] | None:
    if profile.key_file is not None:
        return _key_in_file(profile.key_file, f"key_file of profile {profile.name}")
    return _key_in_keyring(profile.entry)


def _key_in_file(path: Path, named_by: str) -> tuple[str, str]:
    try:
        with path.expanduser().open(encoding="utf-8-sig") as file:
            return file.read(LONGEST_FILE), f"the file that {named_by} names"
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise BadConfiguration(f"{named_by} names {path}, which cannot be read: {reason}.") from None


def _key_in_keyring(entry: str) -> tuple[str, str] | None:
    text = _ask_keyring(entry) if _may_have_keyring() else None
    return (text, "the system's keyring") if text else None


def _ask_keyring(entry: str) -> str | None:
    with contextlib.suppress(BadConfiguration), _keyring() as keyring:
        text: str | None = keyring.get_password(SERVICE, entry)
        return text
    return None


@contextlib.contextmanager
def _keyring() -> Iterator[ModuleType]:
    """The keyring. Raises BadConfiguration where there is none."""
    try:
        import keyring  # noqa: PLC0415  # slow to import, and seldom needed

        yield keyring
    except BadConfiguration:
        raise
    except Exception as error:  # noqa: BLE001 -- a kind of keyring that somebody chose may raise anything when loaded
        raise BadConfiguration(
            f"This computer has no keyring that can be used ({type(error).__name__}). Write the key into a file that "
            f"only you can read, and set {KEY_FILE_VARIABLE} to its path."
        ) from None


def _may_have_keyring() -> bool:
    """Whether it is worth a tenth of a second to look: on Linux, keyrings are reached over a session's D-Bus.

    Unless somebody has chosen another kind, by the environment, in keyring's own file or by installing one.
    """
    if not sys.platform.startswith("linux") or "keyring" in sys.modules:
        return True
    runtime = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    chosen = any(os.environ.get(name) for name in ("DBUS_SESSION_BUS_ADDRESS", "PYTHON_KEYRING_BACKEND"))
    if chosen or Path(runtime, "bus").exists() or find_spec("keyrings") is not None:
        return True
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return (folder / "python_keyring" / "keyringrc.cfg").exists()
