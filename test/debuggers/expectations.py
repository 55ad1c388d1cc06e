"""What the debugger extensions have to say about test/debuggers/program.cpp, whichever the debugger.

check_gdb.py and check_lldb.py run inside their debugger and hand in how to look at a variable. The truth is what the
program wrote about itself; the texts are fixed, since its seeds are.
"""

import collections
import random

from steady_inspect import picture
from steady_inspect.reading import NUMBERS

# What is shown of a variable, as a regular expression.
TEXTS = {
    "empty": r"steady::map, empty",
    "few": r"steady::map with 3 entries \(1 bucket, B 0\)",
    "one_block": r"steady::map with 300 entries \(32 buckets, B 5\)",
    "several_blocks": r"steady::map with 5000 entries \(512 buckets, B 9\)",
    "growing": r"steady::map with 3500 entries \(\d+ buckets, B 8, growing: \d+ of 256 split\)",
    "moving": r"steady::map with \d+ entries \(\d+ buckets, B \d, first block moving: \d+ of \d+ buckets\)",
    "looped": r"steady::map with 1001 entries \(128 buckets, B 7, 2 loops\)",
    "deep": r"steady::set with 16000 entries \(2048 buckets, B 11\)",
    "unused": r"steady::node_set, empty",
    "nested": r"steady::map with 3 entries \(1 bucket, B 0\)",
    "nodes": r"steady::node_map with 40 entries \(4 buckets, B 2\)",
    "unsupported": r"\(not supported: its allocator has pointers of its own\)",
    "classic_empty": r"steady::classic_map, empty",
    "classic_few": r"steady::classic_map with 3 entries \(1 bucket, B 0\)",
    "classic_growing": r"steady::classic_map with 430 entries \(128 buckets, B 7, growing: nevacuate \d+ of 64, 1 loop\)",
    "classic_nodes": r"steady::classic_map with 27 entries \(8 buckets, B 3, growing: nevacuate \d of 4\)",
    "uninitialised.map": r"\(not constructed, destroyed, or damaged: \d+ buckets, but rest_ is 165\)",
    "zeroed.map": r"\(not constructed, destroyed, or damaged: no buckets, but rest_ is none\)",
    "destroyed.map": r"\((not constructed, destroyed, or damaged|damaged): .*\)",
    "classic_uninitialised.map": r"\(damaged: the \d+ bytes at 0xa5a5a5a5a5a5a5a5 cannot be read\)",
    "at_end": r"end",
    "found": r"bucket 0, slot \d",
    "loop": r"loop at bucket \d+, slot \d+( of an overflow node)?; unit \d+ of 128",
    "disturbed": r"loop at bucket \d+, slot \d+( of an overflow node)?; unit \d+ of 8, by its list of what was there",
    "over": r"end: the map was cleared, assigned to or destroyed",
    "stale": r"bucket \d+, slot \d+( of an overflow node)?; the map has changed since",
    "of_const": r"bucket 0, slot \d",
    "classic_end": r"end",
    "classic_found": r"at what was found",
    "classic_loop": r"loop at bucket \d+ of 64( in the old array)?, begun at \d+ with offset \d( past the last bucket)?",
    "table_stats": r"5000 entries, 75120 bytes, 65 % of the slots, 0 % split",
    "classic_stats": r"430 entries, 0 bytes, 41 % of the slots, 31 % evacuated",
}

# The entry that an iterator shows, as key and value.
STANDING = {"found": ("2", "20"), "stale": ("7", "70"), "classic_found": ("3", "30")}

TABLES = ("empty", "few", "one_block", "several_blocks", "growing", "moving", "looped", "deep", "nested", "nodes")
CLASSICS = ("classic_few", "classic_growing", "classic_nodes")
# The maps that are damaged: two large ones would tell nothing that the others do not.
DAMAGED = tuple(name for name in TABLES + CLASSICS if name not in ("several_blocks", "growing"))


# So many entries of each map are compared as text.
MOST_TEXTS = 300


class Checks:
    def __init__(self, title):
        self.title = title
        self.passed = 0
        self.failed = 0

    def equal(self, what, got, expected):
        self.that(what, got == expected, f"{got!r} instead of {expected!r}")

    def that(self, what, holds, otherwise):
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {self.title}: {what}: {str(otherwise)[:600]}")


class Truth:
    def __init__(self, path):
        self.numbers = {}
        self.tables = {}
        self.classics = {}
        self.entries = collections.defaultdict(list)
        self.texts = collections.defaultdict(list)
        with open(path) as lines:
            for line in lines:
                kind, name, *rest = line.rstrip("\n").split("\t")
                if kind == "number":
                    self.numbers[name] = int(rest[0])
                elif kind == "table":
                    self.tables[name] = [int(value) for value in rest]
                elif kind == "classic":
                    self.classics[name] = [int(value) for value in rest]
                elif kind == "entry":
                    self.entries[name].append(tuple(int(value) for value in rest))
                elif len(self.texts[name]) < MOST_TEXTS:
                    self.texts[name].append(tuple(rest[0].split()))


def check_structures(checks, truth, table_of, classic_of):
    """What is read, against what the program knows: every figure, every entry's address, in the order of the buckets."""
    checks.equal("NUMBERS", NUMBERS, truth.numbers)
    checks.equal("tables", sorted(truth.tables), sorted(TABLES))
    for name in TABLES:
        table = table_of(name)
        shape = table.shape
        checks.equal(
            name,
            [
                table.size,
                table.buckets,
                table.slots,
                table.trunk.number("nodes") if table.trunk is not None else 0,
                int(table.moving),
                table.buckets_moved,
                table.blocks,
                shape.block_buckets,
                shape.levels,
                shape.fan_bits,
                shape.bootstrap_bytes,
                shape.trunk.size,
                len(table.loops()),
            ],
            truth.tables[name],
        )
        checks.equal(f"{name}'s entries", [(entry.address,) for entry in table.entries()], truth.entries[name])
        lines = list(picture.draw_table(table, 0, 1 << 20))
        drawn = sum(int(line.split()[1].split("/")[0]) for line in bucket_lines(lines))
        checks.equal(f"{name}'s picture", drawn, table.size)
    for name in CLASSICS:
        classic = classic_of(name)
        checks.equal(
            name,
            [
                classic.count,
                classic.B,
                classic.nevacuate,
                int(classic.old is not None),
                int(classic.same_size),
                classic.noverflow,
            ],
            truth.classics[name],
        )
        checks.equal(f"{name}'s entries", [tuple(entry) for entry in classic.entries()], truth.entries[name])
    # What the others rely on: that the program has what it is meant to have.
    checks.that("overflow chains", truth.tables["several_blocks"][3] > 0, "there are none")
    checks.that("a map that is found through every level", table_of("deep").rest == "huge", "there is none")
    checks.that("evacuated old buckets", 0 < truth.classics["classic_growing"][2] < 64, truth.classics["classic_growing"])


def bucket_lines(lines):
    """The lines of a picture that are buckets: a mark, a number, entries/slots."""
    for line in lines:
        words = line[1:].split()
        if len(words) >= 2 and words[0].isdigit() and "/" in words[1]:
            yield line[1:]


def damages(seed, regions, memory, rounds):
    """Yields (address, eight bytes, what was there): words of the regions overwritten with what damage looks like."""
    chance = random.Random(seed)
    for _ in range(rounds):
        begin, size = chance.choice(regions)
        address = begin + 8 * chance.randrange(size // 8)
        before = memory.read(address, 8)
        word = int.from_bytes(before, memory.byte_order)
        after = chance.choice(
            [
                0,
                (1 << 64) - 1,
                chance.getrandbits(64),
                word ^ 1 << chance.randrange(64),
                word ^ 1 << chance.randrange(64),
                word + chance.choice([-8, 8, 1, -1]) & (1 << 64) - 1,
                address,
                begin,
            ]
        )
        yield address, after.to_bytes(8, memory.byte_order), before


def regions_of_table(table):
    """Where damage matters: the words of the map, its trunk and first tags and slots, its first overflow node."""
    regions = [(table.address, table.shape.words.size)]
    if table.buckets:
        regions.append((table.home() - 64, 160))
        if table.trunk is not None:
            regions.append((table.trunk.address, table.shape.trunk.size))
        for number in range(min(table.buckets, 64)):
            nodes = [group.node for group in table.groups(number) if group.node]
            if nodes:
                regions.append((nodes[0], table.shape.node.size // 8 * 8))
                break
    return regions


def regions_of_classic(classic):
    regions = [(classic.header_address, classic.header_type.size // 8 * 8)]
    regions += [(array.first - 32, 256) for array in (classic.old, classic.main) if array is not None]
    return regions
