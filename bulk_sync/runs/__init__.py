"""What a later run makes of an earlier one: it goes on with it, sends part of it again, or puts it back."""
