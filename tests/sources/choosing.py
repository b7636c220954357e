"""How a test asks which column holds which field."""

from bulk_sync.sources.columns import choose

SPRING = "d290f1ee-6c54-4b01-90e6-d701748f0851"
IDS = [f"7b1f3a52-2f0e-4f53-9a45-0f1d2c3b4a{number:02d}" for number in range(10)]
PHONES = [f"415555{number:04d}" for number in range(10)]
STATUSES = {"paused", "active", "dnc"}

LOOKS = {
    "phone": lambda cell: cell.strip().lstrip("+").isdigit() and len(cell.strip()) >= 10,
    "status": lambda cell: cell.strip().lower() in STATUSES,
    "uuid": lambda cell: len(cell.strip()) == 36 and cell.count("-") == 4,
    "code": lambda cell: cell.strip().lstrip("+") in {"1", "34", "44", "49", "55", "61"},
    "country": lambda cell: cell.strip().upper() in {"US", "GB", "DE", "ES", "GERMANY"},
}


def chosen(headers, *columns, **by_hand):
    """The fields found, as {field: header}; `columns` are the cells below the headers, none by default."""
    found = columns_of(headers, *columns, **by_hand)
    return {field: found.headers[at] for field, at in found.fields.items()}


def columns_of(headers, *columns, **by_hand):
    """The columns found."""
    names = headers.split(",") if isinstance(headers, str) else list(headers)
    sample = [list(cells) for cells in columns] or [["x"]] * len(names)
    by_hand = {name.replace("__", "."): column for name, column in by_hand.items()}
    return choose(names, sample, by_hand, LOOKS)
