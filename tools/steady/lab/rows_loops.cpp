// Claims on iteration.
#include "tools/steady/lab/experiments.hpp"
#include "tools/steady/lab/rows.hpp"

namespace steady::lab {

std::vector<claim> loop_rows() {
  using enum verdict;
  return {
      {.id = "M39",
       .seeds = "001 002",
       .text = "An atomic store of the overflow list at a split brought skipped keys from 12.7 % to 0, and "
               "pauses from 842 to 619 us.",
       .runtime = "There are no atomics in a split, and a loop never skips a key that stays.",
       .in_go = does_not_hold,
       .measured = {m39, "loops that know nothing of what moves", fault::skipping_loops}},
      {.id = "M53",
       .seeds = "004",
       .text = "Iteration starts at a random bucket.",
       .runtime = "At a random bucket, and in each bucket at an offset from 0 to 7, both of one random word.",
       .in_go = holds,
       .measured = {m53, "loops that begin in bucket 0", fault::fixed_start}},
      {.id = "M54",
       .seeds = "000",
       .text = "The official wording: deletion is safe, the order is not stable across deletions.",
       .runtime = "Invented wording. The specification: an entry removed before it is reached is not "
                  "produced, one created "
                  "during the loop may be.",
       .in_go = holds_partly,
       .tests = {{"test/unit/classic_iteration_test.cpp",
                  "ClassicIteration.I4WhatIsErasedBeforeItIsReachedIsNotProduced"},
                 {"test/unit/classic_iteration_test.cpp",
                  "ClassicIteration.I6WhatIsInsertedMeanwhileComesAtMostOnce"}}},
      {.id = "M55",
       .seeds = "000 003",
       .text = "A key deleted before the loop reaches it may still be produced, from a cached bucket or a "
               "snapshot.",
       .runtime = "Never: 0 of 251,403 entries in 3,000 loops with deletes, half of them with a growth.",
       .in_go = does_not_hold,
       .measured = {m55, "loops over a snapshot", fault::snapshot_loops}},
      {.id = "M56",
       .seeds = "000",
       .text = "Deleting inside a range loop is forbidden (003 calls it safe).",
       .runtime = "003 is right for one goroutine; the compiler even knows the loop that deletes everything.",
       .in_go = contradicts_another,
       .measured = {m56, "loops over a snapshot", fault::snapshot_loops}},
      {.id = "M57",
       .seeds = "002 004",
       .text = "The iterator is a snapshot, by way of extra.ptrdata or of the bucket array.",
       .runtime = "It walks the array of its start, and looks up in the present one what has moved: updates "
                  "and deletions show.",
       .in_go = does_not_hold,
       .measured = {m57, "loops over a snapshot", fault::snapshot_loops}},
      {.id = "M58",
       .seeds = "000",
       .text = "A cursor has an epoch of the view and is rebased when that changes.",
       .runtime = "Not so, and Go lacks the idea: after clear inside a loop, later entries may come twice "
                  "(28 to 50 of 4,000 loops), "
                  "NaN entries from before may come (golang/go#70189).",
       .in_go = does_not_hold,
       .measured = {m58, "the map with Go's own behaviour"},
       .here = holds,
       .differs = "On purpose: clear ends the loops in progress, by an epoch of clears"},
      {.id = "M59",
       .seeds = "000",
       .text = "The header has a list of iterators, and delete freezes a safe point.",
       .runtime = "A map does not know its loops; two flags say that there may be some, and are never "
                  "cleared at a loop's end.",
       .in_go = does_not_hold,
       .tests = {{"test/unit/classic_iteration_test.cpp",
                  "ClassicIteration.I13ReadsAndNestedLoopsChangeNothingButTheFlags"}}},
      {.id = "M60",
       .seeds = "000",
       .text = "During a growth the iterator can touch an old array that was freed.",
       .runtime = "It keeps the arrays it needs alive; the collector sees that.",
       .in_go = does_not_hold,
       .measured = {m60, "loops over pointers taken at their start", fault::snapshot_loops}},
      {.id = "M61",
       .seeds = "000",
       .text = "There is a field oldbits, and oldbuckets lies at offset 0x88.",
       .runtime = "At offset 24; there is no such field.",
       .in_go = does_not_hold,
       .tests = {{"test/unit/classic_structure_test.cpp", "ClassicInspect.ShowsBothArraysAndTheStates"}}},
      {.id = "M62",
       .seeds = "000",
       .text = "Only with -gcflags=-l the calls of mapiterinit, mapiternext and delete can be seen.",
       .runtime = "Calls into the runtime's map are never inlined.",
       .in_go = does_not_hold,
       .instead = "Go's compiler; here inspect() and `steady view` show each step"},
      {.id = "M63",
       .seeds = "002",
       .text = "An iron law: range with delete cannot be made safe, not even with a lock.",
       .runtime = "It is safe in one goroutine, and under a lock held around the whole loop.",
       .in_go = does_not_hold,
       .measured = {m63, "loops over a snapshot", fault::snapshot_loops}},
      {.id = "M64",
       .seeds = "002",
       .text = "range is O(n).",
       .runtime =
           "O(buckets), not O(len): 100 entries left of 100,000 take 120 us, against 0.9 us in a fresh map.",
       .in_go = holds_partly,
       .measured = {m64, "a map that shrinks", fault::shrinking}},
  };
}

}  // namespace steady::lab
