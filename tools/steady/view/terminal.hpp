// A film on a terminal, stepped through by keys.
#pragma once

#include "tools/steady/view/film.hpp"

namespace steady::view {

// Until the user quits. Throws replay::interrupted on a signal; the terminal is as it was before, then too.
void show_on_terminal(const film& of);

}  // namespace steady::view
