"""Accounts by name: `[profile.NAME]` in the user's own settings says an address and where its key is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bulk_sync.errors import BadConfiguration
from bulk_sync.toml_files import own_settings, read_toml

_KEYS = {"base_url": str, "key_file": str}
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
        raise BadConfiguration(f"{given.place}: a profile is a table. Write [profile.NAME], and below it base_url = …")
    if name not in profiles:
        listed = f"Profiles: {', '.join(sorted(profiles))}." if profiles else "It has no profiles."
        raise BadConfiguration(f"There is no profile {name} in {path}. {listed} Nothing was sent.")
    found = profiles[name]
    for key, value in found.items():
        if key not in _KEYS or not isinstance(value, _KEYS[key]):
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
