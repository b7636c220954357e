"""How does a run go on from another? It is taken up where it was interrupted, sent again in part, or put back."""
