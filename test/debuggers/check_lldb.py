"""Runs in lldb (scripts/check-debuggers): the program live, then the core file that gdb made of it.

The environment says where things are, as for check_gdb.py; the core file is there already."""

import os
import re
import sys

import lldb

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
EXTRA = os.environ["STEADY_EXTRA"]
sys.path.insert(0, EXTRA)
from expectations import (  # noqa: E402
    DAMAGED, STANDING, TABLES, TEXTS, Checks, Truth, check_structures, damages, regions_of_classic, regions_of_table,
)


class Session:
    def __init__(self, debugger, steady, target):
        self.debugger = debugger
        self.steady = steady
        self.target = target

    def value(self, name):
        first, *members = name.split(".")
        value = self.target.FindFirstGlobalVariable(first)
        for member in members:
            value = value.GetChildMemberWithName(member)
        return value

    def run(self, command):
        result = lldb.SBCommandReturnObject()
        self.debugger.GetCommandInterpreter().HandleCommand(command, result)
        return (result.GetOutput() or "") + (result.GetError() or "")

    def table(self, name):
        return self.steady.made(self.steady.Table, self.value(name))

    def classic(self, name):
        return self.steady.made(self.steady.ClassicMap, self.value(name))


def texts_of(value):
    """The children of a map as tuples of texts: of each, its members or its value."""
    for number in range(value.GetNumChildren()):
        child = value.GetChildAtIndex(number)
        yield tuple(child.GetChildAtIndex(part).GetValue() for part in range(child.GetNumChildren())) or (child.GetValue(),)


def look(checks, session, truth):
    check_structures(checks, truth, session.table, session.classic)
    for name, text in TEXTS.items():
        summary = session.value(name).GetSummary()
        checks.that(name, summary and re.fullmatch(text, summary), summary)
    for name, texts in truth.texts.items():
        expected = [part for text in texts for part in text]
        value = session.value(name)
        printed = []
        for child in texts_of(value):
            printed.extend(child)
            if len(printed) >= len(expected):
                break
        checks.equal(f"{name}'s children", printed, expected)
        size = (truth.tables if name in truth.tables else truth.classics)[name][0]
        checks.equal(f"{name}'s number of children", value.GetNumChildren(), size if name in truth.tables else 2 * size)
    for name, parts in STANDING.items():
        value = session.value(name)
        value = value.GetChildAtIndex(0) if name in ("found", "stale") else value
        checks.equal(f"{name}'s entry", tuple(value.GetChildAtIndex(part).GetValue() for part in (0, 1)), parts)
    printed = session.run("target variable nested")
    checks.that("nested maps", 'first = "bee"' in printed and "[2] = (first = 2, second = 20)" in printed, printed)
    printed = session.run("target variable nodes")
    checks.that("keys of the program's own", re.search(r'first = \(x = 3, y = 4\)\s+second = "3"', printed), printed)
    printed = session.run("target variable classic_nodes")
    checks.that("values in nodes", re.search(r'first = 4.5\s+\[\d+\].second = "4"', printed), printed)
    printed = session.run("steady-buckets -from 16 -count 2 growing")
    checks.that("steady-buckets", re.search(r"\n. +17 +\d+/\d+  [0-9a-f.]{2}( [0-9a-f.]{2}){14}.*\n  \(buckets 16 to 17 of \d+\)\n$", printed), printed)
    printed = session.run("steady-buckets -from 9 few")
    checks.that("steady-buckets beyond the last one", printed.endswith("\n  (there is no bucket 9: 1 of them)\n"), printed)
    printed = session.run("steady-buckets -count 1 classic_growing")
    checks.that("steady-buckets of a classic map", re.search(r"\n +0  (>[XY ] ?){8}\n", printed), printed)
    printed = session.run("steady-buckets uninitialised.map")
    checks.that("steady-buckets of no map", printed.startswith("(not constructed"), printed)
    for command in ("steady-buckets", "steady-buckets -count x few", "steady-buckets table_stats", "steady-buckets nothing"):
        printed = session.run(command)
        checks.that(command, "steady-buckets: " in printed and "Traceback" not in printed, printed)


def look_at_damage(checks, session):
    """Whatever a word of a map is changed to, there is a text and no exception."""
    process = session.target.GetProcess()
    seed = 1000
    for name in DAMAGED:
        structure = session.table(name) if name in TABLES else session.classic(name)
        regions = regions_of_table(structure) if name in TABLES else regions_of_classic(structure)
        for address, after, before in damages(seed, regions, structure.memory, 12):
            what = f"{name} with {after.hex()} for {before.hex()} at {address:#x}"
            process.WriteMemory(address, after, lldb.SBError())
            try:
                value = session.value(name)
                children = (session.steady.TableChildren if name in TABLES else session.steady.ClassicChildren)(value, None)
                for number in range(min(children.num_children(), 40)):
                    children.get_child_at_index(number)
                picture = session.run(f"steady-buckets -count 8 {name}")
                checks.that(what, value.GetSummary() and picture and "Traceback" not in picture, picture)
            except Exception as error:
                checks.that(what, False, repr(error))
            process.WriteMemory(address, before, lldb.SBError())
        seed += 1


def __lldb_init_module(debugger, _):
    title, truth_path, core, program = (
        os.environ[name] for name in ("STEADY_TITLE", "STEADY_TRUTH", "STEADY_CORE", "STEADY_PROGRAM")
    )
    debugger.SetAsync(False)
    debugger.HandleCommand(f"command script import {EXTRA}/lldb/steady.py")
    steady = sys.modules["steady"]

    target = debugger.CreateTarget(program)
    target.BreakpointCreateByName("stop_here")
    process = target.LaunchSimple([truth_path], None, os.getcwd())
    live = Checks(f"lldb, live, {title}")
    session = Session(debugger, steady, target)
    look(live, session, Truth(truth_path))
    # lldb would have a pointer's formatter be that of what it points to.
    live.equal("a pointer", target.EvaluateExpression("&few").GetSummary(), None)
    if os.environ.get("STEADY_DAMAGE"):
        look_at_damage(live, session)
    process.Kill()

    of_core = Checks(f"lldb, core file, {title}")
    target = debugger.CreateTarget(program)
    debugger.SetSelectedTarget(target)
    target.LoadCore(core)
    look(of_core, Session(debugger, steady, target), Truth(os.environ["STEADY_TRUTH_OF_CORE"]))
    for each in (live, of_core):
        print(f"debuggers: {each.title}: {each.passed + each.failed} checks, {each.failed} failed")
    with open(os.environ["STEADY_RESULT"], "w") as result:
        result.write(f"{live.passed + of_core.passed} {live.failed + of_core.failed}\n")
