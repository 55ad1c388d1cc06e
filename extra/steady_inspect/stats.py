"""The figures of stats(), of steady::map_stats and steady::classic::map_stats: one line above the members."""

from .reading import percent, plural


def summary(kind, number):
    """`number` gives a member by its name."""
    if kind == "steady::map_stats":
        slots = number("slots")
        grown = number("nevacuate")
        total = sum(number(name) for name in ("block_bytes", "overflow_bytes", "directory_bytes", "entry_bytes"))
        base = number("buckets") - grown
        return (
            f"{plural(number('size'), 'entry', 'entries')}, {total} bytes, "
            f"{percent(number('size'), slots)} of the slots, {percent(grown, base)} split"
        )
    total = sum(number(name) for name in ("main_bytes", "overflow_bytes", "indirect_bytes"))
    return (
        f"{plural(number('size'), 'entry', 'entries')}, {total} bytes, "
        f"{percent(number('size'), number('slots'))} of the slots, "
        f"{percent(number('nevacuate'), number('old_buckets'))} evacuated"
    )
