"""Durations as people write them: `1h30m`, `45s`."""

import re

UNITS = {"h": 3600, "m": 60, "s": 1}
PART = re.compile(r"(\d+)([hms])")


def seconds(text: str) -> int:
    """The duration in seconds; `ValueError` for anything that is not one."""
    parts = PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"not a duration: {text!r}")
    order = [unit for _, unit in parts]
    if order != sorted(set(order), key=list(UNITS).index):
        raise ValueError(f"hours, minutes and seconds, each once: {text!r}")
    return sum(int(number) * UNITS[unit] for number, unit in parts)


def text(total: int) -> str:
    """The shortest way to write a number of seconds."""
    if total < 0:
        raise ValueError("a duration is not negative")
    parts = []
    for unit, size in UNITS.items():
        count, total = divmod(total, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
