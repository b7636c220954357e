"""Guards that are weakened on purpose, one at a time: the histories must see that somebody is called who must not be.

Each is a description of what the program then does, and the kinds of histories in which that shows. How it is done is
in `tests/adapter.py`.
"""

MUTANTS = {
    "a look never grows old": ["late"],
    "ages stand still while the computer sleeps": ["late"],
    "the age of a look counts from its reply": ["late", "listed"],
    "the age of a look is checked at the first try alone": ["late"],
    "a list of those in DNC counts as fresh whenever it is asked": ["late", "listed"],
    "a list that changed while it was read counts": ["listed"],
    "the first refusal of a read turns the guard off": ["unread"],
    "refusals turn the guard off although contacts were read before": ["unread"],
    "a read that is refused counts as one that shows nobody in DNC": ["unread"],
    "a read that fails counts as one that shows nobody in DNC": ["unread", "late"],
    "what must be held where nothing can be read is sent": ["unread"],
    "statuses of the team's own do not mean do-not-call": ["anything"],
    "the labels of statuses do not mean do-not-call": ["anything"],
    "from one do-not-call status to another every way is open": ["anything"],
    "a status that stops outreach is not guarded": ["anything"],
    "a move is not guarded": ["anything"],
    "a new number is not guarded": ["anything"],
    "the first of several contacts with a number counts": ["anything"],
    "DNC does not win between two rows of one contact": ["twice"],
    "the memory is not asked": ["remembered"],
    "the memory is asked by the name of the row alone": ["remembered"],
    "the memory is not asked before a contact is made": ["remembered"],
    "the memory does not keep what rows ask for": ["killed", "remembered"],
    "the memory keeps what rows ask for when the reply comes, not before": ["killed"],
    "the memory does not keep what the CRM shows": ["remembered", "anything"],
    "an undo takes people out of DNC": ["undone"],
    "an undo does not ask the memory": ["undone"],
}
