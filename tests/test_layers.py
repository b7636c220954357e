"""Who may know whom? The architecture, held by walking the imports (DESIGN, section 5)."""

import ast
from pathlib import Path

import pytest

from .source import MODULES, lives_in

BASE = {
    "model", "do_not_call", "release", "age", "errors", "keys", "times", "printable",
    "redaction", "http_semantics", "fence", "interrupts", "version", "fields", "toml_files", "state",
    "value_mapping",
}  # fmt: skip
"""What everybody may import; they import nothing of ours."""

STAGES = {
    "sources", "plan", "api", "ratelimit", "preflight", "send", "ledger", "results", "report", "sandbox", "settings",
}  # fmt: skip
JOINTS = {
    "job", "apply", "confirmation", "dry_run", "contact_check", "guardrails", "wiring", "output", "finalize",
    "fault_report", "input_table", "missing_plus", "dnc_record", "people_list", "run_report", "runs", "catalog",
    "inbox", "notices", "library", "fleet", "cli", "__init__", "__main__",
}  # fmt: skip
"""Where stages meet."""

BELOW = {
    ("preflight", "api"),
    ("send", "api"),
    ("send", "ratelimit"),
    ("results", "sources"),
}
"""Stages that stand on another: checks read what the API shows, who sends keeps its pace."""

NAMED = {("results", "plan"), ("settings", "ratelimit"), ("preflight", "send")}
"""Types of another stage that may be named where only a type checker looks."""

HOMES = {
    "pandas": ("sources/", "plan/", "results/", "library.py"),
    "numpy": ("sources/", "plan/", "results/"),
    "phonenumbers": (
        "plan/",
        "sandbox/requests.py",
    ),  # the sandbox judges numbers and derives time zones, as the API does
    "pycountry": ("plan/country.py",),
    "pyarrow": ("plan/phones.py", "sources/arrow_lines.py", "results/passthrough.py"),
    "httpx": ("api/client.py",),
    "tenacity": ("send/tries.py",),
    "click": ("cli/",),
    "rich": ("report/",),
    "jinja2": ("report/html.py", "sandbox/pages.py"),
    "openpyxl": ("results/",),
    "xlsxwriter": ("results/",),
    "python_calamine": ("sources/",),
    "charset_normalizer": ("sources/",),
    "sqlite3": ("ledger/", "sandbox/", "ratelimit/shared_budget.py"),
    "uvicorn": ("sandbox/",),
    "yaml": ("sandbox/requests.py", "sandbox/serving.py"),
    "keyring": ("keys.py",),
    "platformdirs": ("toml_files.py",),
    "filelock": ("ledger/", "state.py"),
    "psycopg": ("ledger/",),
    "procrastinate": ("fleet/",),
    "apprise": ("notices.py",),
}
"""Where a library is known; the rest of the program does not depend on it."""

PURE = (
    "model.py",
    "fields.py",
    "release.py",
    "errors.py",
    "do_not_call.py",
    "times.py",
    "plan/",
    "api/error_text.py",
    "api/responses.py",
    "http_semantics.py",
    "api/contact.py",
    "preflight/findings.py",
    "preflight/policy.py",
    "report/chart.py",
    "report/file_notes.py",
    "ratelimit/budget.py",
    "ratelimit/headers.py",
    "ratelimit/buckets.py",
    "ratelimit/shared_state.py",
    "ratelimit/window.py",
    "ratelimit/rate.py",
    "report/summary.py",
    "sources/columns.py",
    "sources/synonyms.py",
    "sandbox/responses.py",
    "sandbox/rules.py",
)
"""What only decides: nothing here reads, writes, waits, draws lots or knows the time."""

IMPURE = {
    "aiohttp", "anyio", "asyncio", "httpx", "io", "logging", "os", "pathlib", "random", "secrets", "shutil",
    "selectors", "signal", "socket", "sqlite3", "subprocess", "sys",
    "tempfile", "tenacity", "threading", "time", "urllib.request",
}  # fmt: skip
READS_THE_CLOCK = {"now", "today", "utcnow", "time", "monotonic", "perf_counter"}

LONGEST_MODULE = 400
LONGEST_FUNCTION = 40


def test_the_walk_finds_what_there_is():
    names = {module.path for module in MODULES}
    assert {"job.py", "model.py", "plan/phone.py", "api/client.py"} <= names
    job = next(module for module in MODULES if module.path == "job.py")
    assert {"sources", "plan", "ledger", "report"} <= {part for part, _ in job.ours()}
    results = next(module for module in MODULES if module.path == "results/sync_columns.py")
    assert [each.only_for_types for part, each in results.ours() if part == "plan"] == [True]


def test_nobody_imports_relatively():
    assert [
        (module.path, each.name) for module in MODULES for each in module.imports() if each.name.startswith(".")
    ] == []


def test_every_module_has_a_layer():
    assert {module.stage for module in MODULES} <= BASE | STAGES | JOINTS


AMONG_THEMSELVES = {
    ("keys", "errors"), ("do_not_call", "model"), ("fields", "errors"), ("model", "fields"), ("keys", "toml_files"),
    ("toml_files", "errors"), ("value_mapping", "fields"), ("state", "toml_files"),
}  # fmt: skip
"""What the base knows of itself beyond types."""


def test_model_and_errors_know_nothing_of_ours_but_each_other_as_types():
    found = [
        (module.path, each.name)
        for module in MODULES
        if module.stage in BASE
        for part, each in module.ours()
        if not (part in BASE and (each.only_for_types or (module.stage, part) in AMONG_THEMSELVES))
    ]
    assert found == []


def test_a_stage_knows_the_base_and_itself_and_no_other_stage():
    found = [
        f"{module.path}:{each.line} {each.name}"
        for module in MODULES
        if module.stage in STAGES
        for part, each in module.ours()
        if part not in BASE | {module.stage}
        and (module.stage, part) not in BELOW
        and not (each.only_for_types and (module.stage, part) in NAMED)
    ]
    assert found == []


def test_nobody_but_the_command_line_knows_the_command_line():
    found = [
        module.path
        for module in MODULES
        for part, _ in module.ours()
        if part == "cli" and module.stage not in {"cli", "__main__"}
    ]
    assert found == []


@pytest.mark.parametrize("library", HOMES)
def test_a_library_is_known_only_at_home(library):
    found = [
        f"{module.path}:{each.line}"
        for module in MODULES
        for each in module.imports()
        if each.name.split(".")[0] == library and not each.only_for_types and not lives_in(module.path, HOMES[library])
    ]
    assert found == []


@pytest.mark.parametrize(
    "module", [module for module in MODULES if lives_in(module.path, PURE)], ids=lambda module: module.path
)
def test_what_decides_is_pure(module):
    impure = [
        each.name
        for each in module.imports()
        if not each.only_for_types
        and (each.name.split(".")[0] in IMPURE or ".".join(each.name.split(".")[:2]) in IMPURE)
    ]
    assert impure == []
    called = [node.func for node in ast.walk(module.tree) if isinstance(node, ast.Call)]
    assert not [
        func for func in called if isinstance(func, ast.Name) and func.id in {"open", "print", "input", "exec", "eval"}
    ]
    clocks = [func.attr for func in called if isinstance(func, ast.Attribute) and func.attr in READS_THE_CLOCK]
    assert clocks == []
    assert not [node for node in ast.walk(module.tree) if isinstance(node, ast.AsyncFunctionDef | ast.Await)]


def test_no_module_is_longer_than_a_newcomer_reads():
    assert [(module.path, module.lines) for module in MODULES if module.lines > LONGEST_MODULE] == []


def test_no_function_is_longer_than_a_screen():
    long = [
        (module.path, node.name, node.end_lineno - node.lineno + 1)
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


STATEMENTS = (
    "runs/", "catalog/", "fleet/", "plan/", "report/", "cli/", "ledger/", "preflight/", "sandbox/", "api/", "job.py",
    "apply.py", "confirmation.py", "dry_run.py", "wiring.py", "fields.py", "contact_check.py", "guardrails.py",
    "output.py", "finalize.py", "settings.py", "model.py", "errors.py", "inbox.py", "notices.py",
)  # fmt: skip
"""Where every docstring of a module is a statement by now."""


def test_every_module_says_what_it_is():
    said = {module.path: ast.get_docstring(module.tree) or "" for module in MODULES}
    assert [path for path, text in said.items() if not text] == []
    assert [path for path, text in said.items() if lives_in(path, STATEMENTS) and "?" in text.split("\n\n")[0]] == []


def test_no_module_is_named_for_nothing():
    vague = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc", "processor"}
    assert [module.path for module in MODULES if Path(module.path).stem in vague] == []
