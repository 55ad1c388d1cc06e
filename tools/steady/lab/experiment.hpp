// An experiment: a claim's measurement on a specimen, and how its specimen is made wrong.
//
// The same function measures the sound specimen and the wrong one; it asks its workbench for specimens and does not look
// which it was given, but where a specimen is no map of integers and it has to be chosen by type. The lab's test runs
// each experiment both ways and requires the verdicts to differ.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "tools/steady/lab/finding.hpp"
#include "tools/steady/lab/specimen.hpp"

namespace steady::lab {

struct conditions {
  double scale = 1;  // of the usual sizes; tests use less
  bool full = false;  // the largest sizes
  bool wrong = false;  // the specimen is made wrong
  bool cachegrind = false;  // where it is installed, count cache misses by it
  std::function<void()> tick = [] {};  // called often; may throw to end the run
};

class workbench {
 public:
  workbench(const conditions& given, fault planted)
      : given_(given), planted_(given.wrong ? planted : fault::none) {}

  // How many of something: as usual, scaled, but never under the least that means something; more when all is asked for.
  [[nodiscard]] std::size_t size(std::size_t usual, std::size_t least, std::size_t at_full = 0) const {
    if (given_.full && at_full > 0) return at_full;
    return std::max(least, static_cast<std::size_t>(static_cast<double>(usual) * given_.scale));
  }
  [[nodiscard]] std::unique_ptr<specimen> make(setup wanted = {}) const {
    given_.tick();
    wanted.planted = planted_;
    return make_specimen(wanted);
  }
  // What the experiment is made on, where it is no specimen of the above.
  template <class Choice>
  [[nodiscard]] Choice choose(Choice sound, Choice wrong) const {
    return given_.wrong ? wrong : sound;
  }
  [[nodiscard]] bool full() const { return given_.full; }
  [[nodiscard]] bool cachegrind() const { return given_.cachegrind; }
  void tick() const { given_.tick(); }

 private:
  const conditions& given_;
  fault planted_;
};

struct experiment {
  finding (*measure)(const workbench&) = nullptr;
  std::string_view wrong = {};  // what the wrong specimen is
  fault planted = fault::none;
};

[[nodiscard]] inline finding run(const experiment& what, const conditions& given) {
  return what.measure(workbench(given, what.planted));
}

}  // namespace steady::lab
