"""gdb shows steady's containers: source this file, from the command line, a .gdbinit, or an auto-load script.

    (gdb) source /usr/share/steady/gdb/steady.py
    (gdb) print sessions
    (gdb) steady-buckets sessions

Tested with gdb 13 on programs by gcc (-O0 and -O2, with -g), live and from a core file: docs/debuggers.md. What the
structures look like is in ../steady_inspect; this file is its view of gdb.
"""

import os
import sys

import gdb
import gdb.printing

# Not __file__: that is the outer script's when a Python script of gdb's sources this one.
HERE = os.path.dirname(os.path.realpath(sys._getframe().f_code.co_filename))
sys.path.insert(0, os.path.dirname(HERE))
from steady_inspect import picture, reading, stats  # noqa: E402
from steady_inspect.classic import ClassicMap, Loop  # noqa: E402
from steady_inspect.table import Cursor, Table  # noqa: E402

TABLES = r"^steady::(node_)?(map|set)<.*>$"
CLASSIC = r"^steady::classic_map<.*>$"


class GdbMemory(reading.Memory):
    def __init__(self):
        self.inferior = gdb.selected_inferior()
        self.pointer_bytes = gdb.lookup_type("char").pointer().sizeof
        self.byte_order = "big" if "big endian" in gdb.execute("show endian", to_string=True) else "little"

    def read(self, address, size):
        try:
            return self.inferior.read_memory(address, size).tobytes()
        except (gdb.error, OverflowError, ValueError, MemoryError):
            raise reading.Trouble(f"damaged: the {size} bytes at {address:#x} cannot be read")


class GdbFacts(reading.Facts):
    def __init__(self, gdb_type):
        self.gdb_type = gdb_type.strip_typedefs().unqualified()
        self.name = self.gdb_type.name or ""
        self.size = self.gdb_type.sizeof
        self.alignment = self.gdb_type.alignof
        self.is_pointer = self.gdb_type.code == gdb.TYPE_CODE_PTR
        self._fields = None

    def fields(self):
        if self._fields is None:
            self._fields = {}
            self._add_fields(self.gdb_type, 0)
        return self._fields

    def _add_fields(self, of_type, offset):
        if of_type.code not in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
            return
        for field in of_type.fields():
            if not hasattr(field, "bitpos"):
                continue  # a static member
            at = offset + field.bitpos // 8
            if field.is_base_class or not field.name:
                self._add_fields(field.type.strip_typedefs(), at)
            else:
                self._fields[field.name] = reading.Field(at, GdbFacts(field.type))

    def target(self):
        return GdbFacts(self.gdb_type.target())

    def base(self, prefix):
        return self._base(self.gdb_type, prefix)

    def _base(self, of_type, prefix):
        if (of_type.name or "").startswith(prefix):
            return GdbFacts(of_type)
        for field in of_type.fields():
            if field.is_base_class:
                found = self._base(field.type.strip_typedefs(), prefix)
                if found is not None:
                    return found
        return None

    def nested(self, name):
        try:
            return GdbFacts(gdb.lookup_type(f"{self.name}::{name}"))
        except gdb.error:
            return None

    def argument(self, number):
        try:
            argument = self.gdb_type.template_argument(number)
        except (gdb.error, RuntimeError):
            return None
        return GdbFacts(argument) if isinstance(argument, gdb.Type) else None

    def constant(self, name):
        # Its symbol need not exist; the debug information of its class has the value.
        try:
            null = gdb.Value(0).cast(self.gdb_type.pointer()).dereference()
            return int(null[name])
        except gdb.error:
            return None

    def enumerators(self):
        return {field.enumval: field.name for field in self.gdb_type.fields()}


def value_at(address, facts):
    return gdb.Value(address).cast(facts.gdb_type.pointer()).dereference()


def address_of(value):
    if value.address is None:
        raise reading.Trouble("it is not in memory, so gdb cannot look into it")
    return int(value.address)


def member_of(value):
    """A function that gives a member of a value by its path, whether it lies in memory or in registers."""

    def number(path):
        at = value
        try:
            for name in path.split("."):
                at = at[name]
            return int(at)
        except gdb.error as error:
            raise reading.Trouble(f"gdb cannot say what {path} is: {error}")

    return number


def text_or_trouble(text):
    try:
        return text()
    except (reading.Trouble, gdb.error) as trouble:
        return f"({trouble})"


def plain(value):
    """The value itself, where it is a reference to one."""
    return value.referenced_value() if value.type.code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF) else value


class Printer:
    def __init__(self, value):
        self.value = plain(value)


class TablePrinter(Printer):
    def table(self):
        return Table(GdbMemory(), GdbFacts(self.value.type), address_of(self.value))

    def to_string(self):
        return text_or_trouble(lambda: self.table().summary())

    def display_hint(self):
        return "map" if reading.shortened(self.value.type.strip_typedefs().name).endswith("map") else "array"

    def children(self):
        try:
            table = self.table()
        except (reading.Trouble, gdb.error):
            return  # the text says it
        number = 0
        try:
            for number, entry in enumerate(table.entries()):
                value = value_at(entry.address, table.shape.entry)
                if table.shape.is_map:
                    yield f"key {number}", value["first"]
                    yield f"value {number}", value["second"]
                else:
                    yield f"[{number}]", value
        except (reading.Trouble, gdb.error) as trouble:
            yield "trouble", "(the entries end here)"
            if table.shape.is_map:
                yield "what", str(trouble)


class ClassicPrinter(Printer):
    def classic(self):
        return ClassicMap(GdbMemory(), GdbFacts(self.value.type), address_of(self.value))

    def to_string(self):
        return text_or_trouble(lambda: self.classic().summary())

    def display_hint(self):
        return "map"

    def children(self):
        try:
            classic = self.classic()
        except (reading.Trouble, gdb.error):
            return
        try:
            for number, entry in enumerate(classic.entries()):
                yield f"key {number}", value_at(entry.key, classic.keys.type)
                yield f"value {number}", value_at(entry.value, classic.values.type)
        except (reading.Trouble, gdb.error) as trouble:
            yield "trouble", "(the entries end here)"
            yield "what", str(trouble)


class IteratorPrinter(Printer):
    def cursor(self):
        cursor = self.value["cursor_"]
        return Cursor(GdbMemory(), GdbFacts(cursor.type), member_of(cursor))

    def to_string(self):
        return text_or_trouble(lambda: self.cursor().summary())

    def children(self):
        try:
            cursor = self.cursor()
            address = cursor.entry_address()
            cursor.memory.read(address, 1)
        except (reading.Trouble, gdb.error):
            return
        yield "entry", value_at(address, cursor.entry_type)


class LoopPrinter(Printer):
    def loop(self):
        loop = self.value["loop_"]
        return Loop(GdbMemory(), GdbFacts(loop.type), member_of(loop))

    def to_string(self):
        return text_or_trouble(lambda: self.loop().summary())

    def children(self):
        try:
            loop = self.loop()
            key, value = loop.key_and_value()
            loop.memory.read(key, 1)
            loop.memory.read(value, 1)
        except (reading.Trouble, gdb.error):
            return
        yield "first", value_at(key, loop.key_type)
        yield "second", value_at(value, loop.value_type)


class StatsPrinter(Printer):
    def to_string(self):
        return text_or_trouble(lambda: stats.summary(self.value.type.strip_typedefs().name, member_of(self.value)))

    def children(self):
        for field in self.value.type.strip_typedefs().fields():
            if hasattr(field, "bitpos"):
                yield field.name, self.value[field.name]


class BucketsCommand(gdb.Command):
    """Draw the buckets of a steady::map, set, node_map, node_set or classic_map.
Usage: steady-buckets [-from N] [-count N] EXPRESSION
A tag is the first byte of the hash of the entry in that slot, two dots are an empty slot. > marks a bucket in which a
loop stands, * the one that is split (of a classic map, evacuated) next. -count is 32 unless given."""

    def __init__(self):
        super().__init__("steady-buckets", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        try:
            first, count, expression = reading.bucket_options(argument)
        except ValueError as error:
            raise gdb.GdbError(f"steady-buckets: {error}")
        value = plain(gdb.parse_and_eval(expression))
        name = value.type.strip_typedefs().name or str(value.type)
        try:
            kind = reading.shortened(name)
            if kind == "steady::classic_map":
                lines = picture.draw_classic(ClassicPrinter(value).classic(), first, count)
            elif kind in reading.TABLES:
                lines = picture.draw_table(TablePrinter(value).table(), first, count)
            else:
                raise gdb.GdbError(f"steady-buckets: a {kind} has no buckets of steady's")
            for line in lines:
                print(line)
        except reading.Trouble as trouble:
            print(f"({trouble})")


def register():
    printers = gdb.printing.RegexpCollectionPrettyPrinter("steady")
    printers.add_printer("map and set", TABLES, TablePrinter)
    printers.add_printer("classic_map", CLASSIC, ClassicPrinter)
    printers.add_printer("iterator", r"^steady::detail::table_iterator<.*>$", IteratorPrinter)
    printers.add_printer("classic iterator", r"^steady::classic::map_iterator<.*>$", LoopPrinter)
    printers.add_printer("stats", r"^steady::(classic::)?map_stats$", StatsPrinter)
    gdb.printing.register_pretty_printer(None, printers, replace=True)
    BucketsCommand()


register()
