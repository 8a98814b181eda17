/** Synapse, LiveKit and our authorisation service, running on free ports of loopback. */
export interface PeerStack {
  readonly homeserverUrl: string;
  /** Part after the colon in user ids. */
  readonly serverName: string;
  /** Synapse's `registration_shared_secret`, of this run only. */
  readonly sharedSecret: string;
  /** WebSocket URL. */
  readonly livekitUrl: string;
  /** LiveKit's Prometheus page. */
  readonly metricsUrl: string;
  readonly jwtUrl: string;
  /** Our web app, configured for that homeserver; `undefined` if not asked for or not built. */
  readonly webAppUrl: string | undefined;
  readonly processes: readonly { readonly part: string; readonly pid: number }[];
  /** Ends all of them and removes what they wrote. Idempotent. */
  close(): Promise<void>;
}

/**
 * Obtains the real peers, or fails with an error whose `name` is `Skip` and whose message says in one sentence why they
 * cannot be had here. The first time takes about four minutes.
 */
export function obtainPeers(
  say?: (detail: string) => void,
): Promise<{ readonly python: string; readonly livekit: string }>;

/** Obtains and starts them. */
export function startPeerStack(options?: {
  readonly say?: (detail: string) => void;
  readonly withWebApp?: boolean;
}): Promise<PeerStack>;
