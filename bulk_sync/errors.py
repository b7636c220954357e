"""The errors that stop a run, in one tree, and the codes that say what became of a row, in one table.

Row trouble is a value: a `Code` and a sentence. Run trouble is an exception of this tree, and carries the exit code::

    BulkSyncError
    ├── BadInput            2   the file, or a column of it, cannot be used
    ├── BadConfiguration    4   no key, a wrong address, a setting nobody can follow
    │   ├── OutOfDate           the shared ledger is another version's
    │   └── LedgerUnreachable   the database that holds it does not answer, or not as it should
    ├── AlreadyRunning      6   another run holds the lock
    ├── ResultsUnwritten    7   something was sent, and no place takes the results
    └── Stopped                 the run began and ended early; the rest is `not_sent`
        ├── TooManyErrors   3
        ├── ApiAway         3   the API stays away or refuses every window
        ├── LedgerAway      3   the database that holds the ledger stays away
        ├── PastGuardRail   3   more contacts would be stopped, restarted or moved than was allowed
        ├── Declined        3   a person was shown what would be sent, and said no
        ├── KeyRefused      4
        ├── WrongAddress    4   what answers is not the contacts API
        ├── DncMemoryFault  4   the list of people who must never be called cannot be read or written
        ├── LimitReached    5   the run's own deadline or number of writes
        │   └── Yielded         something urgent waits for the same key
        ├── LeaseLost       6   another computer has taken the run over, or the key
        ├── Unrecorded      7   what happened to a row cannot be written down: a full disk, say
        ├── ProgramFault    7   something that nobody expected, in the program or on this computer
        └── Interrupted     130 or 143
            └── Cancelled       the same where a person was asked, before anything was sent
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar


class BulkSyncError(Exception):
    """Something that ends a command. `str(error)` is a sentence for the person who runs it, with what to do next."""

    exit_code: ClassVar[int] = 1


class BadInput(BulkSyncError):
    """The input file, or the choice of its columns, cannot be used."""

    exit_code = 2


class BadConfiguration(BulkSyncError):
    """A setting, the key or the address is missing or wrong; nothing was sent."""

    exit_code = 4


class OutOfDate(BadConfiguration):
    """A shared ledger was set up by another version than this one."""


class LedgerUnreachable(BadConfiguration):
    """The database that holds a shared ledger does not answer, or not as it should; nothing is wrong with the run."""


class AlreadyRunning(BulkSyncError):
    """Another run of the same file holds the lock."""

    exit_code = 6


class ResultsUnwritten(BulkSyncError):
    """Something was sent, and the results can be written nowhere; what was sent is recorded."""

    exit_code = 7


class Result(Enum):
    """What the column `sync_result` says."""

    SUCCESS = "success"
    ERROR = "error"
    SKIPPED = "skipped"
    NOT_SENT = "not_sent"
    WOULD_SEND = "would_send"


_MAY_PASS = frozenset({"server_error", "network_error", "bad_reply"})
"""Errors that may be gone when the same row is sent again."""


class Code(Enum):
    """One word per fate of a row: the registry behind `sync_code`.

    Each member is `(word, result, meaning)`. Two members share a word where rows of one code have different results.
    """

    def __init__(self, word: str, result: Result, meaning: str) -> None:
        self.word, self.result, self.meaning = word, result, meaning
        self.retryable = result is Result.NOT_SENT or word in _MAY_PASS
        """Whether sending the same row again can help: what `sync_retryable` shows."""

    UPDATED = ("updated", Result.SUCCESS, "updated in the CRM")
    MERGED = ("merged", Result.SUCCESS, "sent together with another row about the same contact")
    CREATED = ("created", Result.SUCCESS, "the contact was not in the CRM and was created")

    UNCHANGED = ("unchanged", Result.SKIPPED, "the contact already has these values")
    DUPLICATE = ("duplicate", Result.SKIPPED, "another row says the same about this contact")
    SUPERSEDED = ("superseded", Result.SKIPPED, "another row about this contact was used instead")
    BLANK = ("blank", Result.SKIPPED, "all cells that are used are empty")
    HIDDEN = ("hidden", Result.SKIPPED, "the row is hidden in the workbook")

    MISSING_PHONE = ("missing_phone", Result.ERROR, "phone number or contact ID missing")
    INVALID_PHONE = ("invalid_phone", Result.ERROR, "not a valid phone number")
    UNKNOWN_COUNTRY = ("unknown_country", Result.ERROR, "not a known country")
    AMBIGUOUS_PHONE = ("ambiguous_phone", Result.ERROR, "several phone numbers, or one that can be read in two ways")
    MANGLED_PHONE = ("mangled_phone", Result.ERROR, "the spreadsheet has lost digits of the number")
    INVALID_ID = ("invalid_id", Result.ERROR, "not a contact ID")
    UNKNOWN_STATUS = ("unknown_status", Result.ERROR, "not a known status")
    UNKNOWN_CAMPAIGN = ("unknown_campaign", Result.ERROR, "not a known campaign")
    AMBIGUOUS_CAMPAIGN = ("ambiguous_campaign", Result.ERROR, "several campaigns have this name")
    NOTHING_TO_CHANGE = ("nothing_to_change", Result.ERROR, "the row has no status, campaign or other value to set")
    INVALID_TIMEZONE = ("invalid_timezone", Result.ERROR, "not a time zone name such as America/New_York")
    NAME_TOO_LONG = ("name_too_long", Result.ERROR, "the name is longer than 255 characters")
    INVALID_VARIABLES = ("invalid_variables", Result.ERROR, "a custom variable cannot be sent")
    CONFLICT = ("conflict", Result.ERROR, "rows say different things about this contact")
    LEAVES_DNC = ("leaves_dnc", Result.ERROR, "the row would take the contact out of DNC")
    STAYS_IN_DNC = ("leaves_dnc", Result.SKIPPED, "the contact is in DNC and stays there")
    UNREADABLE_ROW = ("unreadable_row", Result.ERROR, "cells of this row cannot be read")

    CONTACT_NOT_FOUND = ("contact_not_found", Result.ERROR, "the CRM has no contact with this number or ID")
    CAMPAIGN_NOT_FOUND = ("campaign_not_found", Result.ERROR, "the CRM has no campaign with this ID")
    REJECTED = ("rejected", Result.ERROR, "the API refused the change")
    SERVER_ERROR = ("server_error", Result.ERROR, "the API failed, also when tried again")
    NETWORK_ERROR = ("network_error", Result.ERROR, "no answer from the API, also when tried again")
    BAD_REPLY = ("bad_reply", Result.ERROR, "the API's answer could not be understood")
    CANNOT_MERGE = ("cannot_merge", Result.ERROR, "the contact's present values cannot be read")

    CHANGED_SINCE = ("changed_since", Result.SKIPPED, "the contact was changed after the run")
    UNKNOWN_PREVIOUS = ("unknown_previous", Result.SKIPPED, "previous value unknown")

    STOPPED = ("stopped", Result.NOT_SENT, "the run stopped before this row")
    RATE_LIMITED = ("rate_limited", Result.NOT_SENT, "the API refused all requests because of its limit")
    KEY_REFUSED = ("key_refused", Result.NOT_SENT, "the API refused the key")
    DEADLINE = ("deadline", Result.NOT_SENT, "the run reached its own limit")
    INTERRUPTED = ("interrupted", Result.NOT_SENT, "the run was interrupted")
    UNCHECKED = ("unchecked", Result.NOT_SENT, "could not be checked for DNC")


AWAY = frozenset({Code.NETWORK_ERROR, Code.SERVER_ERROR})
"""What becomes of a read, or of a row, when the API may be away altogether."""

CODES = {code.word: code for code in reversed(Code)}
"""Every code, by its word; of those that share one, the first."""


def code_of(word: str, result: str) -> Code | None:
    """The code with this word and this result, as a results file has them; None where there is no such word."""
    return next((code for code in Code if code.word == word and code.result.value == result), CODES.get(word))


_WOULD = {
    Code.UPDATED: "the contact would be updated",
    Code.MERGED: "the change would be sent in another row's update of the same contact",
    Code.CREATED: "the contact does not exist and would be created",
}


def meaning_of(word: str, result: str) -> str:
    """What a code means, and of rows that would be sent, what would become of them; "" where it is not known."""
    code = code_of(word, result)
    if code is None:
        return ""
    return _WOULD.get(code, code.meaning) if result == Result.WOULD_SEND.value else code.meaning


class Stopped(BulkSyncError):
    """A run that ended early. `code` is what the rows that were not sent carry."""

    exit_code = 3
    code: ClassVar[Code] = Code.STOPPED


class TooManyErrors(Stopped):
    """More rows failed than `--max-errors` allows."""


class ApiAway(Stopped):
    """The API stays away, or refuses every window."""


class RefusedEveryWindow(ApiAway):
    """Window after window, the API answered 429 and nothing else."""

    code = Code.RATE_LIMITED


class LedgerAway(Stopped):
    """The database in which a shared ledger is does not come back."""


class LeaseLost(Stopped):
    """The computer was silent for too long, and another one has taken over what it had leased."""

    exit_code = 6


class PastGuardRail(Stopped):
    """More contacts would be stopped, restarted or moved than was allowed, and nobody said that it is meant."""


class Declined(Stopped):
    """A person was shown what would be sent, and did not say yes."""

    def __init__(self) -> None:
        super().__init__("Cancelled. Nothing was sent.")


class KeyRefused(Stopped):
    """The API does not accept the key."""

    exit_code = 4
    code = Code.KEY_REFUSED


class WrongAddress(Stopped):
    """What answers at the base URL is not the contacts API."""

    exit_code = 4


class DncMemoryFault(Stopped):
    """The list of people who must never be called, kept on this computer, cannot be read or written."""

    exit_code = 4


class LimitReached(Stopped):
    """The run's own deadline or number of writes."""

    exit_code = 5
    code = Code.DEADLINE


class Yielded(LimitReached):
    """Something urgent waits for the same key; the rest is sent after it."""

    def __init__(self) -> None:
        super().__init__("Stopped to let an urgent file of the same team go first. The rest is sent after it.")


class ProgramFault(Stopped):
    """An exception that nobody expected: a fault of the program, or of this computer. `cause` is that exception."""

    exit_code = 7

    def __init__(self, cause: BaseException) -> None:
        super().__init__(f"Stopped: a fault in bulk-sync or on this computer ({type(cause).__name__}).")
        self.cause = cause


class Interrupted(Stopped):
    """A person or the system asked the run to end: `signal` 2 is exit 130, 15 is exit 143."""

    code = Code.INTERRUPTED

    def __init__(self, signal: int) -> None:
        super().__init__("Interrupted.")
        self.exit_code = 128 + signal  # type: ignore[misc]  # the one stop whose code depends on its cause


class Cancelled(Interrupted):
    """The same while a person was asked, or was about to be."""

    def __str__(self) -> str:
        return "Cancelled. Nothing was sent."
