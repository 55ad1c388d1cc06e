"""steady::classic_map: its header, both bucket arrays, chains and loops, as in include/steady/classic/."""

import collections

from .reading import LONGEST_LIST, NUMBERS, Record, Trouble, plural, round_up, shortened

MIN_TOP_HASH = NUMBERS["min_top_hash"]

Entry = collections.namedtuple("Entry", "key value")


class Cell:
    """What lies in a key's or a value's place: the thing itself, or a pointer to a node that has it (cell.hpp)."""

    def __init__(self, facts):
        self.size = facts.size
        self.in_node = "node" in facts.fields()
        if self.in_node:
            value = facts.field("node").type.target().field("value")
        else:
            value = facts.field("value")
        self.offset = value.offset
        self.type = value.type

    def address(self, memory, cell):
        return (memory.pointer(cell) if self.in_node else cell) + self.offset


class Array:
    """One bucket array: 2^B main buckets and a tail of overflow buckets (bucket.hpp)."""

    def __init__(self, classic, address):
        record = Record(classic.memory, classic.array, address)
        self.main = record.number("main")
        self.total = record.number("total")
        self.first = address + round_up(classic.array.size, classic.bucket.alignment)
        self.bucket_bytes = classic.bucket.size
        if self.main == 0 or self.main & (self.main - 1) or not self.main <= self.total <= 4 * self.main:
            raise Trouble(f"damaged: a bucket array says that it has {self.main} main buckets of {self.total}")

    def at(self, number):
        return self.first + number * self.bucket_bytes

    def number_of(self, address):
        """The number of a bucket of this array's block, or None."""
        number, rest = divmod(address - self.first, self.bucket_bytes)
        return number if rest == 0 and 0 <= number < self.total else None


class ClassicMap:
    """One classic map. Making one reads and checks its header and raises Trouble when that is damaged."""

    def __init__(self, memory, facts, address):
        self.memory = memory
        self.kind = shortened(facts.name)
        map_field = facts.field("map_")
        self.header_type = map_field.type.target()
        self.array = self.header_type.field("buckets").type.target()
        self.bucket = self.header_type.field("next_overflow").type.target()
        self.keys = Cell(self.bucket.field("keys").type.target())
        self.values = Cell(self.bucket.field("values").type.target())
        self.slots = self.bucket.field("tophash").type.size
        self.header_address = memory.pointer(address + map_field.offset)
        self.main = self.old = None
        self.count = self.B = 0
        if self.header_address == 0:
            return
        header = self.header = Record(memory, self.header_type, self.header_address)
        self.count = header.number("count")
        self.B = header.number("B")
        self.nevacuate = header.number("nevacuate")
        self.noverflow = header.number("noverflow")
        self.same_size = bool(header.number("flags") & NUMBERS["flag_same_size_grow"])
        if self.B > 63:
            raise Trouble(f"not constructed, or damaged: B is {self.B}")
        if header.number("closed"):
            raise Trouble("destroyed: its header is closed")
        if header.number("buckets") == 0:
            if self.count:
                raise Trouble(f"not constructed, or damaged: no buckets, but count is {self.count}")
            return
        self.main = Array(self, header.number("buckets"))
        if self.main.main != 1 << self.B:
            raise Trouble(f"damaged: B is {self.B}, but there are {self.main.main} main buckets")
        if header.number("oldbuckets"):
            self.old = Array(self, header.number("oldbuckets"))
            if self.old.main != self.main.main >> (0 if self.same_size else 1) or self.nevacuate > self.old.main:
                raise Trouble(f"damaged: {self.old.main} old buckets, {self.nevacuate} of them evacuated")

    def summary(self):
        if self.main is None:
            return f"{self.kind}, empty"
        told = [f"{plural(self.main.main, 'bucket')}, B {self.B}"]
        if self.old is not None:
            told.append(f"growing{' to the same size' if self.same_size else ''}: nevacuate {self.nevacuate} of {self.old.main}")
        loops = self.live_loops()
        if loops:
            told.append(plural(loops, "loop"))
        return f"{self.kind} with {plural(self.count, 'entry', 'entries')} ({', '.join(told)})"

    def live_loops(self):
        return self.header.number("references") - 1

    def is_evacuated(self, tophash):
        return NUMBERS["empty_one"] < tophash[0] < MIN_TOP_HASH

    def chain(self, array, number):
        """The buckets of a chain as (address, tophash bytes, address of the next). Of an evacuated one only the head."""
        address = array.at(number)
        seen = set()
        while address != 0:
            if address in seen or len(seen) > LONGEST_LIST:
                raise Trouble(f"damaged: the chain of bucket {number} goes in a circle")
            seen.add(address)
            bucket = Record(self.memory, self.bucket, address)
            tophash = bucket.numbers("tophash")
            yield address, tophash
            if self.is_evacuated(tophash):
                return
            address = bucket.number("overflow")

    def entry(self, bucket, slot):
        keys = bucket + self.bucket.field("keys").offset
        values = bucket + self.bucket.field("values").offset
        return Entry(
            self.keys.address(self.memory, keys + slot * self.keys.size),
            self.values.address(self.memory, values + slot * self.values.size),
        )

    def entries(self):
        """All entries: of the old buckets that are not evacuated, then of the main ones. Raises Trouble at its end when
        there are not as many as there should be."""
        found = 0
        for array in (self.old, self.main):
            for number in range(array.main if array is not None else 0):
                for address, tophash in self.chain(array, number):
                    for slot, tag in enumerate(tophash):
                        if tag < MIN_TOP_HASH:
                            continue
                        found += 1
                        if found > self.count:
                            raise Trouble(f"damaged: more entries than count says, {self.count}")
                        yield self.entry(address, slot)
        if found != self.count:
            raise Trouble(f"damaged: {found} entries were found, count is {self.count}")


class Loop:
    """Where an iterator of a classic map stands (loop.hpp). `number` gives a member of the loop by name."""

    def __init__(self, memory, facts, number):
        self.memory = memory
        self.facts = facts
        self.number = number
        self.key_type = facts.field("key_").type.target()
        self.value_type = facts.field("value_").type.target()

    def key_and_value(self):
        """Their addresses; 0, 0 at the end."""
        return self.number("key_"), self.number("value_")

    def summary(self):
        if self.number("map_") == 0:
            return "end" if self.number("value_") == 0 else "at what was found"
        header = Record(self.memory, self.facts.field("map_").type.target(), self.number("map_"))
        if self.number("B_") > 63:
            raise Trouble(f"not constructed, or damaged: B_ is {self.number('B_')}")
        if header.number("clears") != self.number("clears_") or header.number("closed"):
            return "loop, over: the map was cleared or destroyed"
        buckets = 1 << self.number("B_")
        no_check = (1 << 8 * self.memory.pointer_bytes) - 1
        where = "" if self.number("check_") == no_check else " in the old array"
        wrapped = ", past the last bucket" if self.number("wrapped_") else ""
        return (
            f"loop at bucket {(self.number('bucket_') - 1) % buckets} of {buckets}{where}, "
            f"begun at {self.number('start_')} with offset {self.number('offset_')}{wrapped}"
        )
