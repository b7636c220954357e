"""Of which updates is nothing known yet, and which of them mean a contact that was read?"""

from bulk_sync.api.contact import Contact
from bulk_sync.preflight.pending import Pending
from tests.simulation.live_run import row
from tests.simulation.team import person

UPDATES = [row(0), row(1, by_id=True), row(1), row(2), row(3)]


def contact(number, phone=""):
    known = person(number)
    return Contact(known["id"].upper(), known["phoneNumber"] if phone == "" else phone)


def test_a_contact_is_meant_by_its_number_and_by_its_id():
    left = Pending(UPDATES, [0, 1, 2, 3])
    assert left.of(contact(0)) == [0]
    assert left.of(contact(1)) == [2, 1]
    assert left.of(contact(1, None)) == [1]
    assert left.of(contact(3)) == []
    assert left.of(contact(9)) == []


def test_what_is_known_is_not_asked_for_again():
    left = Pending(UPDATES, [0, 1, 2])
    left.take(2)
    left.take(2)
    assert left.of(contact(1)) == [1]
    assert len(left) == 2
    left.take(0)
    left.take(1)
    assert not left
