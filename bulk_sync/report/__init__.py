"""What people and programs are told about a run: on a terminal, in a log, as JSON."""
