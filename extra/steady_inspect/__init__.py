"""What the debugger extensions of steady have in common: reading its containers from the memory of another program.

Nothing here knows gdb or lldb. A front end (../gdb/steady.py, ../lldb/steady.py) hands in two things, described in
reading.py: a memory, and what debug information says about a type. The modules read with them
  table.py    steady::map, set, node_map, node_set and their iterators
  classic.py  steady::classic_map and its iterators
  stats.py    the figures of stats()
and picture.py draws their buckets as text.

The program looked at may be stopped anywhere, its maps may be damaged, destroyed or not constructed yet. So whatever is
read is checked against the invariants that the headers state, nothing is followed without end, and what is wrong is
said as a reading.Trouble, which front ends show in the place of the value.
"""
