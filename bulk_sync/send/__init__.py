"""What becomes of an update? From the plan's calls to their outcomes, within the API's budget.

`calls` (update → request) → `pacer` and `budget` (when it may leave) → `client` (the wire) → `verdict` (what the reply
means) → `attempts` (again, or not) → `engine` (many at once, and how it all ends).
"""
