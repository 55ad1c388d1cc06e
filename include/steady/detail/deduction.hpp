// What the deduction guides of the containers tell apart, as [unord.req] asks: an allocator from a hash from a number.
#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>

namespace steady::detail {

template <class Type>
concept allocator_argument = requires(Type& allocator) {
  typename Type::value_type;
  allocator.allocate(std::size_t{1});
};
template <class Type>
concept hash_argument = !allocator_argument<Type> && !std::integral<Type>;
template <class Type>
concept equal_argument = !allocator_argument<Type>;

template <class Input>
using range_key = std::remove_const_t<typename std::iter_value_t<Input>::first_type>;
template <class Input>
using range_value = typename std::iter_value_t<Input>::second_type;
template <class Input>
using range_entry = std::pair<const range_key<Input>, range_value<Input>>;

}  // namespace steady::detail
