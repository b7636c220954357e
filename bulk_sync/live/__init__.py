"""What does the API know at this moment?

`contacts` says what it shows of a contact, `finding` finds one, `since` tells whether it still stands as a run left it.
"""
