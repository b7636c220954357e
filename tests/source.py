"""The package's own source, as a test walks it."""

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "bulk_sync"


@dataclass(frozen=True)
class Import:
    name: str
    only_for_types: bool
    line: int


@dataclass(frozen=True)
class Module:
    """A source file: its path below the package, and what it imports, wherever that stands."""

    path: str
    tree: ast.Module
    lines: int

    @property
    def stage(self) -> str:
        return self.path.split("/", maxsplit=1)[0].removesuffix(".py")

    def imports(self) -> list[Import]:
        return self._imports

    @cached_property
    def _imports(self) -> list[Import]:
        found = []
        for node, guarded in _walk(self.tree, guarded=False):
            if isinstance(node, ast.Import):
                found += [Import(alias.name, guarded, node.lineno) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                module = "." * node.level + (node.module or "")
                found += [Import(f"{module}.{alias.name}", guarded, node.lineno) for alias in node.names]
        return found

    def ours(self) -> list[tuple[str, Import]]:
        """The parts of the package that this imports: `("plan", …)`."""
        parts = [
            (each.name.split(".")[1], each)
            for each in self.imports()
            if each.name.split(".", maxsplit=1)[0] == "bulk_sync"
        ]
        return [(part, each) for part, each in parts if not part.startswith("__")]


def _walk(node, *, guarded):
    for child in ast.iter_child_nodes(node):
        inside = guarded or (isinstance(node, ast.If) and child in node.body and "TYPE_CHECKING" in ast.dump(node.test))
        yield child, inside
        yield from _walk(child, guarded=inside)


MODULES = [
    Module(
        path.relative_to(PACKAGE).as_posix(),
        ast.parse(text := path.read_text(encoding="utf-8")),
        len(text.splitlines()),
    )
    for path in sorted(PACKAGE.rglob("*.py"))
]


def lives_in(path: str, homes: tuple[str, ...]) -> bool:
    return any(path == home or (home.endswith("/") and path.startswith(home)) for home in homes)
