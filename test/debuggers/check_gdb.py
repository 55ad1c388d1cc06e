"""Runs in gdb (scripts/check-debuggers): the program live, then the core file that gdb makes of it.

The environment says where things are: STEADY_EXTRA (the extensions), STEADY_TITLE, STEADY_TRUTH and STEADY_CORE (files
that are made here), STEADY_RESULT (a file for the numbers of checks that passed and failed)."""

import itertools
import os
import re
import sys

import gdb

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
EXTRA = os.environ["STEADY_EXTRA"]
gdb.execute(f"source {EXTRA}/gdb/steady.py")
from expectations import (  # noqa: E402
    DAMAGED, STANDING, TABLES, TEXTS, Checks, Truth, check_structures, damages, regions_of_classic, regions_of_table,
)


def printer_of(name):
    return gdb.default_visualizer(gdb.parse_and_eval(name))


def shown(child):
    return child if isinstance(child, str) else child.format_string()


def run(command):
    return gdb.execute(command, to_string=True)


def look(checks, truth):
    check_structures(checks, truth, lambda name: printer_of(name).table(), lambda name: printer_of(name).classic())
    for name, text in TEXTS.items():
        printed = run(f"print {name}")
        checks.that(name, re.fullmatch(rf"\$\d+ = {text}( = \{{.*\}})?\n", printed, re.DOTALL), printed)
    for name, texts in truth.texts.items():
        expected = [part for text in texts for part in text]
        children = itertools.islice(printer_of(name).children(), len(expected))
        checks.equal(f"{name}'s children", [shown(value) for _, value in children], expected)
    for name, (key, value) in STANDING.items():
        printed = run(f"print {name}")
        checks.that(f"{name}'s entry", f"first = {key}, second = {value}}}" in printed, printed)
    printed = run("print nested")
    checks.that("nested maps", '["bee"] = steady::map with 3 entries (1 bucket, B 0) = {[0] = 0, [1] = 10, [2] = 20}' in printed, printed)
    printed = run("print nodes")
    checks.that("keys of the program's own", '[{x = 3, y = 4}] = "3"' in printed, printed)
    printed = run("print classic_nodes")
    checks.that("values in nodes", '[4.5] = "4"' in printed, printed)
    printed = run("steady-buckets -from 16 -count 2 growing")
    checks.that("steady-buckets", re.search(r"\n. +17 +\d+/\d+  [0-9a-f.]{2}( [0-9a-f.]{2}){14}.*\n  \(buckets 16 to 17 of \d+\)\n$", printed), printed)
    printed = run("steady-buckets -from 9 few")
    checks.that("steady-buckets beyond the last one", printed.endswith("\n  (there is no bucket 9: 1 of them)\n"), printed)
    printed = run("steady-buckets -count 1 classic_growing")
    checks.that("steady-buckets of a classic map", re.search(r"\n +0  (>[XY ] ?){8}\n", printed), printed)
    printed = run("steady-buckets uninitialised.map")
    checks.that("steady-buckets of no map", printed.startswith("(not constructed"), printed)
    for command in ("steady-buckets", "steady-buckets -count x few", "steady-buckets table_stats", "steady-buckets nothing"):
        try:
            checks.that(command, False, run(command))
        except gdb.error as error:
            checks.that(command, str(error), "no message")


def look_in_the_middle(checks):
    """The byte that an insert sets while it is at work."""
    stamp = gdb.parse_and_eval("&few.stamp_")
    inferior = gdb.selected_inferior()
    before = inferior.read_memory(int(stamp), 1).tobytes()
    inferior.write_memory(int(stamp), b"\x01")
    printed = run("print few")
    checks.that("an insert at work", "; the program is in the middle of this map's insert = {" in printed, printed)
    inferior.write_memory(int(stamp), before)
    for expression in ("*&few", "(const numbers &)few", "*(const numbers *)&few"):
        printed = run(f"print {expression}")
        checks.that(expression, "steady::map with 3 entries (1 bucket, B 0) = {[" in printed, printed)
        printed = run(f"steady-buckets {expression}")
        checks.that(f"steady-buckets {expression}", printed.startswith("steady::map with 3 entries"), printed)


def look_at_damage(checks):
    """Whatever a word of a map is changed to, there is a text and no exception but gdb's own about a value."""
    inferior = gdb.selected_inferior()
    seed = 0
    for name in DAMAGED:
        printer = printer_of(name)
        if name in TABLES:
            regions, memory = regions_of_table(printer.table()), printer.table().memory
        else:
            regions, memory = regions_of_classic(printer.classic()), printer.classic().memory
        for address, after, before in damages(seed, regions, memory, 30):
            what = f"{name} with {after.hex()} for {before.hex()} at {address:#x}"
            inferior.write_memory(address, after)
            try:
                printer = printer_of(name)
                text = printer.to_string()
                for _, child in itertools.islice(printer.children(), 40):
                    try:
                        shown(child)
                    except gdb.error:
                        pass  # gdb says so in the place of the value
                picture = run(f"steady-buckets -count 8 {name}")
                checks.that(what, text and picture, "nothing was said")
            except Exception as error:
                checks.that(what, False, repr(error))
            inferior.write_memory(address, before)
        seed += 1
    checks.equal("restored", run("print few").split(" = ", 1)[1].startswith("steady::map with 3"), True)


def main():
    title, truth_path, core = (os.environ[name] for name in ("STEADY_TITLE", "STEADY_TRUTH", "STEADY_CORE"))
    for setting in ("pagination off", "debuginfod enabled off", "confirm off", "print elements 200", "width 0"):
        gdb.execute(f"set {setting}")
    gdb.execute("break stop_here", to_string=True)
    gdb.execute(f"run {truth_path}", to_string=True)
    truth = Truth(truth_path)
    checks = Checks(f"gdb, live, {title}")
    look(checks, truth)
    look_in_the_middle(checks)
    if os.environ.get("STEADY_DAMAGE"):
        look_at_damage(checks)
    gdb.execute(f"generate-core-file {core}", to_string=True)
    gdb.execute("kill", to_string=True)
    of_core = Checks(f"gdb, core file, {title}")
    gdb.execute(f"core-file {core}", to_string=True)
    look(of_core, truth)
    for each in (checks, of_core):
        print(f"debuggers: {each.title}: {each.passed + each.failed} checks, {each.failed} failed")
    with open(os.environ["STEADY_RESULT"], "w") as result:
        result.write(f"{checks.passed + of_core.passed} {checks.failed + of_core.failed}\n")


main()
