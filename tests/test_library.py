"""The public functions: a path or a DataFrame in, outcomes as a DataFrame out, beside an event loop, cancelled."""

import asyncio
import re
import threading
from pathlib import Path

import pandas as pd
import pytest

import bulk_sync
from bulk_sync import sandbox
from bulk_sync.errors import BadInput
from bulk_sync.sandbox import Rate, SandboxContact, SandboxOptions

PHONES = [f"+1415555{number:04d}" for number in range(100, 106)]


@pytest.fixture
def api(monkeypatch, tmp_path):
    monkeypatch.setenv("BULK_SYNC_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    options = SandboxOptions(writes=Rate(1000, 1.0))
    with sandbox.running(contacts=[SandboxContact(phone=phone) for phone in PHONES], options=options) as running:
        yield running


def people(**columns):
    return pd.DataFrame({"phone": PHONES, "status": "paused", **columns}, index=[f"row {at}" for at in range(6)])


def test_a_data_frame_is_synced_and_its_outcomes_have_its_index(api, tmp_path):
    table = people(note=["a,b", 'said "no"', None, "two\nlines", 5, "é"])
    table.loc["row 3", "status"] = "nonsense"
    result = bulk_sync.sync(table, base_url=api.url, key=api.key)
    assert result.exit_code == 1
    assert result.outcomes.index.equals(table.index)
    assert list(result.outcomes["sync_code"]) == ["updated"] * 3 + ["unknown_status"] + ["updated"] * 2
    assert list(result.outcomes["sync_phone"]) == PHONES
    assert api.store.by_phone(PHONES[0]).status == "paused"
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
    assert not list((tmp_path / "state" / "scratch").iterdir())


def test_the_results_of_a_data_frame_are_kept_where_a_file_is_named(api, tmp_path):
    result = bulk_sync.preview(people(), base_url=api.url, key=api.key, output=tmp_path / "out.csv")
    assert result.results == tmp_path / "out.csv"
    assert set(result.outcomes["sync_result"]) == {"would_send"}
    assert (result.dry_run, result.result("would_send"), result.settled) == (True, 6, 0)
    assert api.store.by_phone(PHONES[0]).status == "active"


def test_a_file_has_outcomes_too_and_options_have_the_names_of_flags(api, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("who,what\n" + "".join(f"{phone},paused\n" for phone in PHONES))
    result = bulk_sync.sync(path, base_url=api.url, key=api.key, map={"phone": "who", "status": "what"})
    assert list(result.outcomes["sync_row"]) == [str(row) for row in range(2, 8)]
    with pytest.raises(BadInput, match="colour: no such option"):
        bulk_sync.sync(path, colour="red")
    with pytest.raises(BadInput, match="rate: 'fast' is not a rate"):
        bulk_sync.sync(path, rate="fast")
    with pytest.raises(BadInput, match="A list cannot be synced"):
        bulk_sync.sync([1, 2])


def test_key_and_address_are_those_of_the_environment_or_neither(api, monkeypatch):
    monkeypatch.setenv("BULK_SYNC_BASE_URL", api.url)
    monkeypatch.setenv("BULK_SYNC_API_KEY", api.key)
    result = bulk_sync.sync(people())
    assert (result.exit_code, result.dry_run, result.result("success"), result.settled) == (0, False, 6, 6)


def test_progress_is_told(api):
    seen = []
    bulk_sync.sync(people(), base_url=api.url, key=api.key, on_progress=seen.append)
    assert [each.done for each in seen] == list(range(7))
    assert {each.total for each in seen} == {6}


def test_a_run_is_cancelled_from_another_thread_and_the_rest_is_interrupted(api):
    cancellation = bulk_sync.Cancellation()

    def soon(progress):
        if progress.done == 1:
            threading.Thread(target=cancellation.cancel).start()

    result = bulk_sync.sync(
        people(), base_url=api.url, key=api.key, on_progress=soon, cancellation=cancellation, rate="1/s", concurrency=1
    )
    assert result.exit_code == 130
    assert "interrupted" in set(result.outcomes["sync_code"])


def test_it_is_usable_in_a_running_event_loop_where_cancelling_the_task_ends_the_run(api):
    async def main():
        done = await bulk_sync.sync_async(people(), base_url=api.url, key=api.key)
        begun = asyncio.Event()
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(
            bulk_sync.sync_async(
                people(status="active"),
                base_url=api.url,
                key=api.key,
                rate="1/s",
                concurrency=1,
                on_progress=lambda _: loop.call_soon_threadsafe(begun.set),
            )
        )
        await asyncio.wait([task, asyncio.create_task(begun.wait())], return_when=asyncio.FIRST_COMPLETED)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return done

    assert asyncio.run(main()).exit_code == 0
    assert len([phone for phone in PHONES if api.store.by_phone(phone).status == "active"]) < 6


def test_the_examples_of_the_readme_run(api, monkeypatch, tmp_path):
    monkeypatch.setenv("BULK_SYNC_BASE_URL", api.url)
    monkeypatch.setenv("BULK_SYNC_API_KEY", api.key)
    (tmp_path / "contacts.csv").write_text("phone,status\n" + "".join(f"{phone},paused\n" for phone in PHONES))
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    for code in re.findall(r"```python\n(.*?)```", readme, re.DOTALL):
        exec(compile(code, "README.md", "exec"), {})
