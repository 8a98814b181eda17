// The names of ankerl::unordered_dense that the worker uses, given by the standard library's containers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace ankerl::unordered_dense
{
	// The standard hash of an integer is the integer itself; the finaliser of MurmurHash3 spreads its bits.
	template<typename Key>
	struct hash
	{
		using is_avalanching = void;

		std::size_t operator()(const Key& key) const noexcept
		{
			auto bits = static_cast<std::uint64_t>(std::hash<Key>{}(key));
			bits = (bits ^ (bits >> 33)) * 0xff51afd7ed558ccdULL;
			bits = (bits ^ (bits >> 33)) * 0xc4ceb9fe1a85ec53ULL;
			return static_cast<std::size_t>(bits ^ (bits >> 33));
		}
	};

	template<typename Key, typename Value, typename Hash = hash<Key>, typename Equal = std::equal_to<Key>>
	using map = std::unordered_map<Key, Value, Hash, Equal>;

	template<typename Key, typename Hash = hash<Key>, typename Equal = std::equal_to<Key>>
	using set = std::unordered_set<Key, Hash, Equal>;
} // namespace ankerl::unordered_dense
