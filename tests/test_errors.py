"""What can stop a run, and what can become of a row. The tables are the interface's."""

import pytest

from bulk_sync import errors
from bulk_sync.errors import BulkSyncError, Code, Interrupted, Result, Stopped

CODES = {
    "success": "updated merged created",
    "skipped": "unchanged duplicate superseded blank changed_since unknown_previous leaves_dnc hidden",
    "error": """missing_phone invalid_phone unknown_country ambiguous_phone mangled_phone invalid_id unknown_status
        unknown_campaign ambiguous_campaign nothing_to_change invalid_timezone name_too_long invalid_variables conflict
        leaves_dnc unreadable_row contact_not_found campaign_not_found rejected server_error network_error bad_reply
        cannot_merge""",
    "not_sent": "stopped rate_limited key_refused deadline interrupted unchecked",
}


@pytest.mark.parametrize("result", CODES)
def test_the_registry_holds_the_codes_of_the_interface(result):
    assert {code.word for code in Code if code.result.value == result} == set(CODES[result].split())


def test_every_code_is_one_word_of_its_own_with_a_meaning():
    by_result = {(code.word, code.result) for code in Code}
    assert len(by_result) == len({code.meaning for code in Code}) == len(Code)
    assert [errors.code_of(code.word, code.result.value) for code in Code] == list(Code)
    assert all(code.word == word and code.meaning for word, code in errors.CODES.items())


@pytest.mark.parametrize("code", list(Code))
def test_sending_again_can_help_where_the_interface_says_so(code):
    helps = code.word in {"server_error", "network_error", "bad_reply"} or code.result is Result.NOT_SENT
    assert code.retryable is helps


@pytest.mark.parametrize(
    ("name", "exit_code", "word"),
    [
        ("BadInput", 2, None),
        ("BadConfiguration", 4, None),
        ("AlreadyRunning", 6, None),
        ("TooManyErrors", 3, "stopped"),
        ("ApiAway", 3, "stopped"),
        ("RefusedEveryWindow", 3, "rate_limited"),
        ("KeyRefused", 4, "key_refused"),
        ("WrongAddress", 4, "stopped"),
        ("LimitReached", 5, "deadline"),
    ],
)
def test_what_stops_a_run_has_its_exit_code_and_the_code_of_the_rest(name, exit_code, word):
    error = getattr(errors, name)("a sentence")
    assert isinstance(error, BulkSyncError)
    assert str(error) == "a sentence"
    assert error.exit_code == exit_code
    if word is None:
        assert not isinstance(error, Stopped)
    else:
        assert error.code.word == word
        assert error.code.result is Result.NOT_SENT


@pytest.mark.parametrize(("number", "exit_code"), [(2, 130), (15, 143)])
def test_an_interruption_exits_as_its_signal_asks(number, exit_code):
    assert Interrupted(number).exit_code == exit_code
    assert Interrupted(number).code is Code.INTERRUPTED


def test_the_drawing_of_the_tree_names_every_error():
    drawn = errors.__doc__ or ""
    tree = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, BulkSyncError)]
    missing = [each.__name__ for each in tree if each.__name__ not in drawn]
    assert missing in ([], ["RefusedEveryWindow"])
