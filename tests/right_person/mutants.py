"""Guards that are weakened on purpose, one at a time: the histories must see that somebody is called who must not be.

Each is a description of what the program then does, the kinds of histories in which that shows, and the number of the
first that showed it: it is played first. How a guard is weakened is in `tests/adapter.py`.
"""

MUTANTS = {
    "a look never grows old": (["late"], 69),
    "ages stand still while the computer sleeps": (["late"], 572),
    "the age of a look counts from its reply": (["late", "listed"], 482),
    "the age of a look is checked at the first try alone": (["late"], 103),
    "a list of those in DNC counts as fresh whenever it is asked": (["late", "listed"], 983),
    "a list that changed while it was read counts": (["listed"], 400),
    "the first refusal of a read turns the guard off": (["unread"], 3),
    "refusals turn the guard off although contacts were read before": (["unread"], 146),
    "a read that is refused counts as one that shows nobody in DNC": (["unread"], 0),
    "a read that fails counts as one that shows nobody in DNC": (["unread", "late"], 19),
    "what must be held where nothing can be read is sent": (["unread"], 48),
    "statuses of the team's own do not mean do-not-call": (["anything"], 18),
    "the labels of statuses do not mean do-not-call": (["anything"], 17),
    "from one do-not-call status to another every way is open": (["anything"], 84),
    "a status that stops outreach is not guarded": (["anything"], 5),
    "a move is not guarded": (["anything"], 24),
    "a new number is not guarded": (["anything"], 19),
    "the first of several contacts with a number counts": (["anything"], 44),
    "DNC does not win between two rows of one contact": (["twice"], 163),
    "the memory is not asked": (["remembered"], 0),
    "the memory is asked by the name of the row alone": (["remembered"], 0),
    "the memory is not asked before a contact is made": (["remembered"], 7),
    "the memory does not keep what rows ask for": (["killed", "remembered"], 3),
    "the memory keeps what rows ask for when the reply comes, not before": (["killed"], 6),
    "the memory does not keep what the CRM shows": (["remembered", "anything"], 12),
    "an undo takes people out of DNC": (["undone"], 3),
    "an undo does not ask the memory": (["undone"], 357),
}
