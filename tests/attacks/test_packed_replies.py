"""Can a reply that is packed cost the computer its memory? Whole runs, against a server that packs what it likes."""

import gzip
import zlib

import pytest

from tests.raw_api import reply

MEGABYTE = 1 << 20
TWICE = gzip.compress(gzip.compress(b'{"success":true,"message":"' + b" " * (20 * MEGABYTE) + b'"}', 9), 9)


@pytest.mark.parametrize(
    ("body", "headers", "words"),
    [
        (TWICE, ["Content-Encoding: gzip, gzip"], "packed"),
        (TWICE, ["Content-Encoding: gzip", "Content-Encoding: gzip"], "packed"),
        (TWICE, ["Content-Encoding: gzip, identity, x-gzip"], "packed"),
        (gzip.compress(b" " * (20 * MEGABYTE)), ["Content-Encoding: gzip"], "longer than 16 MB"),
        (zlib.compress(b" " * (20 * MEGABYTE)), ["Content-Encoding: deflate"], "longer than 16 MB"),
        (b'{"success":true}' + b" " * (17 * MEGABYTE), [], "longer than 16 MB"),
    ],
)
def test_what_unpacks_to_far_too_much_is_a_bad_reply(raw_desk, body, headers, words):
    desk = raw_desk(reply(200, body, *headers))
    assert desk("rows.csv").code == 1
    [row] = desk.rows()
    assert (row["sync_code"], row["sync_http_status"], row["sync_retryable"]) == ("bad_reply", "200", "yes")
    assert words in row["sync_error"]


@pytest.mark.parametrize("status", [400, 404])
def test_a_status_counts_whatever_its_body_is(raw_desk, status):
    desk = raw_desk(reply(status, TWICE, "Content-Encoding: gzip, gzip"))
    assert desk("rows.csv").code == 1
    assert desk.codes() == ["rejected"]


@pytest.mark.trial
def test_a_reply_that_would_unpack_to_a_quarter_of_a_gigabyte_never_stands_in_memory(raw_desk):
    import tracemalloc

    desk = raw_desk(reply(200, gzip.compress(b" " * (256 * MEGABYTE)), "Content-Encoding: gzip"))
    tracemalloc.start()
    try:
        desk("rows.csv")
        assert tracemalloc.get_traced_memory()[1] < 100 * MEGABYTE
    finally:
        tracemalloc.stop()
