"""Which numbers do the plain majority of cells hold? phonenumbers' own rules, as tables that numpy runs by column.

Pattern of the metadata → `pattern` (a program) → `automaton` (states) → `machine` (tables for a whole column).
`regions` makes them for each country from phonenumbers' metadata, as it is installed and when they are needed first;
`spelling` turns cells into digits, and `reading` turns digits into numbers. Where a cell, a pattern or a country is not
of the plain kind, the answer is UNSURE, and phonenumbers itself is asked. It is never guessed.
"""
