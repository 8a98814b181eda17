/** What `--help` prints. */
export const USAGE = `Usage: conclave jwt-service [--check] [--strict] [--help]

Turns a Matrix OpenID token into an SFU token (MSC4195) and keeps delayed leaves alive. It stands where lk-jwt-service
stood: the same routes, and the same environment variables.

  --check    says what is wrong with the installation, and ends
  --strict   refuses a LIVEKIT_SECRET of less than 32 bytes

  LIVEKIT_URL                        WebSocket URL of the SFU, given to clients (required)
  LIVEKIT_KEY, LIVEKIT_SECRET        API key and secret of the SFU (required)
  LIVEKIT_KEY_FROM_FILE, LIVEKIT_SECRET_FROM_FILE
                                     files that hold them
  LIVEKIT_KEY_FILE                   file with one line "key: secret"
  LIVEKIT_FULL_ACCESS_HOMESERVERS    server names whose users may create rooms, or * (required)
  LIVEKIT_JWT_BIND                   host:port or :port to listen on (:8080)
  LIVEKIT_CS_API_URL_OVERRIDES       server=url,server=url: where client APIs are (by .well-known)
  LIVEKIT_SANITY_CHECK_INTERVAL_SECONDS
                                     how often the SFU is asked who is there; 0 = never (as webhooks arrive)
  LIVEKIT_REDIS_URL                  redis://host:port/db that keeps delegated leaves (memory)
  LIVEKIT_LOG_LEVEL                  debug, info, warn or error (info)
  LIVEKIT_INSECURE_SKIP_VERIFY_TLS   YES_I_KNOW_WHAT_I_AM_DOING turns TLS checks off

  CONCLAVE_JWT_INTERNAL_NETWORKS     networks that homeservers may be in although internal, or none
  CONCLAVE_JWT_USER_PER_MINUTE       tokens for one user; 0 = any number (10, of own homeservers 60)
  CONCLAVE_JWT_SERVER_PER_MINUTE     tokens for one homeserver without full access; 0 = any number (100)
  CONCLAVE_JWT_REQUESTS_PER_SECOND   look-ups in all; 0 = any number (2000)
  CONCLAVE_JWT_RESTRICTED_MAY_PUBLISH
                                     false: users of other homeservers may only listen and watch (true)
  CONCLAVE_JWT_SYNAPSE_ADMIN_TOKEN_FROM_FILE
                                     file with a token of a Synapse administrator: memberships are checked
  CONCLAVE_JWT_METRICS_BIND          host:port of a second listener with /metrics (none)
  CONCLAVE_JWT_SELF_CHECK            off: no self-check after the start

docs/token-service.md explains them.
`;
