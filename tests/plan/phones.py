"""How a test asks for a number."""

from bulk_sync.plan.phone import Phone, read_phone


def read(text, region="US", check="valid"):
    """The number as the API takes it, or the word of the code."""
    found = read_phone(text, region, check)
    return found.e164 if isinstance(found, Phone) else found.code.word
