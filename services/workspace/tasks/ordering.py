"""Places of tasks in a column: texts that sort, with room between any two, so that moving one touches no other row.

A place is a whole number of six digits in base 62, then a fraction that grows only where people keep inserting between
the same two tasks. Compared byte by byte (`COLLATE "C"`).
"""

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE = len(DIGITS)
WHOLE = 6
FIRST = BASE**WHOLE // 2
LONGEST = 200
"""A place longer than this asks for the column to be spread anew."""


def place_between(before: str | None, after: str | None) -> str:
    """A place after `before` and before `after`; None stands for the column's end on that side.

    >>> place_between(None, None)
    'V00000'
    >>> place_between("V00000", None)
    'V00001'
    >>> place_between(None, "V00000")
    'Uzzzzz'
    >>> place_between("V00000", "V00001")
    'V00000V'
    >>> place_between("V00000", "V00000V")
    'V00000F'
    """
    if before is None and after is None:
        return _text(FIRST)
    if after is None:
        return _text(_number(before or "") + 1)
    if before is None:
        return _text(_number(after) - 1)
    low, high = _number(before), _number(after)
    if high - low > 1:
        return _text((low + high) // 2)
    fraction = after[WHOLE:] if high == low else None
    return before[:WHOLE] + _fraction_between(before[WHOLE:], fraction)


def spread(count: int) -> list[str]:
    """Places for a whole column, in order."""
    return [_text(FIRST + index) for index in range(count)]


def _number(place: str) -> int:
    value = 0
    for digit in place[:WHOLE]:
        value = value * BASE + DIGITS.index(digit)
    return value


def _text(number: int) -> str:
    digits = []
    for _ in range(WHOLE):
        number, digit = divmod(number, BASE)
        digits.append(DIGITS[digit])
    return "".join(reversed(digits))


def _fraction_between(low: str, high: str | None) -> str:
    """Digits after the point, strictly between; never ending in 0, so that there is always room before them."""
    made: list[str] = []
    index = 0
    while True:
        from_digit = DIGITS.index(low[index]) if index < len(low) else 0
        to_digit = BASE if high is None else DIGITS.index(high[index]) if index < len(high) else 0
        if to_digit - from_digit > 1:
            return "".join([*made, DIGITS[(from_digit + to_digit) // 2]])
        made.append(DIGITS[from_digit])
        if to_digit != from_digit:
            high = None
        index += 1
