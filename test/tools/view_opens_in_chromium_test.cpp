// The page of `steady view` in a real browser: it draws the picture that is asked for.
#include <gtest/gtest.h>

#include <string>

#include "tools/steady/view/film.hpp"
#include "tools/steady/view/page.hpp"
#include "tools/steady/view/sources.hpp"
#include "tools/support/chromium.hpp"

namespace {

using namespace steady::view;

class view_opens_in_chromium : public page_in_chromium {
 protected:
  view_opens_in_chromium() { film_generated(film_, 320, 1); }

  // The number of the first picture, from 0 on, that is wanted.
  template <class Wanted>
  std::size_t first(Wanted wanted) const {
    std::size_t number = 0;
    while (!wanted(film_.pictures().at(number))) ++number;
    return number;
  }

  film film_{"</script><!-- the source", {}};
};

}  // namespace

TEST_F(view_opens_in_chromium, draws_both_arrays_with_their_slots_mark_and_loops) {
  const std::size_t number =
      first([](const picture& seen) { return seen.growth == growth_kind::doubling && !seen.loops.empty(); });
  const picture& wanted = film_.pictures()[number];
  const std::string dom = opened(make_page(film_), "--blink-settings=preferredColorScheme=0",
                                 "#picture=" + std::to_string(number + 1));
  EXPECT_TRUE(rendered(dom)) << dom.substr(0, 300);
  EXPECT_EQ(occurrences(dom, "<section id=\"old\""), 1u);
  EXPECT_EQ(occurrences(dom, "<section id=\"main\""), 1u);
  std::size_t buckets = 0;
  std::size_t entries = 0;
  for (const auto* array : {&wanted.buckets, &wanted.oldbuckets})
    for (const std::size_t chain : *array)
      for (const auto& bucket : film_.chains()[chain].buckets) {
        ++buckets;
        for (const auto& slot : bucket.slots) entries += !slot.key.empty();
      }
  EXPECT_EQ(occurrences(dom, "<div class=\"bucket\">"), buckets);
  EXPECT_EQ(occurrences(dom, "<div class=\"slot filled"), entries);
  EXPECT_EQ(occurrences(dom, "<span class=\"mark\">"), 1u) << "the evacuation mark";
  EXPECT_EQ(occurrences(dom, "<span class=\"badge\""), wanted.loops.size());
  EXPECT_NE(dom.find(wanted.operation), std::string::npos);
}

TEST_F(view_opens_in_chromium, asks_nothing_of_any_network) { expect_no_requests(make_page(film_)); }
