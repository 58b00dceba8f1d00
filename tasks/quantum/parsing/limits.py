"""How much of a circuit's text is read, known before the first word of it is."""

STATEMENTS_MAX = 2_000
DEPTH_MAX = 32
OPERATIONS_MAX = 20_000
EXPRESSION_CHARS_MAX = 1_000
CLBITS_MAX = 1_024
INTEGER_MAX = 2**53
"""Whole numbers up to this are exact as floats too."""
