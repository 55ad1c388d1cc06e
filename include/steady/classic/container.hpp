// The interface of classic_map over an hmap. The public header documents it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "../detail/exceptions.hpp"
#include "check.hpp"
#include "iterator.hpp"
#include "published.hpp"
#include "rebuild.hpp"
#include "stats.hpp"
#include "view.hpp"

namespace steady::classic {

template <class Config>
class container {
  using map_header = hmap<Config>;
  using place = typename map_header::place;

  template <class Function>
  static constexpr bool transparent = requires { typename Function::is_transparent; };
  template <class Key>
  static constexpr bool other_key =
      !std::is_same_v<std::remove_cvref_t<Key>, typename Config::key_type> &&
      transparent<typename Config::hasher> && transparent<typename Config::key_equal>;

 public:
  using key_type = typename Config::key_type;
  using mapped_type = typename Config::mapped_type;
  using value_type = std::pair<const key_type, mapped_type>;
  using hasher = typename Config::hasher;
  using key_equal = typename Config::key_equal;
  using allocator_type = typename Config::allocator_type;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using iterator = map_iterator<Config, false>;
  using const_iterator = map_iterator<Config, true>;
  using reference = typename iterator::reference;
  using const_reference = typename const_iterator::reference;

  // ---- construction ----
  container() = default;
  explicit container(size_type hint, const hasher& hash = hasher(), const key_equal& equal = key_equal(),
                     const allocator_type& allocator = allocator_type())
      : hash_(hash), equal_(equal), allocator_(allocator) {
    if (hint > 0) reserve(hint);
  }
  explicit container(const allocator_type& allocator) : allocator_(allocator) {}
  template <std::input_iterator Input>
  container(Input first, Input last, size_type hint = 0, const hasher& hash = hasher(),
            const key_equal& equal = key_equal(), const allocator_type& allocator = allocator_type())
      : container(hint, hash, equal, allocator) {
    insert(first, last);
  }
  container(std::initializer_list<value_type> entries, size_type hint = 0, const hasher& hash = hasher(),
            const key_equal& equal = key_equal(), const allocator_type& allocator = allocator_type())
      : container(entries.begin(), entries.end(), hint, hash, equal, allocator) {}
  container(const container& other)
      : container(other, allocator_traits::select_on_container_copy_construction(other.allocator_)) {}
  container(const container& other, const allocator_type& allocator)
      : hash_(other.hash_), equal_(other.equal_), allocator_(allocator) {
    if (other.map_ != nullptr) header().clone(*other.map_);
  }
  container(container&& other) noexcept
      : map_(std::exchange(other.map_, nullptr)), rebuilds_(std::move(other.rebuilds_)),
        shrinks_(other.shrinks_), random_(other.random_), hash_(other.hash_), equal_(other.equal_),
        allocator_(other.allocator_) {
    take_watch(other);
    if constexpr (Config::observed) watch_.take_name(other.watch_);
  }
  container& operator=(const container& other) {
    if (this == &other) return *this;
    begin("assign");
    if constexpr (allocator_traits::propagate_on_container_copy_assignment::value) {
      container fresh(other, other.allocator_);
      take(fresh);
      allocator_ = fresh.allocator_;
    } else {
      container fresh(other, allocator_);
      take(fresh);
    }
    return *this;
  }
  container& operator=(container&& other) noexcept(
      allocator_traits::propagate_on_container_move_assignment::value ||
      allocator_traits::is_always_equal::value) {
    if (this == &other) return *this;
    begin("assign");
    if constexpr (!allocator_traits::propagate_on_container_move_assignment::value &&
                  !allocator_traits::is_always_equal::value) {
      if (!(allocator_ == other.allocator_)) {
        container fresh(allocator_);
        fresh.hash_ = other.hash_;
        fresh.equal_ = other.equal_;
        other.move_entries_to(fresh);
        take(fresh);
        return *this;
      }
    }
    take(other);
    if constexpr (allocator_traits::propagate_on_container_move_assignment::value)
      allocator_ = other.allocator_;
    return *this;
  }
  container& operator=(std::initializer_list<value_type> entries) {
    begin("assign");
    container fresh(entries, 0, hash_, equal_, allocator_);
    take(fresh);
    return *this;
  }
  ~container() {
    note_end();
    drop();
  }

  void swap(container& other) noexcept {
    begin("swap");
    other.begin("swap");
    using std::swap;
    swap(map_, other.map_);
    swap(rebuilds_, other.rebuilds_);
    swap(shrinks_, other.shrinks_);
    swap(random_, other.random_);
    swap(hash_, other.hash_);
    swap(equal_, other.equal_);
    if constexpr (allocator_traits::propagate_on_container_swap::value) swap(allocator_, other.allocator_);
    if (this == &other) return;
    take_watch(other);
    written();
    other.written();
  }
  friend void swap(container& a, container& b) noexcept { a.swap(b); }

  [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_; }
  [[nodiscard]] hasher hash_function() const { return hash_; }
  [[nodiscard]] key_equal key_eq() const { return equal_; }

  // ---- loops ----
  [[nodiscard]] iterator begin() { return begin_at(draw_start()); }
  [[nodiscard]] const_iterator begin() const { return cbegin(); }
  [[nodiscard]] const_iterator cbegin() const { return const_iterator(map_, draw_start()); }
  [[nodiscard]] iterator end() noexcept { return {}; }
  [[nodiscard]] const_iterator end() const noexcept { return {}; }
  [[nodiscard]] const_iterator cend() const noexcept { return {}; }
  // A loop whose start is given: bucket start % 2^B, offset (start >> B) % 8.
  [[nodiscard]] iterator begin_at(std::uint64_t start) { return iterator(map_, start); }

  // ---- size ----
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] STEADY_INLINE size_type size() const noexcept {
    return map_ == nullptr ? 0 : static_cast<size_type>(map_->count);
  }
  [[nodiscard]] static constexpr size_type max_size() noexcept {
    return std::numeric_limits<difference_type>::max() / sizeof(bmap<Config>);
  }

  // Go's make(map, hint) for a map without buckets. In one that has some, room is made at once unless a loop lives.
  void reserve(size_type hint) {
    const unsigned exponent = map_header::exponent_for(hint);
    if (exponent == 0) return;
    map_header& map = header();
    if (map.buckets == nullptr) {
      write_scope<Config> writing(map, "reserve");
      map.make_first_array(exponent);
    } else if (exponent > map.B) {
      (void)map.pack(exponent);
    }
    written();
  }

  // ---- find ----
  [[nodiscard]] STEADY_INLINE iterator find(const key_type& key) { return iterator(place_of(key)); }
  [[nodiscard]] STEADY_INLINE const_iterator find(const key_type& key) const {
    return const_iterator(place_of(key));
  }
  template <class Key>
    requires other_key<Key>
  [[nodiscard]] iterator find(const Key& key) {
    return iterator(place_of(key));
  }
  template <class Key>
    requires other_key<Key>
  [[nodiscard]] const_iterator find(const Key& key) const {
    return const_iterator(place_of(key));
  }
  // The value of a key, or nullptr. Valid until the next write.
  [[nodiscard]] STEADY_INLINE mapped_type* get(const key_type& key) { return value_at(place_of(key)); }
  [[nodiscard]] STEADY_INLINE const mapped_type* get(const key_type& key) const {
    return value_at(place_of(key));
  }
  template <class Key>
    requires other_key<Key>
  [[nodiscard]] mapped_type* get(const Key& key) {
    return value_at(place_of(key));
  }
  template <class Key>
    requires other_key<Key>
  [[nodiscard]] const mapped_type* get(const Key& key) const {
    return value_at(place_of(key));
  }
  [[nodiscard]] bool contains(const key_type& key) const { return static_cast<bool>(place_of(key)); }
  template <class Key>
    requires other_key<Key>
  [[nodiscard]] bool contains(const Key& key) const {
    return static_cast<bool>(place_of(key));
  }
  [[nodiscard]] size_type count(const key_type& key) const { return contains(key) ? 1 : 0; }
  // Throws std::out_of_range when the key is absent.
  [[nodiscard]] mapped_type& at(const key_type& key) { return present(get(key)); }
  [[nodiscard]] const mapped_type& at(const key_type& key) const { return present(get(key)); }

  // ---- insert ----
  // m[key] = value is Go's assignment: where equal keys may differ, the key is written too.
  mapped_type& operator[](const key_type& key) { return *value_at(assigned(key).first); }
  mapped_type& operator[](key_type&& key) { return *value_at(assigned(std::move(key)).first); }

  template <class... Arguments>
  std::pair<iterator, bool> try_emplace(const key_type& key, Arguments&&... arguments) {
    return found_or_made(inserted(leave_alone, key, std::forward<Arguments>(arguments)...));
  }
  template <class... Arguments>
  std::pair<iterator, bool> try_emplace(key_type&& key, Arguments&&... arguments) {
    return found_or_made(inserted(leave_alone, std::move(key), std::forward<Arguments>(arguments)...));
  }
  template <class Value>
  std::pair<iterator, bool> insert_or_assign(const key_type& key, Value&& value) {
    return found_or_made(set(key, std::forward<Value>(value)));
  }
  template <class Value>
  std::pair<iterator, bool> insert_or_assign(key_type&& key, Value&& value) {
    return found_or_made(set(std::move(key), std::forward<Value>(value)));
  }
  std::pair<iterator, bool> insert(const value_type& entry) { return try_emplace(entry.first, entry.second); }
  std::pair<iterator, bool> insert(value_type&& entry) {
    return try_emplace(entry.first, std::move(entry.second));
  }
  template <std::input_iterator Input>
  void insert(Input first, Input last) {
    for (; first != last; ++first) {
      auto&& entry = *first;
      (void)try_emplace(entry.first, entry.second);
    }
  }
  void insert(std::initializer_list<value_type> entries) { insert(entries.begin(), entries.end()); }
  template <class... Arguments>
  std::pair<iterator, bool> emplace(Arguments&&... arguments) {
    std::pair<key_type, mapped_type> entry(std::forward<Arguments>(arguments)...);
    return try_emplace(std::move(entry.first), std::move(entry.second));
  }

  // ---- erase ----
  size_type erase(const key_type& key) { return erased(key); }
  template <class Key>
    requires(other_key<Key> && !std::convertible_to<Key, const_iterator> &&
             !std::convertible_to<Key, iterator>)
  size_type erase(const Key& key) {
    return erased(key);
  }
  // Erases the entry of a loop's last step, or one that was just found; the loop after one more step, or an end.
  iterator erase(const iterator& at) { return erase_and_next(at); }

  void clear() {
    begin("clear");
    if (map_ != nullptr) map_->clear();
    written();
  }

  // Erases every entry that satisfies the predicate, in a loop; how many.
  template <class Predicate>
  friend size_type erase_if(container& map, Predicate predicate) {
    const size_type before = map.size();
    for (iterator at = map.begin(); at != map.end();) {
      if (predicate(*at)) {
        at = map.erase(at);
      } else {
        ++at;
      }
    }
    return before - map.size();
  }

  [[nodiscard]] friend bool operator==(const container& a, const container& b) {
    if (a.size() != b.size()) return false;
    for (const auto [key, value] : a) {
      const mapped_type* const other = b.get(key);
      if (other == nullptr || !(*other == value)) return false;
    }
    return true;
  }

  // ---- beyond Go; all of it off, or not called, unless asked for ----
  // Evacuates up to so many old buckets; how many are left.
  size_type finish_growth(size_type most = std::numeric_limits<size_type>::max()) {
    const size_type left = map_ == nullptr ? 0 : map_->finish_growth(most);
    written();
    return left;
  }
  // Packs all entries into an array of the same size, without tombstones and with the fewest overflow buckets. False, and
  // nothing done, while a loop lives.
  bool compact() { return map_ == nullptr || map_->buckets == nullptr || pack(map_->B); }
  // Moves all entries into the smallest array that holds them. False while a loop lives.
  bool rebuild() {
    return map_ == nullptr || map_->buckets == nullptr || pack(map_->exponent_for(map_->count));
  }
  // Keeps the entries that satisfy the filter, and rebuilds.
  template <class Filter>
    requires std::predicate<Filter&, const reference&>
  bool rebuild(Filter filter) {
    if (map_ != nullptr && map_->live_loops() > 0) return false;
    (void)erase_if(*this, [&](const reference& entry) { return !filter(entry); });
    return rebuild();
  }
  // Whether erasing halves the array when the average load falls under 6.5 / 4 and B is over 4; waits while a loop lives.
  void shrink_policy(shrink policy) noexcept { shrinks_ = policy == shrink::automatic; }
  [[nodiscard]] shrink shrink_policy() const noexcept { return shrinks_ ? shrink::automatic : shrink::never; }
  // Rebuilds by itself, after an erase, when one of the rules says so; without an argument, no longer.
  void rebuild_policy(std::optional<rebuild_rules> rules = {}) {
    rebuilds_ = rules ? std::make_unique<rebuild_watch>(std::move(*rules)) : nullptr;
  }
  // How often it did.
  [[nodiscard]] std::uint64_t automatic_rebuilds() const noexcept {
    return rebuilds_ == nullptr ? 0 : rebuilds_->rebuilds();
  }

  // ---- seed and randomness ----
  [[nodiscard]] std::uint64_t seed() { return header().seed; }
  // Fixes the seed. Precondition: the map is empty. It is drawn anew when the map is emptied, as in Go.
  void seed(std::uint64_t fixed) {
    header().seed = fixed;
    map_->seed_set = fixed;
    map_->note(event_kind::reseed);
  }
  // Where seeds, the starts of loops and the counting of overflow buckets get their randomness from.
  void use_randomness(const randomness& source) noexcept {
    random_ = source;
    if (map_ != nullptr) map_->random = source;
  }

  // ---- seeing inside: for maps with an observer in their Policy (observe.hpp) ----
  // As steady::map's.
  void name(std::string text)
    requires(Config::observed)
  {
    watch_.forget_name();
    if (text.empty()) return;
    watch_.name(std::move(text), detail::type_name<typename Config::container>(), sizeof(mapped_type), true);
    publish();
  }
  [[nodiscard]] std::string_view name() const noexcept
    requires(Config::observed)
  {
    return watch_.name();
  }
  void publish() noexcept
    requires(Config::observed)
  {
    publisher<Config>::publish(map_, watch_);
  }

  // ---- figures ----
  [[nodiscard]] map_stats stats() const {
    return map_ == nullptr ? map_stats{} : stats_taker<Config>::take(*map_);
  }
  [[nodiscard]] hmap_view<key_type, mapped_type> inspect() const {
    return map_ == nullptr ? hmap_view<key_type, mapped_type>{} : viewer<Config>::view(*map_);
  }
  // Every invariant; empty, or what is wrong.
  [[nodiscard]] std::string check() const {
    return map_ == nullptr ? std::string{} : checker<Config>(*map_).run();
  }

 protected:
  // The header itself, for the tests of the structure and the replay of traces.
  [[nodiscard]] map_header& header() {
    if (map_ == nullptr) {
      map_ = map_header::make(hash_, equal_, allocator_, random_);
      bind_watch();
      map_->note_taken(memory_kind::directory, map_, sizeof(map_header), 1, sizeof(map_header));
      map_->note(event_kind::reseed);
    }
    return *map_;
  }
  // Where the next erase or insert was called from (detail/audited.hpp).
  template <class Site>
  void call_from(const Site& from) noexcept {
    watch_.call_from(from);
  }

 private:
  using allocator_traits = std::allocator_traits<allocator_type>;

  static constexpr bool leave_alone = false;
  static constexpr bool write_key = true;

  [[nodiscard]] std::uint64_t draw_start() const {
    return map_ == nullptr || map_->count == 0 ? 0 : map_->random(draw::loop_start);
  }

  template <class Key>
  [[nodiscard]] STEADY_INLINE place place_of(const Key& key) const {
    if (map_ == nullptr || map_->count == 0) return {};
    check_no_write(*map_, misuse::read_and_write, "find");
    return map_->find(key);
  }
  [[nodiscard]] STEADY_INLINE static mapped_type* value_at(const place& at) noexcept {
    return at ? std::addressof(at.bucket->values[at.index].get()) : nullptr;
  }
  template <class Value>
  [[nodiscard]] static Value& present(Value* value) {
    if (value == nullptr) detail::raise<std::out_of_range>("steady::classic_map::at: no such key");
    return *value;
  }
  [[nodiscard]] static std::pair<iterator, bool> found_or_made(
      const std::pair<place, bool>& result) noexcept {
    return {iterator(result.first), result.second};
  }

  template <class Key, class... Arguments>
  STEADY_INLINE std::pair<place, bool> inserted(bool overwrites_key, Key&& key, Arguments&&... arguments) {
    begin("insert");
    map_header& map = header();
    constexpr bool quietly =
        detail::builds_quietly<key_type, Key> && detail::builds_quietly<mapped_type, Arguments...>;
    const auto result = map.template insert<quietly>(
        key,
        [&](auto& key_cell, auto& value_cell) {
          map.build_entry(key_cell, value_cell, std::forward<Key>(key),
                          std::forward<Arguments>(arguments)...);
        },
        [&](const place& at) { overwrite_key(overwrites_key, at, key); });
    told(result);
    return result;
  }
  template <class Key>
  STEADY_INLINE std::pair<place, bool> assigned(Key&& key) {
    return inserted(write_key, std::forward<Key>(key));
  }
  // The value is assigned before growth work moves the entry: it may refer into the map.
  template <class Key, class Value>
  std::pair<place, bool> set(Key&& key, Value&& value) {
    begin("insert");
    map_header& map = header();
    constexpr bool quietly =
        detail::builds_quietly<key_type, Key> && detail::builds_quietly<mapped_type, Value>;
    const auto result = map.template insert<quietly>(
        key,
        [&](auto& key_cell, auto& value_cell) {
          map.build_entry(key_cell, value_cell, std::forward<Key>(key), std::forward<Value>(value));
        },
        [&](const place& at) {
          overwrite_key(write_key, at, key);
          at.bucket->values[at.index].get() = std::forward<Value>(value);
        });
    told(result);
    return result;
  }
  static void overwrite_key([[maybe_unused]] bool overwrites, [[maybe_unused]] const place& at,
                            [[maybe_unused]] const key_type& key) {
    if constexpr (Config::updated) {
      if (overwrites) at.bucket->keys[at.index].get() = key;
    }
  }

  template <class Key>
  size_type erased(const Key& key) {
    if constexpr (Config::observed) {
      begin("erase");
      const auto text = text_of(key);  // the key may lie in the entry
      const bool found = map_ != nullptr && map_->erase(key);
      told_erase(text, found);
      if (!found) return 0;
    } else {
      if (map_ == nullptr || !map_->erase(key)) return 0;
    }
    after_erase();
    return 1;
  }
  iterator erase_and_next(const iterator& at) {
    if (!at.loop_.ended()) {
      begin("erase");
      const auto text = text_of(at->first);
      iterator next(at);
      next.loop_.erase();
      told_erase(text, true);
      after_erase();
      ++next;
      return next;
    }
    if constexpr (!Config::reflexive) {
      if (!map_->equal(at->first, at->first)) {
        begin("erase");
        const auto text = text_of(at->first);
        map_->erase_by_node(at.at_.bucket->values[at.at_.index].node);
        told_erase(text, true);
        after_erase();
        return {};
      }
    }
    (void)erased(at->first);
    return {};
  }

  void after_erase() {
    if (shrinks_) [[unlikely]]
      shrink_if_due();
    if (rebuilds_ != nullptr) [[unlikely]]
      rebuild_if_due();
  }
  void shrink_if_due() {
    constexpr unsigned smallest_B = 4;
    constexpr load_factor load = Config::policy::load;
    const bool due = map_->B > smallest_B && !map_->growing() &&
                     map_->count * 4 * load.denominator < (std::uint64_t{1} << map_->B) * load.numerator;
    // What cannot get memory is put off to the next erase.
    if (due) (void)detail::attempt([&] { (void)map_->pack(map_->B - 1u); });
  }
  void rebuild_if_due() {
    if (map_->live_loops() > 0 || rebuilds_->look(*map_) == rebuild_reason::none) return;
    if (detail::attempt([&] { (void)rebuild(); })) rebuilds_->rebuilt();
  }
  bool pack(unsigned exponent) {
    const bool packed = map_->pack(exponent);
    written();
    return packed;
  }

  // ---- for the observer, nothing without one ----
  STEADY_INLINE void begin([[maybe_unused]] std::string_view operation) const {
    if constexpr (Config::observed)
      watch_.refuse_reentry(map_, detail::type_name<typename Config::container>(), operation);
  }
  STEADY_INLINE void written() noexcept {
    if constexpr (Config::observed) publisher<Config>::written(map_, watch_);
  }
  STEADY_INLINE void told([[maybe_unused]] const std::pair<place, bool>& result) {
    if constexpr (Config::observed) {
      if (result.second) watch_.count_operation(detail::watch<typename Config::observer>::figure::inserts);
      written();
      if constexpr (Config::audited)
        watch_.audit(map_->source(), event_kind::insert,
                     text_of(result.first.bucket->keys[result.first.index].get()), !result.second);
    }
  }
  template <class Text>
  STEADY_INLINE void told_erase([[maybe_unused]] const Text& text, [[maybe_unused]] bool found) {
    if constexpr (Config::observed) {
      using figure = typename detail::watch<typename Config::observer>::figure;
      watch_.count_operation(found ? figure::erases : figure::absent_erases);
      written();
      if constexpr (Config::audited)
        watch_.audit(map_ != nullptr
                         ? map_->source()
                         : detail::event_source{this, detail::type_name<typename Config::container>(), 0, 0},
                     event_kind::erase, text, found);
    }
  }
  struct no_text {};
  template <class Key>
  [[nodiscard]] STEADY_INLINE static auto text_of([[maybe_unused]] const Key& key) {
    if constexpr (Config::audited) {
      return detail::watch<typename Config::observer>::text_of(key);
    } else {
      return no_text{};
    }
  }
  void note_end() const noexcept {
    if constexpr (Config::observed)
      if (map_ != nullptr) map_->note(event_kind::ended);
  }
  void bind_watch() noexcept {
    if constexpr (Config::observed)
      if (map_ != nullptr) map_->observation.watch = &watch_;
  }
  // The entries of the two maps were exchanged; names stay.
  void take_watch([[maybe_unused]] container& other) noexcept {
    if constexpr (Config::observed) {
      watch_.swap_loops(other.watch_);
      bind_watch();
      other.bind_watch();
    }
  }

  void move_entries_to(container& other) {
    if (map_ == nullptr) return;
    map_->for_each_entry([&](const place& at) {
      (void)other.try_emplace(std::move(at.bucket->keys[at.index].get()),
                              std::move(at.bucket->values[at.index].get()));
    });
    drop();
  }
  // Everything of the other but its allocator.
  void take(container& other) noexcept {
    drop();
    map_ = std::exchange(other.map_, nullptr);
    rebuilds_ = std::move(other.rebuilds_);
    shrinks_ = other.shrinks_;
    random_ = other.random_;
    hash_ = other.hash_;
    equal_ = other.equal_;
    take_watch(other);
    written();
    other.written();
  }
  void drop() noexcept {
    if (map_ == nullptr) return;
    if constexpr (Config::observed) {
      map_->observation.watch = nullptr;
      watch_.forget_loops();
    }
    map_header::let_go_of_closed(std::exchange(map_, nullptr));
  }

  map_header* map_ = nullptr;
  std::unique_ptr<rebuild_watch> rebuilds_;
  bool shrinks_ = false;
  randomness random_;
  [[no_unique_address]] hasher hash_;
  [[no_unique_address]] key_equal equal_;
  [[no_unique_address]] allocator_type allocator_;
  [[no_unique_address]] detail::watch<typename Config::observer> watch_;
};

}  // namespace steady::classic
