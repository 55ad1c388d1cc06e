"""The buckets of a map as text: what the command steady-buckets prints.

Of a steady::map or set one line a bucket: its tags, two digits a slot, and those of its overflow nodes. Of a classic map
one line for each bucket of a chain, the old array before the main one.
"""

from .reading import NUMBERS, Trouble, plural

# More buckets than this are not looked through for the lengths of their chains.
MOST_COUNTED = 20000

EMPTY = ".."
CLASSIC_STATES = {
    0: ".",  # empty_rest
    NUMBERS["empty_one"]: "-",
    NUMBERS["evacuated_x"]: ">X",
    NUMBERS["evacuated_y"]: ">Y",
    NUMBERS["evacuated_empty"]: "> ",
}


def bar(part, whole, width=32):
    done = width * part // whole
    return "#" * done + "." * (width - done)


def tags_of(group):
    return " ".join(f"{tag:02x}" if tag else EMPTY for tag in group.tags)


def _left_out(title, first, last, number):
    """What is not drawn, if there is any."""
    if first > 0 and first >= number:
        yield f"  (there is no {title} {first}: {number} of them)"
    elif number > last or first > 0:
        yield f"  ({title}s {first} to {last - 1} of {number})"


def draw_table(table, first, count):
    """Yields the lines; a Trouble ends them with its text."""
    try:
        yield from _table_head(table)
        last = min(first + count, table.buckets)
        standing = {}
        for cursor in table.loops():
            if cursor.state == "registered":
                standing[cursor.bucket] = True
        if first < last:
            yield f"  bucket  entries  {'tags':<44}  overflow nodes"
        half = 1 << table.B if table.buckets else 0
        for number in range(first, last):
            groups = list(table.groups(number))
            entries = sum(1 for group in groups for tag in group.tags if tag)
            slots = sum(len(group.tags) for group in groups)
            mark = ">" if number in standing else "*" if number == table.nevacuate and not table.small else " "
            nodes = " ".join(f"[{tags_of(group)}]" for group in groups[1:])
            origin = f"split off {number - half}" if number >= half else ""
            shown = groups[0]._replace(tags=groups[0].tags[: table.slot_mask.bit_length()])
            yield f"{mark} {number:6}  {f'{entries}/{slots if groups[1:] else len(shown.tags)}':>7}  {tags_of(shown):<44}  {nodes or origin}".rstrip()
        yield from _left_out("bucket", first, last, table.buckets)
    except Trouble as trouble:
        yield str(trouble)


def _table_head(table):
    shape = table.shape
    yield table.summary()
    if table.buckets == 0:
        return
    half = 1 << table.B
    growth = f"growth:  [{bar(table.nevacuate, half)}] {table.nevacuate} of {half} buckets split"
    # While the first block moves, the limit is such that every insert goes on with the move.
    yield growth if table.moving else f"{growth}; the next when there are more than {table.grow_at} entries"
    if table.moving:
        yield (
            f"moving:  [{bar(table.buckets_moved, table.buckets)}] {table.buckets_moved} of {table.buckets} buckets are "
            f"in the next first block, which has room for {1 << table.trunk.number('next_home_log2')}"
        )
    of_size = f"of up to {plural(shape.block_buckets, 'bucket')}"
    yield f"memory:  {plural(table.blocks, 'block')} {of_size}, the first has room for {table.first_block_buckets}" + (
        f"; {plural(table.trunk.number('nodes'), 'overflow node')} in use, {table.trunk.number('free')} free"
        if table.trunk is not None
        else f"; a first bucket of {plural(table.slots, 'slot')}, which grows before it overflows"
    )
    yield f"chains:  {_chain_lengths(table)}"
    for cursor in table.loops():
        yield f"loop:    {cursor.summary()}"


def _chain_lengths(table):
    counted = min(table.buckets, MOST_COUNTED)
    lengths = {}
    for number in range(counted):
        nodes = sum(1 for _ in table.groups(number)) - 1
        lengths[nodes] = lengths.get(nodes, 0) + 1
    told = ", ".join(
        f"{plural(buckets, 'bucket')} with {plural(nodes, 'node') if nodes else 'none'}"
        for nodes, buckets in sorted(lengths.items())
    )
    return told if counted == table.buckets else f"of the first {counted} buckets, {told}"


def draw_classic(classic, first, count):
    try:
        yield classic.summary()
        if classic.main is None:
            return
        yield (
            f"header:  noverflow {classic.noverflow}, "
            f"{plural(classic.main.total - classic.main.main, 'overflow bucket')} preallocated, "
            f"{plural(classic.header.number('clears'), 'clear')}"
        )
        if classic.old is not None:
            yield f"growth:  [{bar(classic.nevacuate, classic.old.main)}] nevacuate {classic.nevacuate} of {classic.old.main}"
            yield from _draw_array(classic, classic.old, "old bucket", first, count, classic.nevacuate)
        yield from _draw_array(classic, classic.main, "bucket", first, count, None)
    except Trouble as trouble:
        yield str(trouble)


def _draw_array(classic, array, title, first, count, mark):
    last = min(first + count, array.main)
    yield f"  {title:>10}  tophash"
    for number in range(first, last):
        for place, (address, tophash) in enumerate(classic.chain(array, number)):
            slots = " ".join(f"{CLASSIC_STATES.get(tag, f'{tag:02x}'):>2}" for tag in tophash)
            own = array.number_of(address)
            name = str(number) if place == 0 else f"+{own}" if own is not None else "+*"
            yield f"{'*' if number == mark and place == 0 else ' '} {name:>10}  {slots}".rstrip()
    yield from _left_out(title, first, last, array.main)
