"""Sales per day, from lines of `day,cents`."""

from collections import Counter
from collections.abc import Iterable


def per_day(lines: Iterable[str]) -> dict[str, int]:
    """Cents per day; `ValueError` names the line that is not one."""
    totals: Counter[str] = Counter()
    for number, line in enumerate(lines, start=1):
        day, comma, cents = line.strip().partition(",")
        if not comma or not cents.isdigit():
            raise ValueError(f"line {number} is not `day,cents`: {line!r}")
        totals[day] += int(cents)
    return dict(totals)
