"""The fleet: a queue of files of many teams, and workers on several computers that sync them. (extra `fleet`)

`job_table` is what was submitted and what became of it, `queue` who is next, `job_run` one job, `worker` many of them.
"""
