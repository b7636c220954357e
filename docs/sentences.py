"""Every sentence that the program says, by module, on one page: `python docs/sentences.py > docs/sentences.md`.

The sentences stand where what they say is found out, so that a change of the one is seen beside the other; here they
can be read in one go. What a sentence fills in stands in {}.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parents[1] / "bulk_sync"

HEAD = f"""# Every sentence that the program says

Made by `python docs/{Path(__file__).name}`, and held to the program by a test: change the sentences where they stand.
"""

_FOR_NOBODY = re.compile(
    r"(SELECT|INSERT|UPDATE|DELETE|CREATE|PRAGMA|ALTER|WITH|BEGIN) |[^A-Za-z{\"(]|.*(\\[a-z.]|\(\?|\||SELECT )",
    re.DOTALL,
)
"""How statements of SQL, markup and patterns begin, and what stands in them."""


def sentences(source: str) -> list[str]:
    """The sentences of a module, in their order, each once: texts of three words or more that are no docstrings."""
    tree = ast.parse(source)
    skipped = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    skipped |= {id(part) for each in ast.walk(tree) if isinstance(each, ast.JoinedStr) for part in each.values}
    found = [
        (each.lineno, each.col_offset, text)
        for each in ast.walk(tree)
        if isinstance(each, ast.JoinedStr | ast.Constant) and id(each) not in skipped
        for text in [_text(each)]
        if len(re.findall(r"[A-Za-z]{2,}", text)) > 2 and " " in text.strip() and _is_for_people(text.strip())
    ]
    return list(dict.fromkeys(" ".join(text.split()) for *_, text in sorted(found)))


def _is_for_people(text: str) -> bool:
    return _FOR_NOBODY.match(text) is None


def _text(node: ast.JoinedStr | ast.Constant) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    parts = (part.value if isinstance(part, ast.Constant) else _name(part) for part in node.values)
    return "".join(map(str, parts))


def _name(part: ast.expr) -> str:
    """What is filled in: the last word of the expression, where it is a name."""
    words = re.findall(r"[A-Za-z_]+", ast.unparse(part.value)) if isinstance(part, ast.FormattedValue) else []
    return f"{{{words[-1].strip('_')}}}" if words else "{}"


def page() -> Iterator[str]:
    """The lines of the page."""
    yield HEAD
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        found = sentences(path.read_text(encoding="utf-8"))
        if found:
            yield f"## {name}\n"
            yield from (f"- {each.replace('<', '&lt;')}" for each in found)
            yield ""


if __name__ == "__main__":
    sys.stdout.write("\n".join(page()))
