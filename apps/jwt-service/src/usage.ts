/** What `--help` prints. */
export const USAGE = `Usage: conclave jwt-service [--help]

Turns a Matrix OpenID token into an SFU token (MSC4195). Routes: POST /get_token, POST /sfu/get, GET /healthz.
Settings are environment variables:

  LIVEKIT_URL                        WebSocket URL of the SFU, given to clients (required)
  LIVEKIT_KEY, LIVEKIT_SECRET        API key and secret of the SFU (required)
  LIVEKIT_KEY_FROM_FILE, LIVEKIT_SECRET_FROM_FILE
                                     files that hold them
  LIVEKIT_KEY_FILE                   file with one line "key: secret"
  LIVEKIT_FULL_ACCESS_HOMESERVERS    server names whose users may create rooms, or * (required)
  LIVEKIT_JWT_BIND                   host:port or :port to listen on (:8080)
  LIVEKIT_LOG_LEVEL                  debug, info, warn or error (info)
  LIVEKIT_INSECURE_SKIP_VERIFY_TLS   YES_I_KNOW_WHAT_I_AM_DOING turns TLS checks off
`;
