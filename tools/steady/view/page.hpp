// A film as a page: view.html with the film as JSON in its middle.
#pragma once

#include <string>
#include <string_view>

#include "tools/steady/view/film.hpp"

namespace steady::view {

[[nodiscard]] std::string make_page(const film& of);

// The text of view.html, compiled in by the build (view_page.cpp.in).
extern const std::string_view view_page;

}  // namespace steady::view
