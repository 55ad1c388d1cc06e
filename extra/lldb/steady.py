"""lldb shows steady's containers: import this file, from the command line or in ~/.lldbinit.

    (lldb) command script import /usr/share/steady/lldb/steady.py
    (lldb) frame variable sessions
    (lldb) steady-buckets sessions

Tested with lldb 19 on programs by gcc (-O0 and -O2, with -g), live and from a core file: docs/debuggers.md. What the
structures look like is in ../steady_inspect; this file is its view of lldb.
"""

import os
import sys

import lldb

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), os.pardir))
from steady_inspect import picture, reading, stats  # noqa: E402
from steady_inspect.classic import ClassicMap, Loop  # noqa: E402
from steady_inspect.table import Cursor, Table  # noqa: E402

if not hasattr(lldb.SBType, "GetStaticFieldWithName"):
    raise ImportError("steady's formatters need lldb 18 or newer: older ones do not tell scripts what is static in a class")

# So many entries are looked at before lldb is told how many children there are: damage among them is seen in time.
LOOKED_AT = 1000


class LldbMemory(reading.Memory):
    def __init__(self, target):
        self.target = target
        self.process = target.GetProcess()
        self.pointer_bytes = target.GetAddressByteSize()
        self.byte_order = "big" if target.GetByteOrder() == lldb.eByteOrderBig else "little"

    def read(self, address, size):
        error = lldb.SBError()
        data = b""
        if 0 < address < 1 << 8 * self.pointer_bytes and size < 1 << 30:
            data = self.process.ReadMemory(address, size, error) or b""
        if len(data) != size:
            raise reading.Trouble(f"damaged: the {size} bytes at {address:#x} cannot be read")
        return data


class LldbFacts(reading.Facts):
    def __init__(self, sb_type, target):
        self.sb_type = sb_type.GetCanonicalType().GetUnqualifiedType()
        self.target_program = target
        self.name = self.sb_type.GetName() or ""
        self.size = self.sb_type.GetByteSize()
        self.is_pointer = self.sb_type.IsPointerType()
        self._fields = None

    @property
    def alignment(self):
        # lldb does not work it out for classes; it knows what was asked for by alignas.
        asked = self.sb_type.GetByteAlign()
        if self.sb_type.IsArrayType():
            return self.target().alignment
        return max([asked] + [field.type.alignment for field in self.fields().values()])

    def fields(self):
        if self._fields is None:
            self._fields = {}
            self._add_fields(self.sb_type, 0)
        return self._fields

    def _add_fields(self, of_type, offset):
        for number in range(of_type.GetNumberOfDirectBaseClasses()):
            member = of_type.GetDirectBaseClassAtIndex(number)
            self._add_fields(member.GetType().GetCanonicalType(), offset + member.GetOffsetInBytes())
        for number in range(of_type.GetNumberOfFields()):
            member = of_type.GetFieldAtIndex(number)
            at = offset + member.GetOffsetInBytes()
            if member.GetName():
                self._fields[member.GetName()] = reading.Field(at, LldbFacts(member.GetType(), self.target_program))
            else:
                self._add_fields(member.GetType().GetCanonicalType(), at)

    def target(self):
        inner = self.sb_type.GetArrayElementType() if self.sb_type.IsArrayType() else self.sb_type.GetPointeeType()
        return LldbFacts(inner, self.target_program)

    def base(self, prefix):
        return self._base(self.sb_type, prefix)

    def _base(self, of_type, prefix):
        if (of_type.GetName() or "").startswith(prefix):
            return LldbFacts(of_type, self.target_program)
        for number in range(of_type.GetNumberOfDirectBaseClasses()):
            found = self._base(of_type.GetDirectBaseClassAtIndex(number).GetType().GetCanonicalType(), prefix)
            if found is not None:
                return found
        return None

    def nested(self, name):
        found = self.sb_type.FindDirectNestedType(name)
        return LldbFacts(found, self.target_program) if found.IsValid() else None

    def argument(self, number):
        found = self.sb_type.GetTemplateArgumentType(number)
        return LldbFacts(found, self.target_program) if found.IsValid() else None

    def constant(self, name):
        field = self.sb_type.GetStaticFieldWithName(name)
        if not field.IsValid():
            return None
        value = field.GetConstantValue(self.target_program)
        return value.GetValueAsUnsigned() if value.IsValid() else None

    def enumerators(self):
        members = self.sb_type.GetEnumMembers()
        mask = (1 << 8 * self.size) - 1
        return {
            member.GetValueAsUnsigned() & mask: member.GetName()
            for member in (members.GetTypeEnumMemberAtIndex(number) for number in range(members.GetSize()))
        }


def plain(value):
    """The value itself, without formatters and references."""
    value = value.GetNonSyntheticValue()
    return value.Dereference() if value.GetType().IsReferenceType() else value


def made(kind, value):
    """A Table or ClassicMap of a value."""
    value = plain(value)
    target = value.GetTarget()
    address = value.GetLoadAddress()
    if address == lldb.LLDB_INVALID_ADDRESS:
        raise reading.Trouble("it is not in memory, so lldb cannot look into it")
    return kind(LldbMemory(target), LldbFacts(value.GetType(), target), address)


def member_of(value):
    """A function that gives a member of a value by its path, whether it lies in memory or in registers."""

    def number(path):
        at = value
        for name in path.split("."):
            at = at.GetChildMemberWithName(name)
        error = lldb.SBError()
        found = at.GetValueAsUnsigned(error)
        if error.Fail():
            raise reading.Trouble(f"lldb cannot say what {path} is: {error.GetCString()}")
        return found & (1 << 8 * at.GetByteSize()) - 1

    return number


def standing(kind, value, member):
    """A Cursor or Loop of an iterator."""
    inner = plain(value).GetChildMemberWithName(member)
    target = inner.GetTarget()
    return kind(LldbMemory(target), LldbFacts(inner.GetType(), target), member_of(inner))


def text_or_trouble(text):
    try:
        return text()
    except reading.Trouble as trouble:
        return f"({trouble})"


# ---- summaries ----


def table_summary(value, _):
    return text_or_trouble(lambda: made(Table, value).summary())


def classic_summary(value, _):
    return text_or_trouble(lambda: made(ClassicMap, value).summary())


def iterator_summary(value, _):
    return text_or_trouble(lambda: standing(Cursor, value, "cursor_").summary())


def loop_summary(value, _):
    return text_or_trouble(lambda: standing(Loop, value, "loop_").summary())


def stats_summary(value, _):
    value = plain(value)
    kind = value.GetType().GetCanonicalType().GetUnqualifiedType().GetName()
    return text_or_trouble(lambda: stats.summary(kind, member_of(value)))


# ---- children ----


class Children:
    """The children of a container, found as they are asked for: (name, address, facts of the type) by `walk`, which ends
    with a Trouble when the container is damaged. That is shown as the last child."""

    def __init__(self, value, _):
        self.value = value
        self.update()

    def update(self):
        self.found = []
        self.walk = None
        self.expected = 0
        try:
            self.begin()
        except reading.Trouble:
            pass  # the summary says it
        self.find(LOOKED_AT)
        return False

    def begin(self):
        """Sets walk and expected."""
        raise NotImplementedError

    def find(self, number):
        while self.walk is not None and len(self.found) < number:
            try:
                self.found.append(next(self.walk))
            except StopIteration:
                self.walk = None
                self.expected = len(self.found)
            except reading.Trouble as trouble:
                self.walk = None
                self.found.append(("[the entries end here]", None, str(trouble)))
                self.expected = len(self.found)

    def num_children(self, _most=None):
        return self.expected

    def has_children(self):
        return self.expected > 0

    def get_child_index(self, name):
        for number, (own, _, _) in enumerate(self.found):
            if own == name:
                return number
        return -1

    def get_child_at_index(self, number):
        self.find(number + 1)
        if not 0 <= number < len(self.found):
            return None
        name, address, facts = self.found[number]
        if address is not None:
            return self.value.CreateValueFromAddress(name, address, facts.sb_type)
        target = self.value.GetTarget()
        text = facts.encode()
        data = lldb.SBData()
        data.SetData(lldb.SBError(), text, target.GetByteOrder(), target.GetAddressByteSize())
        return self.value.CreateValueFromData(name, data, target.GetBasicType(lldb.eBasicTypeChar).GetArrayType(len(text)))


class TableChildren(Children):
    def begin(self):
        table = made(Table, self.value)
        self.expected = table.size
        self.walk = (
            (f"[{number}]", entry.address, table.shape.entry) for number, entry in enumerate(table.entries())
        )


class ClassicChildren(Children):
    """Keys and values lie apart, so an entry has two children."""

    def begin(self):
        classic = made(ClassicMap, self.value)
        self.expected = 2 * classic.count

        def walk():
            for number, entry in enumerate(classic.entries()):
                yield f"[{number}].first", entry.key, classic.keys.type
                yield f"[{number}].second", entry.value, classic.values.type

        self.walk = walk()


class IteratorChildren(Children):
    def begin(self):
        cursor = standing(Cursor, self.value, "cursor_")
        address = cursor.entry_address()
        cursor.memory.read(address, 1)
        self.expected = 1
        self.walk = iter([("entry", address, cursor.entry_type)])


class LoopChildren(Children):
    def begin(self):
        loop = standing(Loop, self.value, "loop_")
        key, value = loop.key_and_value()
        loop.memory.read(key, 1)
        loop.memory.read(value, 1)
        self.expected = 2
        self.walk = iter([("first", key, loop.key_type), ("second", value, loop.value_type)])


# ---- the command ----

def steady_buckets(debugger, command, context, result, _):
    """Draw the buckets of a steady::map, set, node_map, node_set or classic_map.
usage: steady-buckets [-from N] [-count N] EXPRESSION
A tag is the first byte of the hash of the entry in that slot, two dots are an empty slot. > marks a bucket in which a
loop stands, * the one that is split (of a classic map, evacuated) next. -count is 32 unless given."""
    try:
        first, count, expression = reading.bucket_options(command)
    except ValueError as error:
        result.SetError(f"steady-buckets: {error}")
        return
    frame = context.GetFrame()
    value = frame.GetValueForVariablePath(expression) if frame.IsValid() else lldb.SBValue()
    if not value.IsValid() or value.GetError().Fail():
        value = context.GetTarget().FindFirstGlobalVariable(expression)
    if not value.IsValid() or value.GetError().Fail():
        value = context.GetTarget().EvaluateExpression(expression)
    if not value.IsValid() or value.GetError().Fail():
        result.SetError(f"steady-buckets: {value.GetError().GetCString() or 'there is no ' + expression}")
        return
    kind = reading.shortened(plain(value).GetType().GetCanonicalType().GetUnqualifiedType().GetName())
    try:
        if kind == "steady::classic_map":
            lines = picture.draw_classic(made(ClassicMap, value), first, count)
        elif kind in reading.TABLES:
            lines = picture.draw_table(made(Table, value), first, count)
        else:
            result.SetError(f"steady-buckets: a {kind} has no buckets of steady's")
            return
        for line in lines:
            result.AppendMessage(line)
    except reading.Trouble as trouble:
        result.AppendMessage(f"({trouble})")


def __lldb_init_module(debugger, _):
    def add(pattern, summary, children):
        debugger.HandleCommand(f'type summary add -w steady -e -p -x -F {__name__}.{summary} "{pattern}"')
        if children:
            debugger.HandleCommand(f'type synthetic add -w steady -p -x -l {__name__}.{children} "{pattern}"')

    add("^steady::(node_)?(map|set)<.*>$", "table_summary", "TableChildren")
    add("^steady::classic_map<.*>$", "classic_summary", "ClassicChildren")
    add("^steady::detail::table_iterator<.*>$", "iterator_summary", "IteratorChildren")
    add("^steady::classic::map_iterator<.*>$", "loop_summary", "LoopChildren")
    add("^steady::(classic::)?map_stats$", "stats_summary", None)
    debugger.HandleCommand("type category enable steady")
    debugger.HandleCommand(f"command script add -o -f {__name__}.steady_buckets steady-buckets")
