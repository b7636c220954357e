"""One budget for all runs of a key on this computer."""
