// What the worker calls of libsrtp 3 (not yet in any distribution), expressed in libsrtp 2.
//
// Differences bridged here: policies are opaque and built by calls, keys come as key and salt apart, and the
// protecting functions write to a second buffer instead of in place.
#pragma once

#include <srtp2/srtp.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

struct conclave_srtp_policy
{
	srtp_policy_t version2{};
	std::uint8_t keyAndSalt[SRTP_MAX_KEY_LEN]{};
};

using conclave_srtp_policy_t = conclave_srtp_policy*;

// Codes that only version 3 knows; no function of version 2 returns them.
static constexpr auto srtp_err_status_buffer_small = static_cast<srtp_err_status_t>(srtp_err_status_pkt_idx_adv + 1);
static constexpr auto srtp_err_status_cryptex_err  = static_cast<srtp_err_status_t>(srtp_err_status_pkt_idx_adv + 2);

inline srtp_err_status_t srtp_policy_create(conclave_srtp_policy_t* created)
{
	*created = new (std::nothrow) conclave_srtp_policy();

	return *created == nullptr ? srtp_err_status_alloc_fail : srtp_err_status_ok;
}

inline void srtp_policy_destroy(conclave_srtp_policy_t policy)
{
	if (policy == nullptr)
	{
		return;
	}

	// Through a volatile pointer, so that the compiler keeps the writes.
	volatile std::uint8_t* secret = policy->keyAndSalt;

	for (std::size_t index = 0; index < sizeof(policy->keyAndSalt); ++index)
	{
		secret[index] = 0;
	}

	delete policy;
}

inline srtp_err_status_t srtp_policy_set_ssrc(conclave_srtp_policy_t policy, srtp_ssrc_t ssrc)
{
	policy->version2.ssrc = ssrc;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_profile(conclave_srtp_policy_t policy, srtp_profile_t profile)
{
	const auto status = srtp_crypto_policy_set_from_profile_for_rtp(&policy->version2.rtp, profile);

	if (status != srtp_err_status_ok)
	{
		return status;
	}

	return srtp_crypto_policy_set_from_profile_for_rtcp(&policy->version2.rtcp, profile);
}

inline srtp_err_status_t srtp_policy_add_key(
  conclave_srtp_policy_t policy,
  const std::uint8_t* key,
  std::size_t keyLength,
  const std::uint8_t* salt,
  std::size_t saltLength,
  const std::uint8_t* masterKeyId,
  std::size_t masterKeyIdLength)
{
	const bool hasMasterKeyId = masterKeyId != nullptr || masterKeyIdLength > 0;

	if (hasMasterKeyId || keyLength + saltLength > sizeof(policy->keyAndSalt))
	{
		return srtp_err_status_bad_param;
	}

	std::memcpy(policy->keyAndSalt, key, keyLength);
	std::memcpy(policy->keyAndSalt + keyLength, salt, saltLength);
	policy->version2.key = policy->keyAndSalt;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_allow_repeat_tx(conclave_srtp_policy_t policy, bool isAllowed)
{
	policy->version2.allow_repeat_tx = isAllowed ? 1 : 0;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_window_size(conclave_srtp_policy_t policy, std::size_t size)
{
	policy->version2.window_size = size;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_create(srtp_t* session, conclave_srtp_policy_t policy)
{
	return srtp_create(session, static_cast<const srtp_policy_t*>(&policy->version2));
}

inline srtp_err_status_t srtp_stream_remove(srtp_t session, std::uint32_t ssrc)
{
	return srtp_remove_stream(session, ssrc);
}

// Copies the packet to the output unless it is there already, and lets version 2 work on it in place. `growth` is
// what the operation may add to the packet.
template<typename Operation>
inline srtp_err_status_t conclave_srtp_in_place(
  Operation operation,
  const std::uint8_t* input,
  std::size_t inputLength,
  std::uint8_t* output,
  std::size_t* outputLength,
  std::size_t growth)
{
	if (*outputLength < inputLength + growth)
	{
		return srtp_err_status_buffer_small;
	}

	if (input != output)
	{
		std::memmove(output, input, inputLength);
	}

	int length        = static_cast<int>(inputLength);
	const auto status = operation(output, &length);

	if (status == srtp_err_status_ok)
	{
		*outputLength = static_cast<std::size_t>(length);
	}

	return status;
}

inline srtp_err_status_t srtp_protect(
  srtp_t session, const std::uint8_t* in, std::size_t inLength, std::uint8_t* out, std::size_t* outLength, std::size_t)
{
	return conclave_srtp_in_place(
	  [session](std::uint8_t* packet, int* length) { return ::srtp_protect(session, packet, length); },
	  in,
	  inLength,
	  out,
	  outLength,
	  SRTP_MAX_TRAILER_LEN);
}

inline srtp_err_status_t srtp_unprotect(
  srtp_t session, const std::uint8_t* in, std::size_t inLength, std::uint8_t* out, std::size_t* outLength)
{
	return conclave_srtp_in_place(
	  [session](std::uint8_t* packet, int* length) { return ::srtp_unprotect(session, packet, length); },
	  in,
	  inLength,
	  out,
	  outLength,
	  0);
}

inline srtp_err_status_t srtp_protect_rtcp(
  srtp_t session, const std::uint8_t* in, std::size_t inLength, std::uint8_t* out, std::size_t* outLength, std::size_t)
{
	// The SRTCP index word follows the packet.
	constexpr std::size_t Growth = SRTP_MAX_TRAILER_LEN + sizeof(std::uint32_t);

	return conclave_srtp_in_place(
	  [session](std::uint8_t* packet, int* length) { return ::srtp_protect_rtcp(session, packet, length); },
	  in,
	  inLength,
	  out,
	  outLength,
	  Growth);
}

inline srtp_err_status_t srtp_unprotect_rtcp(
  srtp_t session, const std::uint8_t* in, std::size_t inLength, std::uint8_t* out, std::size_t* outLength)
{
	return conclave_srtp_in_place(
	  [session](std::uint8_t* packet, int* length) { return ::srtp_unprotect_rtcp(session, packet, length); },
	  in,
	  inLength,
	  out,
	  outLength,
	  0);
}

#define srtp_policy_t conclave_srtp_policy_t
