"""The API key: in the environment, in a file that it names, or in the system's keyring; never in a flag."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from bulk_sync.errors import BadConfiguration

KEY_VARIABLES = ("BULK_SYNC_API_KEY", "GUAYABA_API_KEY")
KEY_FILE_VARIABLE = "BULK_SYNC_API_KEY_FILE"

LONGEST_FILE = 65_536
"""Characters of a file that are read as a key."""


def find_key(base_url: str) -> str:
    """The API key: from the environment, the file that it names, or the system's keyring. Raises BadConfiguration."""
    found = sought_key(base_url)
    if found is None:
        raise BadConfiguration(
            f"There is no API key. Set {KEY_VARIABLES[0]}, or {KEY_FILE_VARIABLE} to a file that holds it, or keep it "
            f"in the keyring: keyring set bulk-sync {base_url}. To try without a key: --sandbox, or --dry-run."
        )
    return checked_key(found[0])


def sought_key(base_url: str) -> tuple[str, str] | None:
    """A key as it was found, and where, in words; None where there is none. Raises BadConfiguration."""
    for name in KEY_VARIABLES:
        if text := os.environ.get(name):
            return text, f"the environment variable {name}"
    if text := _key_from_file():
        return text, f"the file that {KEY_FILE_VARIABLE} names"
    text = _ask_keyring(base_url) if _may_have_keyring() else None
    return (text, "the system's keyring") if text else None


def key_place(base_url: str) -> str | None:
    """Where the key was found, in words; None where there is none. Raises BadConfiguration."""
    found = sought_key(base_url)
    return found[1] if found else None


def checked_key(text: str) -> str:
    """A key without the line break around it. Raises BadConfiguration, which does not repeat the key."""
    key = text.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise BadConfiguration("The API key holds blanks or characters that no key has. Copy it again.")
    return key


def _key_from_file() -> str | None:
    path = os.environ.get(KEY_FILE_VARIABLE)
    if not path:
        return None
    try:
        with Path(path).expanduser().open(encoding="utf-8-sig") as file:
            return file.read(LONGEST_FILE)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise BadConfiguration(f"{KEY_FILE_VARIABLE} names {path}, which cannot be read: {reason}.") from None


def _ask_keyring(base_url: str) -> str | None:
    import keyring  # noqa: PLC0415  # slow to import, and seldom needed
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        return keyring.get_password("bulk-sync", base_url)
    except KeyringError:
        return None


def _may_have_keyring() -> bool:
    """Whether it is worth a tenth of a second to look: on Linux, keyrings are reached over a session's D-Bus.

    Unless somebody has chosen another kind, by the environment, in keyring's own file or by installing one.
    """
    if not sys.platform.startswith("linux") or "keyring" in sys.modules:
        return True
    runtime = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    chosen = any(os.environ.get(name) for name in ("DBUS_SESSION_BUS_ADDRESS", "PYTHON_KEYRING_BACKEND"))
    return chosen or Path(runtime, "bus").exists() or _has_keyring_of_its_own(find_spec("keyrings"))


def _has_keyring_of_its_own(plugins: object) -> bool:
    """Whether there are backends besides keyring's own, or a file that chooses one."""
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return plugins is not None or (folder / "python_keyring" / "keyringrc.cfg").exists()
