// Issue 5, "See inside", line 1: the delete audit keeps map name, type, key, outcome, place and stack of each erase.
#include <gtest/gtest.h>

#include <steady/audit.hpp>
#include <steady/observe.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace steady_test {
namespace {

using steady::delete_audit;
template <class Key>
using audited_map =
    steady::map<Key, int, steady::hash<Key>, std::equal_to<Key>, std::allocator<std::pair<const Key, int>>,
                steady::options<steady::observe_by<delete_audit>>>;

TEST(InsideDeleteAudit, KeepsWhoErasedWhatAndFromWhere) {
  delete_audit::keep(100);
  audited_map<std::string> sessions;
  sessions.name("sessions");
  sessions["u-17"] = 1;
  sessions.erase("u-17");
  const auto line = static_cast<std::uint32_t>(__LINE__ - 1);
  sessions.erase("u-17");
  const auto records = delete_audit::records();
  ASSERT_EQ(records.size(), 2u) << "inserts are not kept";
  EXPECT_EQ(records[0].map_name, "sessions");
  EXPECT_NE(records[0].map_type.find("map"), std::string::npos);
  EXPECT_EQ(records[0].key, "u-17");
  EXPECT_TRUE(records[0].found);
  EXPECT_EQ(records[0].where.line, line);
  EXPECT_EQ(records[0].thread, std::this_thread::get_id());
#if __has_include(<execinfo.h>)
  EXPECT_GT(records[0].stack.size(), 2u);
#endif
  EXPECT_EQ(records[1].text(), "sessions: erase \"u-17\", not found, at " +
                                   std::string{records[0].where.file} + ":" + std::to_string(line + 2));

  delete_audit::keep(3);
  for (int turn = 0; turn < 10; ++turn) sessions.erase(std::to_string(turn));
  ASSERT_EQ(delete_audit::records().size(), 3u);
  EXPECT_EQ(delete_audit::records().front().key, "7") << "the last ones are kept";
}

struct point {
  int x;
  friend bool operator==(const point&, const point&) = default;
};

}  // namespace
}  // namespace steady_test

template <>
struct std::hash<steady_test::point> {
  std::size_t operator()(const steady_test::point& at) const noexcept {
    return static_cast<std::size_t>(at.x);
  }
};

namespace steady_test {
namespace {

TEST(InsideDeleteAudit, AKeyWithoutATextIsStillKept) {
  delete_audit::keep(100);
  audited_map<point> points;
  points.erase(point{1});
  ASSERT_EQ(delete_audit::records().size(), 1u);
  EXPECT_EQ(delete_audit::records()[0].text().substr(0, 31), "(unnamed): erase \"?\", not found");
}

TEST(InsideDeleteAudit, MergeAndExtractAreErasesToo) {
  audited_map<std::string> from, to;
  from["moves"] = from["stays"] = to["stays"] = 1;
  delete_audit::keep(100);
  to.merge(from);
  ASSERT_EQ(delete_audit::records().size(), 1u);
  EXPECT_EQ(delete_audit::records()[0].key, "moves");
  (void)from.extract("stays");
  (void)from.extract("was never there");
  ASSERT_EQ(delete_audit::records().size(), 3u);
  EXPECT_TRUE(delete_audit::records()[1].found);
  EXPECT_EQ(delete_audit::records()[2].key, "was never there");
  EXPECT_FALSE(delete_audit::records()[2].found);
}

struct fussy_hash {
  std::size_t operator()(int key) const { return key < 0 ? throw key : static_cast<std::size_t>(key); }
};

// An erase whose hash throws is not told; its line must not be taken for that of the next.
TEST(InsideDeleteAudit, AnOperationThatThrowsLeavesItsPlaceToNobody) {
  steady::map<int, int, fussy_hash, std::equal_to<int>, std::allocator<std::pair<const int, int>>,
              steady::options<steady::observe_by<delete_audit>>>
      m;
  m[1] = 1;
  delete_audit::keep(100);
  EXPECT_THROW(m.erase(-1), int);
  (void)m.extract(1);  // has no place of its own
  ASSERT_EQ(delete_audit::records().size(), 1u);
  EXPECT_EQ(delete_audit::records()[0].where.line, 0u);
}

}  // namespace
}  // namespace steady_test
