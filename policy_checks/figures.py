"""Amounts in words that a person reads."""


def figure(amount: float) -> str:
    """Return an amount with all its digits before the point and at most three after it.

    >>> figure(17_179_869_184), figure(60.0), figure(0.14988)
    ('17,179,869,184', '60', '0.15')
    """
    return f"{amount:,.3f}".rstrip("0").rstrip(".")
