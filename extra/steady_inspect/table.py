"""steady::map, set, node_map and node_set: their words, buckets, overflow chains and loops.

The layout is that of include/steady/detail/layout.hpp, storage.hpp and overflow.hpp, whose comments say what this file
computes: tag words go down from a block's address, slots go up, links come last, and before the first block's tag
words are the bootstrap array of the directory and the trunk. A lone bucket of few slots has no trunk.
"""

import collections

from .reading import LONGEST_LIST, NUMBERS, Record, Trouble, plural, round_up, shortened

BUCKET_SLOTS = NUMBERS["bucket_slots"]
TAG_WORD_BYTES = NUMBERS["tag_word_bytes"]
FILTER_BYTE = NUMBERS["filter_byte"]

# The activities of a map that nobody writes. Of all the others the name says what is being done.
IDLE = {"none", "partly_split", "no_buckets", "indirect", "huge"}

# Up to so many slots that are searched for one bucket: the bucket's own, or one overflow node's (`node` is 0 or its
# address).
Group = collections.namedtuple("Group", "tags slots node")
# An entry: the address of the pair or key, and where it is.
Entry = collections.namedtuple("Entry", "address bucket slot node")


class Shape:
    """What all tables of one type have in common."""

    def __init__(self, memory, facts):
        storage = facts.base("steady::detail::table_storage<")
        if storage is None:
            raise Trouble(f"debug information of {shortened(facts.name)} has no base class table_storage")
        self.kind = shortened(facts.name)
        self.storage = storage
        self.words = facts
        if not storage.field("near_").type.is_pointer:
            raise Trouble("not supported: its allocator has pointers of its own")
        trunk = storage.nested("trunk")
        if trunk is None:
            raise Trouble("debug information has no type table_storage::trunk")
        self.trunk = trunk
        self.cursor = trunk.field("loops").type.target()
        position = self.cursor.field("at_").type
        self.slot = position.field("entry").type.target()
        self.node = position.field("node").type.target()
        self.entries_in_place = "entry" in self.slot.fields()
        if self.entries_in_place:
            self.entry = self.slot.field("entry").type
        else:
            self.entry = self.slot.field("node").type.target()
        self.is_map = self.kind in ("steady::map", "steady::node_map")
        self.activities = {
            value: name.rsplit("::", 1)[-1] for value, name in storage.field("rest_").type.enumerators().items()
        }
        self.writes = set(self.activities.values()) - IDLE

        self.pointer_bytes = memory.pointer_bytes
        self.node_slots = self.node.field("tags").type.size
        self.levels = trunk.field("directory_log2").type.size
        self.stride = BUCKET_SLOTS * self.slot.size
        self.bootstrap_bytes = round_up(self.pointer_bytes, trunk.alignment)
        options = facts.argument(5 if self.is_map else 4)
        self.largest_block = options.constant("largest_block") if options is not None else None
        if self.largest_block is None:
            raise Trouble("debug information does not say how large blocks may be (options::largest_block)")
        self.fan_bits = (self.largest_block // self.pointer_bytes).bit_length() - 1
        self.alignment = max(TAG_WORD_BYTES, self.slot.alignment, self.pointer_bytes)
        self.block_shift = NUMBERS["largest_block_shift"]
        while self.block_shift > 0 and self.first_block_bytes(1 << self.block_shift) > self.largest_block:
            self.block_shift -= 1
        self.block_buckets = 1 << self.block_shift

    def links_offset(self, buckets):
        return round_up(buckets * self.stride, self.pointer_bytes)

    def first_block_bytes(self, buckets):
        front = round_up(buckets * TAG_WORD_BYTES + self.bootstrap_bytes + self.trunk.size, self.alignment)
        return round_up(front + self.links_offset(buckets) + buckets * self.pointer_bytes, self.alignment)


class Table:
    """One map or set. Making one reads and checks its words and raises Trouble when they contradict each other."""

    def __init__(self, memory, facts, address):
        self.memory = memory
        self.shape = Shape(memory, facts)
        self.address = address
        self.record = Record(memory, self.shape.words, address)
        number = self.record.number
        self.size = number("size_")
        self.buckets = number("buckets_")
        self.seed = number("seed_")
        # The low half of the size at which the next bucket is split, which is larger than the size.
        self.grow_at = self.size + ((number("grows_at_") - self.size - 1) & 0xFFFFFFFF)
        self.near = number("near_")
        self.slot_mask = number("slot_mask_")
        self.stamp = number("stamp_")
        self.first_block_buckets = 1 if self.small else 1 << (number("mask_") & (TAG_WORD_BYTES - 1))
        self.looped = number("flags_") & NUMBERS["looped"] != 0
        self.blocks = 1 if self.buckets else 0
        self.activity = self.activity_of(self.stamp & 0xFF)
        self.rest = self.activity_of(number("rest_"))
        self.found_blocks = {}
        self.trunk = None
        self.moving = False
        self.buckets_moved = 0
        try:
            self.check()
            if self.buckets != 0 and not self.small:
                self.read_trunk()
        except Trouble as trouble:
            raise Trouble(f"{trouble}{self.meanwhile()}")

    def activity_of(self, value):
        return self.shape.activities.get(value, str(value))

    def meanwhile(self):
        """What is being done to it, as the end of a sentence: most likely why something is not as it should be."""
        if self.activity not in self.shape.writes:
            return ""
        if self.activity == "destroy":
            return "; it is being destroyed, or has been"
        return f"; the program is in the middle of this map's {self.activity}"

    def check(self):
        number = self.record.number

        def demand(holds, what):
            if not holds:
                raise Trouble(f"not constructed, destroyed, or damaged: {what}")

        if self.buckets == 0:
            demand(self.rest == "no_buckets", f"no buckets, but rest_ is {self.rest}")
            demand(self.size == 0, f"no buckets, but size_ is {self.size}")
            demand(self.near == 0, f"no buckets, but near_ is {self.near:#x}")
            return
        demand(self.rest in IDLE - {"no_buckets"}, f"{self.buckets} buckets, but rest_ is {self.rest}")
        # It has the bits that the numbers of the buckets have, wherever in the hash they are taken from.
        mask = number("mask_") & -TAG_WORD_BYTES
        bits = mask // (mask & -mask) if mask else 0
        demand(bits == (1 << (self.buckets - 1).bit_length()) - 1, f"{self.buckets} buckets, but mask_ is {mask:#x}")
        demand(self.near != 0, f"{self.buckets} buckets, but near_ is null")
        demand(
            self.slot_mask != 0 and self.slot_mask & (self.slot_mask + 1) == 0 and self.slot_mask < 1 << BUCKET_SLOTS,
            f"slot_mask_ is {self.slot_mask:#x}",
        )
        demand(not self.small or self.buckets == 1, f"{self.buckets} buckets, but slot_mask_ is {self.slot_mask:#x}")
        demand(
            self.first_block_buckets <= self.shape.block_buckets,
            f"the first block has {self.first_block_buckets} buckets",
        )

    def read_trunk(self):
        bootstrap = self.home() - (self.first_block_buckets - 1) * TAG_WORD_BYTES - self.shape.bootstrap_bytes
        self.trunk = Record(self.memory, self.shape.trunk, bootstrap - self.shape.trunk.size)
        self.blocks = self.trunk.number("blocks")
        if self.blocks < (self.buckets - 1 >> self.shape.block_shift) + 1:
            raise Trouble(f"damaged: {self.buckets} buckets, but only {plural(self.blocks, 'block')}")
        if self.blocks == 1 and self.buckets > self.first_block_buckets:
            raise Trouble(f"damaged: {self.buckets} buckets, but the first block has {self.first_block_buckets}")
        if any(log2 > self.shape.fan_bits for log2 in self.trunk.numbers("directory_log2")):
            raise Trouble("damaged: the directory has an array that is too large")
        if self.size > self.slots + self.trunk.number("nodes") * self.shape.node_slots:
            raise Trouble(f"damaged: size_ is {self.size}, more than its slots and overflow nodes hold")
        self.moving = self.rest == "indirect"
        if self.moving:
            self.buckets_moved = self.trunk.number("buckets_moved")
            if self.trunk.number("next_home") == 0 or self.buckets_moved > self.buckets:
                raise Trouble("damaged: its first block moves, but not to anywhere")

    # ---- figures ----

    @property
    def small(self):
        return self.slot_mask != (1 << BUCKET_SLOTS) - 1

    @property
    def slots(self):
        return self.slot_mask.bit_length() if self.buckets == 1 else self.buckets * BUCKET_SLOTS

    @property
    def B(self):
        return self.buckets.bit_length() - 1

    @property
    def nevacuate(self):
        return self.buckets - (1 << self.B)

    def summary(self):
        if self.buckets == 0:
            return f"{self.shape.kind}, empty"
        told = [f"{plural(self.buckets, 'bucket')}, B {self.B}"]
        if self.nevacuate:
            told.append(f"growing: {self.nevacuate} of {1 << self.B} split")
        if self.moving:
            told.append(f"first block moving: {self.buckets_moved} of {self.buckets} buckets")
        loops = len(self.loops())
        if loops:
            told.append(plural(loops, "loop"))
        return f"{self.shape.kind} with {plural(self.size, 'entry', 'entries')} ({', '.join(told)}){self.meanwhile()}"

    # ---- addresses ----

    def home(self):
        return self.block(0)

    def block(self, index):
        if index not in self.found_blocks:
            self.found_blocks[index] = self._find_block(index)
        return self.found_blocks[index]

    def _find_block(self, index):
        if self.rest != "huge":
            return self.memory.pointer(self.near + index * self.shape.pointer_bytes)
        array = self.near
        for level in range(self.shape.levels - 1, -1, -1):
            place = index >> (self.shape.fan_bits * level) & ((1 << self.shape.fan_bits) - 1)
            array = self.memory.pointer(array + place * self.shape.pointer_bytes)
        return array

    def bucket_at(self, number):
        """The addresses of a bucket's tag word, slots and link; no link: 0."""
        moved = self.moving and number < self.buckets_moved
        block = self.trunk.number("next_home") if moved else self.block(number >> self.shape.block_shift)
        in_block = number & (self.shape.block_buckets - 1)
        slots = block + TAG_WORD_BYTES
        buckets = self.shape.block_buckets
        if number < self.shape.block_buckets:
            buckets = 1 << self.trunk.number("next_home_log2") if moved else self.first_block_buckets
        link = 0 if self.small else slots + self.shape.links_offset(buckets) + in_block * self.shape.pointer_bytes
        return block - in_block * TAG_WORD_BYTES, slots + in_block * self.shape.stride, link

    # ---- what lies there ----

    def groups(self, number):
        """The groups of a bucket: its own slots, then its overflow nodes one by one."""
        tags, slots, link = self.bucket_at(number)
        word = self.memory.read(tags, TAG_WORD_BYTES)
        if any(word[slot] for slot in range(self.slot_mask.bit_length(), BUCKET_SLOTS)):
            raise Trouble(f"damaged: bucket {number} has tags where it has no slots{self.meanwhile()}")
        yield Group(word[:BUCKET_SLOTS], slots, 0)
        chain_filter = word[FILTER_BYTE]
        if chain_filter == 0:
            return
        if link == 0:
            raise Trouble(f"damaged: bucket {number} has a chain, but the map is too small for one{self.meanwhile()}")
        memory_offset = self.shape.node.field("memory").offset
        address = self.memory.pointer(link)
        seen = set()
        while address != 0:
            if address in seen or len(seen) > LONGEST_LIST:
                raise Trouble(f"damaged: the chain of bucket {number} goes in a circle{self.meanwhile()}")
            seen.add(address)
            node = Record(self.memory, self.shape.node, address)
            node_tags = node.numbers("tags")
            if any(tag and not chain_filter >> tag % 8 & 1 for tag in node_tags):
                raise Trouble(f"damaged: the filter of bucket {number} misses a tag of its chain{self.meanwhile()}")
            yield Group(node_tags, address + memory_offset, address)
            address = node.number("next")
        if not seen:
            raise Trouble(f"damaged: bucket {number} has a filter, but no chain{self.meanwhile()}")

    def entries(self):
        """All entries, in the order of the buckets. Raises Trouble at its end when there are not as many as there
        should be."""
        found = 0
        for number in range(self.buckets):
            for group in self.groups(number):
                for slot, tag in enumerate(group.tags):
                    if tag == 0:
                        continue
                    found += 1
                    if found > self.size:
                        break
                    address = group.slots + slot * self.shape.slot.size
                    if not self.shape.entries_in_place:
                        address = self.memory.pointer(address)
                    yield Entry(address, number, slot, group.node)
            if found > self.size:
                raise Trouble(f"damaged: more entries than size_ says, {self.size}{self.meanwhile()}")
        if found != self.size:
            raise Trouble(f"damaged: {found} entries were found, size_ is {self.size}{self.meanwhile()}")

    def loops(self):
        """The cursors of the loops in progress, youngest first."""
        found = []
        at = self._first_loop() if self.looped and self.buckets else 0
        seen = set()
        while at != 0:
            if at in seen or len(seen) > LONGEST_LIST:
                raise Trouble("damaged: the list of its loops goes in a circle")
            seen.add(at)
            cursor = Record(self.memory, self.shape.cursor, at)
            if cursor.number("map_") != self.address:
                raise Trouble(f"damaged: the list of its loops has one that is not its own, at {at:#x}")
            found.append(Cursor(self.memory, self.shape.cursor, self._number_of(cursor)))
            at = cursor.number("next_")
        return found

    def _first_loop(self):
        if self.trunk is not None:
            return self.trunk.number("loops")
        slots = round_up(self.slots * self.shape.slot.size, self.shape.pointer_bytes)
        return self.memory.pointer(self.home() + TAG_WORD_BYTES + slots)

    @staticmethod
    def _number_of(cursor):
        place = Record(cursor.memory, cursor.facts.field("at_").type, cursor.address_of("at_"))

        def number(path):
            return place.number(path[len("at_.") :]) if path.startswith("at_.") else cursor.number(path)

        return number


class Cursor:
    """Where an iterator stands. `number` gives a member of the cursor by its path, for instance at_.entry; it is the
    front end's, because an iterator of an optimised program may lie in registers."""

    def __init__(self, memory, facts, number):
        self.memory = memory
        self.facts = facts
        self.number = number
        position = facts.field("at_").type
        if not position.field("entry").type.is_pointer:
            raise Trouble("not supported: its allocator has pointers of its own")
        self.slot = position.field("entry").type.target()
        self.entries_in_place = "entry" in self.slot.fields()
        if not self.entries_in_place and not self.slot.field("node").type.is_pointer:
            raise Trouble("not supported: its allocator has pointers of its own")
        self.entry_type = (
            self.slot.field("entry").type if self.entries_in_place else self.slot.field("node").type.target()
        )
        states = facts.field("state_").type.enumerators()
        state = number("state_")
        if state not in states:
            raise Trouble(f"not constructed, or damaged: state_ is {state}")
        self.state = states[state].rsplit("::", 1)[-1]

    @property
    def bucket(self):
        return self.number("at_.bucket")

    @property
    def slot_number(self):
        return (self.number("at_.entry") - self.number("at_.slots")) // self.slot.size

    def entry_address(self):
        """0 where there is none to be shown."""
        if self.state in ("end", "ended") or self.number("at_.entry") == 0:
            return 0
        address = self.number("at_.entry")
        return address if self.entries_in_place else self.memory.pointer(address)

    def summary(self):
        if self.state == "end" or (self.state != "ended" and self.number("at_.entry") == 0):
            return "end"
        if self.state == "ended":
            return "end: the map was cleared, assigned to or destroyed"
        node = self.number("at_.node")
        told = f"bucket {self.bucket}, slot {self.slot_number}{' of an overflow node' if node else ''}"
        if self.state == "registered":
            told = f"loop at {told}; unit {self.number('unit_')} of {1 << min(self.number('bits_'), 63)}"
            if self.number("disturbed_"):
                told += ", by its list of what was there"
        tag = self.memory.read(self.number("at_.tags") + self.slot_number, 1)[0]
        if tag == 0:
            told += "; its entry has been erased"
        elif self.state != "registered" and self.changed_since():
            told += "; the map has changed since"
        return told

    def changed_since(self):
        """Whether the map's epoch is another one than when the iterator was made. The lowest byte is the activity."""
        words = self.facts.field("map_").type.target()
        stamp = words.field("stamp_")
        now = self.memory.integer(self.number("map_") + stamp.offset, stamp.type.size)
        return now >> 8 != self.number("stamp_") >> 8
