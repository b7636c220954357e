"""When the next request may leave: what the server says of its limit, turned into moments."""
