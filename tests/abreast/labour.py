"""Work that a second process can be given: it finds these functions by their names."""

import os
import signal

HERE = os.getpid()


def where(number: int) -> tuple[int, int]:
    """The number, and the process that had it."""
    return number, os.getpid()


def twice(number: int) -> int:
    """The number, doubled."""
    return 2 * number


class DiesAbroad:
    """Work that kills whatever process it is sent to."""

    def __init__(self) -> None:
        self.home = os.getpid()

    def __call__(self, number: int) -> int:
        if os.getpid() != self.home:
            os.kill(os.getpid(), signal.SIGTERM)
        return number


class FailsAbroad(DiesAbroad):
    """Work that raises in whatever process it is sent to."""

    def __call__(self, number: int) -> int:
        if os.getpid() != self.home:
            raise RuntimeError
        return number


def refuse(number: int) -> int:
    """Raise for the seventh item."""
    if number == 7:
        raise ValueError("the seventh")
    return number
