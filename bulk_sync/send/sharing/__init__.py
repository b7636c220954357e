"""How do several runs of one key on one machine share one budget?

A file in the state folder holds what they have in common: the budget as all replies together show it, who takes part,
and what each has in flight. It is read, changed and replaced under a lock of the operating system, which ends with its
process. Whoever comes first when requests may leave gives everybody their part, and leaves theirs in the file for them.

A run that is alone does not do this for each request. It takes the budget on a short lease: until the lease ends, and
for so many requests, it works in memory, and a run that comes meanwhile waits for it. If it dies, those requests count
as used. A run that does not keep its promise to come back (killed, or stopped) is not waited for: what it had in flight
counts as used, what was left in the file for it goes to the others.

- `commons` is what they have in common, and who gets what: arithmetic, without clock or file.
- `snapshot` writes that as JSON and reads it again; `handover` says what of it still holds.
- `common_file` is the file, its lock, and its permissions.
- `shared_budget` is what the pacer of a run talks to.
"""
