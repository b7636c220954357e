"""A stranger's tool finds nothing: Schemathesis runs the published contract against the sandbox, every check on.

`SCHEMATHESIS_EXAMPLES=500 pytest -n 0 -m trial tests/sandbox/test_contract.py` looks harder; the trials look for a few
seconds.
What Schemathesis has found stands as plain tests below, in `test_server.py` and in `test_lists.py`.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bulk_sync.sandbox.requests import document

pytest.importorskip("schemathesis", reason="comes with the extra dev: pip install -e '.[dev]'")
pytestmark = pytest.mark.trial

HERE = Path(__file__).parent
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "15")
SEED = os.environ.get("SCHEMATHESIS_SEED", "1")


@pytest.fixture
def fuzz(serve, tmp_path):
    """Run every phase of Schemathesis with every check; its exit code, what it printed, and a tally of the answers."""
    api = serve(limiter="none")

    def run(schema):
        tally = tmp_path / "tally"
        tally.touch()
        known = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = os.environ | {
            "SCHEMATHESIS_HOOKS": "schemathesis_hooks",
            "PYTHONPATH": known,
            "TALLY": str(tally),
        }
        arguments = ["run", str(schema), "--url", api.served.url, "--header", f"X-API-Key: {api.served.key}"]
        arguments += ["--checks", "all", "--mode", "all", "--phases", "examples,coverage,fuzzing,stateful"]
        arguments += ["--max-examples", EXAMPLES, "--seed", SEED, "--continue-on-failure", "--no-color"]
        done = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr, Counter(tally.read_text("utf-8").splitlines())

    return run


def test_the_published_contract_holds_in_every_phase_with_every_check(fuzz):
    code, printed, tally = fuzz(HERE / "data" / "openapi.yaml")
    assert code == 0, printed
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            label = f"{method.upper()} {path}"
            assert tally[f"{label} 2"], f"{label} was never accepted: nothing was tested\n{printed}"
            assert tally[f"{label} 4"] or "parameters" not in operation, f"{label} was never refused\n{printed}"


def test_the_sandboxs_own_document_holds_too(fuzz, tmp_path):
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document()), "utf-8")
    code, printed, _ = fuzz(path)
    assert code == 0, printed


def test_numbers_larger_than_any_integer_of_a_database_are_fine(api):
    answer = api.http.get("/campaigns?limit=1142805540103310016512&page=169334173054014914033033747349504")
    assert (answer.status_code, answer.json()["data"]) == (200, [])
