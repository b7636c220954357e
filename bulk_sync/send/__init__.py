"""From a plan's updates to their outcomes, within the API's limit.

An update leaves the `release_queue`, is taken by a worker of the `engine`, and goes by the `update_sender` and its
`tries` (which wait for `ratelimit`, and send over `api`) to its outcome, which `recording` writes down.
"""
