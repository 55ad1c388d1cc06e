// The figures as text, for a terminal.
#pragma once

#include <string>

#include "tools/steady/replay/result.hpp"

namespace steady::replay {

[[nodiscard]] std::string format_table(const replay_result& result);

// 950 ns, 12.3 us, 4.56 ms, 1.20 s.
[[nodiscard]] std::string format_duration(double nanoseconds);
// 512 B, 64.0 KiB, 12.3 MiB.
[[nodiscard]] std::string format_bytes(double bytes);
// 12,345,678
[[nodiscard]] std::string format_count(std::uint64_t count);

}  // namespace steady::replay
