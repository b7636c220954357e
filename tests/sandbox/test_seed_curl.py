"""The curl commands of the vendor's two pages, as printed, against a sandbox that holds the contact they name.

Only host and key are replaced. Status, message and keys must be those that the pages show beside them.
"""

import json
import shutil
import subprocess

import pytest

from bulk_sync.sandbox import SandboxContact

from .conftest import PAGES_CONTACT, RENEWALS, SPRING

HOST, KEY = "https://api.guayaba.ai", "gua_a1b2c3d4_your-api-key-here"
JOHN = SandboxContact(phone="+11234567890", id=PAGES_CONTACT, name="John Doe", campaign=SPRING)


def curl(request, body):
    """A command as the pages print it."""
    return f"""\
curl -X {request} \\
  -H "Content-Type: application/json" \\
  -H "X-API-Key: gua_a1b2c3d4_your-api-key-here" \\
  -d '{{
    {body}
  }}'
"""


UPDATE = "POST https://api.guayaba.ai/contacts/update"
MARK_AS_FULFILLED = curl(UPDATE, '"phone": "+11234567890",\n    "status": "fulfilled"')
MOVE_TO_CAMPAIGN = curl(UPDATE, f'"phone": "+11234567890",\n    "campaignId": "{RENEWALS}"')
UPDATE_BOTH = curl(UPDATE, f'"phone": "+11234567890",\n    "status": "active",\n    "campaignId": "{RENEWALS}"')
BY_ID = curl(
    f"PUT https://api.guayaba.ai/contacts/{PAGES_CONTACT}",
    '"status": "paused",\n    "customVariables": {\n      "email": "new@example.com"\n    }',
)


@pytest.fixture
def shell(serve):
    if shutil.which("curl") is None or shutil.which("sh") is None:
        pytest.skip("curl is not installed")
    api = serve(contacts=[JOHN], limiter="none")

    def run(command):
        command = (
            command.replace(HOST, api.served.url)
            .replace(KEY, api.served.key)
            .replace("curl ", "curl -sS -w '\\n%{http_code}' ", 1)
        )
        printed = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=30, check=True).stdout
        body, status = printed.rsplit("\n", 1)
        return int(status), json.loads(body)

    return run


def test_updates_by_phone_answer_as_the_page_shows(shell):
    status, answer = shell(MARK_AS_FULFILLED)
    contact = answer.pop("contact")
    assert (status, answer) == (200, {"success": True, "message": "Contact updated successfully"})
    assert list(contact) == ["id", "phoneNumber", "name", "campaignId", "status", "fulfilledAt", "updatedAt"]
    assert (contact["phoneNumber"], contact["name"], contact["status"]) == ("+11234567890", "John Doe", "fulfilled")
    for command, expected in ((MOVE_TO_CAMPAIGN, "fulfilled"), (UPDATE_BOTH, "active")):
        status, answer = shell(command)
        assert (status, answer["message"]) == (200, "Contact updated successfully")
        assert (answer["contact"]["campaignId"], answer["contact"]["status"]) == (RENEWALS, expected)


def test_update_by_id_answers_as_the_page_shows(shell):
    status, answer = shell(BY_ID)
    updated_at = answer["contact"].pop("updatedAt")
    assert status == 200
    assert updated_at.endswith("Z")
    assert answer == {
        "success": True,
        "message": "Contact updated successfully",
        "contact": {
            "id": "550e8400-e29b-41d4-a716-446655440000",
            "phoneNumber": "+11234567890",
            "name": "John Doe",
            "status": "paused",
            "campaignId": "d290f1ee-6c54-4b01-90e6-d701748f0851",
            "customVariables": {"email": "new@example.com"},
        },
    }


@pytest.mark.parametrize(
    ("command", "status", "error", "message"),
    [
        (
            MARK_AS_FULFILLED.replace(',\n    "status": "fulfilled"', ""),
            400,
            "Validation error",
            "At least one of status or campaignId must be provided",
        ),
        (MARK_AS_FULFILLED.replace(KEY, "gua_a1b2c3d4_another"), 401, "Unauthorized", "Invalid or missing API key"),
        (MARK_AS_FULFILLED.replace("+1123", "+1124"), 404, "Not found", "Contact not found"),
        (BY_ID.replace("0000 ", "0001 "), 404, "Not found", "Contact not found"),
        (BY_ID[: BY_ID.index("-d")] + "-d '{}'", 400, "Validation error", "At least one field must be provided"),
    ],
)
def test_refusals_are_in_the_words_of_the_pages(shell, command, status, error, message):
    assert shell(command) == (status, {"error": error, "message": message})
