"""How the memory and the types of the program are read, and the few numbers that debug information may not have.

A front end implements Memory and Facts for its debugger. Sizes, offsets, types, enumerators and the block limit come from
debug information, so that they cannot disagree with the program. Static constants of a namespace do not survive -O2; the
ones needed are NUMBERS, and scripts/check-debuggers fails when a header says otherwise.
"""

import collections

NUMBERS = {
    # include/steady/detail/group.hpp
    "bucket_slots": 15,
    "tag_word_bytes": 16,
    "filter_byte": 15,
    # include/steady/detail/storage.hpp
    "looped": 0x02,
    # include/steady/detail/layout.hpp: block_shift begins here and goes down until a block fits the block limit
    "largest_block_shift": 7,
    # include/steady/classic/states.hpp
    "empty_one": 1,
    "evacuated_x": 2,
    "evacuated_y": 3,
    "evacuated_empty": 4,
    "min_top_hash": 5,
    "flag_same_size_grow": 8,
}

# No list is followed further than this: one that is longer goes in a circle.
LONGEST_LIST = 100000

# The classes that table.py reads, without their template arguments.
TABLES = ("steady::map", "steady::set", "steady::node_map", "steady::node_set")


class Trouble(Exception):
    """Something in the program is not as the headers say. The text is for the user."""


# Where a member is from the beginning of its object, and the facts of its type.
Field = collections.namedtuple("Field", "offset type")


class Memory:
    """The memory of the program. Its address is an integer everywhere."""

    pointer_bytes = 8
    byte_order = "little"

    def read(self, address, size):
        """The bytes; raises Trouble when they cannot be read."""
        raise NotImplementedError

    def integer(self, address, size):
        return int.from_bytes(self.read(address, size), self.byte_order)

    def pointer(self, address):
        return self.integer(address, self.pointer_bytes)


class Facts:
    """What debug information says about a type, its typedefs resolved. Members of base classes and of unnamed unions count
    as its own."""

    name = ""
    size = 0
    alignment = 1
    is_pointer = False

    def fields(self):
        """Members by name."""
        raise NotImplementedError

    def target(self):
        """What a pointer points to, or an array consists of."""
        raise NotImplementedError

    def base(self, prefix):
        """This class or the base class whose name begins so, or None."""
        raise NotImplementedError

    def nested(self, name):
        """A class declared inside this one, or None."""
        raise NotImplementedError

    def argument(self, number):
        """A template argument that is a type, or None."""
        raise NotImplementedError

    def constant(self, name):
        """The value of a static constant of the class, or None."""
        raise NotImplementedError

    def enumerators(self):
        """Names by value."""
        raise NotImplementedError

    def field(self, name):
        try:
            return self.fields()[name]
        except KeyError:
            raise Trouble(f"debug information of {shortened(self.name)} has no member {name}; is it complete (-g)?")


class Record:
    """An object in memory, its members as integers. It is read at once, and so is one moment's."""

    def __init__(self, memory, facts, address):
        self.memory = memory
        self.facts = facts
        self.address = address
        self.bytes = memory.read(address, facts.size)

    def number(self, name):
        field = self.facts.field(name)
        return int.from_bytes(self.bytes[field.offset : field.offset + field.type.size], self.memory.byte_order)

    def numbers(self, name):
        """An array of bytes."""
        field = self.facts.field(name)
        return self.bytes[field.offset : field.offset + field.type.size]

    def address_of(self, name):
        return self.address + self.facts.field(name).offset


def round_up(number, multiple):
    return (number + multiple - 1) // multiple * multiple


def percent(part, whole):
    return f"{100 * part // whole} %" if whole else "0 %"


def plural(number, noun, many=None):
    return f"{number} {noun if number == 1 else many or noun + 's'}"


def shortened(name):
    """A type's name without its template arguments."""
    return (name or "a type without a name").split("<", 1)[0]


def bucket_options(command):
    """What follows the command steady-buckets: the first bucket, how many, the expression. Raises ValueError."""
    first, count = 0, 32
    words = command.split(None, 2)
    while words and words[0] in ("-from", "-count"):
        if len(words) < 3 or not words[1].isdigit():
            raise ValueError("usage: steady-buckets [-from N] [-count N] EXPRESSION")
        if words[0] == "-from":
            first = int(words[1])
        else:
            count = int(words[1])
        command = words[2]
        words = command.split(None, 2)
    if not words:
        raise ValueError("usage: steady-buckets [-from N] [-count N] EXPRESSION")
    return first, count, command.strip()
