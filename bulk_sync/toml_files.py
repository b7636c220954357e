"""Files in TOML that people write: what they give, and on which line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bulk_sync.errors import BadConfiguration

if TYPE_CHECKING:
    from pathlib import Path

CONFIG_NAME = "bulk-sync.toml"


@dataclass(frozen=True, slots=True)
class Given:
    """An option that a settings file gives: its value as TOML has it, the file and the line (from 1)."""

    value: Any
    path: Path
    line: int

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return f"{self.path}, line {self.line}"

    def place_of(self, table: str, key: str) -> str:
        """Where a key of a table stands, in words; where it is not seen, the place of the first line."""
        text = self.path.read_text(encoding="utf-8-sig")
        start = max(0, text.find(f"{table}]"))
        line = text.count("\n", 0, start) + line_of(text[start:], key)
        return f"{self.path}, line {line if line > 1 else self.line}"


def own_settings() -> Path:
    """Where the user's own settings are, whether there are any or not. Raises BadConfiguration."""
    return own_folder("user_config_path") / CONFIG_NAME


def own_folder(kind: str) -> Path:
    """A folder of the user's, by platformdirs' name for it. Raises BadConfiguration where no home is known."""
    import platformdirs  # noqa: PLC0415  # only where it is needed

    try:
        found: Path = getattr(platformdirs, kind)("bulk-sync", appauthor=False)
    except RuntimeError:  # a container's user, of whom the system knows a number only
        raise BadConfiguration(
            "The home folder of this user is not known, so nothing was sent. Set HOME to a folder; or XDG_CONFIG_HOME "
            "(for settings) and BULK_SYNC_STATE_DIR (for the record of runs)."
        ) from None
    return found


def read_toml(path: Path) -> dict[str, Given]:
    """What a file gives, by name with underscores; nothing where there is no file. Raises BadConfiguration."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # what Notepad puts before it is none of ours
        import tomllib  # noqa: PLC0415  # few have such a file

        found = tomllib.loads(text)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except RecursionError:
        raise BadConfiguration(f"{path} cannot be used: it is nested too deeply.") from None
    except (OSError, ValueError) as error:
        raise BadConfiguration(f"{path} cannot be used: {error}.") from None
    return {name.replace("-", "_"): Given(value, path, line_of(text, name)) for name, value in found.items()}


def line_of(text: str, name: str) -> int:
    """The line (from 1) on which TOML gives an option: `name = …`, `name.x = …` or `[name]`; 1 where it is not seen."""
    key = rf"[\"']?{re.escape(name)}[\"']?"
    found = re.search(rf"^[ \t]*(?:{key}[ \t]*[=.]|\[+[ \t]*{key}[ \t]*[\].])", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1
