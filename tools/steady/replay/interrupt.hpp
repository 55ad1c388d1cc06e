// Ctrl-C as an exception: a signal handler sets a flag, long work asks for it, and destructors clean up on
// the way out. That is why no half-written report can remain: the temporary file goes with its owner.
#pragma once

namespace steady::replay {

// From now on SIGINT and SIGTERM set the flag. Once a process.
void watch_for_interrupts();

// Throws interrupted if one arrived.
void check_interrupted();

// In a child process: the signals kill again, there is nothing to clean up.
void die_on_interrupts();

}  // namespace steady::replay
