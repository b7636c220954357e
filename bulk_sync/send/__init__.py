"""From a plan's updates to their outcomes, within the API's limit.

`release_queue` (which may leave) → `engine` (many at once, and how it all ends) → `update_sender` and `tries` (again, or
not) → the scheduler of `ratelimit` (when) → the client of `api` (the wire) → `recording` (written down).
"""
