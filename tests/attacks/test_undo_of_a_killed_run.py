"""What stood before is known before a call leaves: also a run that was killed can be undone."""

import httpx
import pytest

from tests.desk import PHONES
from tests.raw_api import desk_at, reply, updated

pytestmark = pytest.mark.trial

ANNA = PHONES[0]


def killed_while_a_call_is_under_way(at, *arguments):
    """The only row's call has reached the API when its run dies, and is done after that."""
    at.shut_after(at.sent.total())
    with at.started(*arguments, "--only-changed") as process:
        at.wait_until_shut()
        process.kill()
        process.wait(20)
    at.open()
    for _ in range(1_000):
        if at.status(ANNA) == "paused":
            return
        httpx.get(at.api.url + "/contacts", headers={"X-API-Key": at.api.key})  # a moment for the API to do it
    raise AssertionError("the call was never done")


def test_what_a_killed_run_has_changed_can_be_put_back(at):
    at.sheet([(ANNA, "paused")])
    killed_while_a_call_is_under_way(at, "rows.csv")
    run = at.history()[0]["run"]
    done = at("undo", run)
    assert done.code == 0, done.screen
    assert at.status(ANNA) == "paused"
    assert at("undo", run, "--yes").code == 0
    assert at.status(ANNA) == "active"


def test_a_run_that_is_gone_on_with_after_its_death_still_knows_what_stood_before(at):
    at.sheet([(ANNA, "paused")])
    killed_while_a_call_is_under_way(at, "rows.csv")
    assert at("resume").code == 0
    run = at.history()[0]["run"]
    assert at("undo", run, "--yes").code == 0
    assert at.status(ANNA) == "active"


def test_a_call_whose_every_reply_was_lost_can_be_put_back(tmp_path, monkeypatch, capsys):
    stands, replies = {"status": "active"}, []

    def answer(asked):
        if asked.writes:
            stands["status"] = asked.json["status"]
            return updated(asked) if replies else lambda connection: None
        contact = {"id": "11111111-2222-4333-8444-555555555555", "phoneNumber": ANNA, **stands, "campaigns": []}
        return reply(200, {"contacts": [contact], "pagination": {"total": 1, "page": 1, "limit": 25, "totalPages": 1}})

    with desk_at(answer, tmp_path, monkeypatch, capsys) as at:
        at.sheet([(ANNA, "paused")])
        assert at("rows.csv").code == 3
        assert at.codes() == ["network_error"]
        replies.append("from now on")
        assert at("undo", at.history()[0]["run"], "--yes").code == 0
        assert stands == {"status": "active"}
