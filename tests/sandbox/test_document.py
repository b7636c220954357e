"""The sandbox's own OpenAPI document says the same as the published contract, and its page needs no network."""

import re
from pathlib import Path

import httpx
import pytest
import yaml

from bulk_sync.sandbox.requests import document

CONTRACT = yaml.safe_load((Path(__file__).parent / "data" / "openapi.yaml").read_text("utf-8"))
OPERATIONS = [
    (path, method) for path, methods in CONTRACT["paths"].items() for method in methods if method != "parameters"
]


def resolved(whole, found):
    while "$ref" in found:
        found_at = whole
        for step in found["$ref"].removeprefix("#/").split("/"):
            found_at = found_at[step]
        found = found_at
    return found


def body(whole, operation):
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return resolved(whole, content["schema"]) if content else {}


def plain(whole, schema):
    """A schema without words, examples and references."""
    schema = resolved(whole, schema)
    kept = {key: value for key, value in schema.items() if key not in ("description", "examples")}
    if "properties" in kept:
        kept["properties"] = {name: plain(whole, each) for name, each in kept["properties"].items()}
    return kept


def test_it_has_the_paths_and_methods_of_the_contract_and_no_others():
    ours = {(path, method) for path, methods in document()["paths"].items() for method in methods}
    assert ours == set(OPERATIONS)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_each_operation_has_the_answers_parameters_and_body_of_the_contract(path, method):
    ours, theirs = document()["paths"][path][method], CONTRACT["paths"][path][method]
    assert ours["operationId"] == theirs["operationId"]
    assert set(ours["responses"]) == set(theirs["responses"])
    assert plain(document(), body(document(), ours)) == plain(CONTRACT, body(CONTRACT, theirs))
    parameters = theirs.get("parameters", []) + CONTRACT["paths"][path].get("parameters", [])
    assert {(each["name"], each["in"], str(each["schema"])) for each in ours.get("parameters", [])} == {
        (each["name"], each["in"], str(each["schema"])) for each in parameters
    }


def test_it_is_published_without_a_key(api):
    assert httpx.get(f"{api.served.url}/openapi.json").json() == document()


def test_the_page_shows_every_operation_and_loads_nothing_from_elsewhere(api):
    answer = httpx.get(f"{api.served.url}/docs")
    assert answer.status_code == 200
    for path, _ in OPERATIONS:
        assert f"<code>{path}</code>" in answer.text
    assert not re.search(r"""(src|href|url)\s*[=(]\s*["']?(https?:)?//""", answer.text)


def test_the_curl_commands_of_the_page_work_with_the_key(api):
    text = httpx.get(f"{api.served.url}/docs").text
    assert f"curl -X POST {api.served.url}/contacts/update" in text


def test_a_host_name_made_of_markup_is_escaped(api):
    answer = httpx.get(f"{api.served.url}/docs", headers={"Host": "<script>alert(1)</script>"})
    assert "<script>alert" not in answer.text
