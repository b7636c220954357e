"""How a test asks for a number."""

from bulk_sync.plan import phone as judge
from bulk_sync.plan.phone import Dialling, Phone


def read_phone(text, region, check="valid", **more):
    """What a cell holds that is dialled in `region`."""
    return judge.read_phone(text, Dialling(region, check=check, **more))


def read(text, region="US", check="valid", **more):
    """The number as the API takes it, or the word of the code."""
    found = read_phone(text, region, check, **more)
    return found.e164 if isinstance(found, Phone) else found.code.word
