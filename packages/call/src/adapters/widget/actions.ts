/**
 * Names of the widget API as the wire has them.
 *
 * @see matrixrtc.md 13
 */
export const ACTIONS = {
  capabilities: "capabilities",
  notifyCapabilities: "notify_capabilities",
  versions: "supported_api_versions",
  contentLoaded: "content_loaded",
  sendEvent: "send_event",
  sendToDevice: "send_to_device",
  updateState: "update_state",
  updateDelayedEvent: "org.matrix.msc4157.update_delayed_event",
  readEvents: "org.matrix.msc2876.read_events",
  readRelations: "org.matrix.msc3869.read_relations",
  getOpenId: "get_openid",
  openIdCredentials: "openid_credentials",
  getRtcTransports: "org.matrix.msc4515.get_rtc_transports",
} as const;

export const VERSIONS = {
  notifiesCapabilities: "org.matrix.msc2871",
  updateState: "org.matrix.msc2762_update_state",
  rtcTransports: "org.matrix.msc4515",
  /** Ours: the host says which devices encrypted what, and which were not reached. @see docs/embedding.md */
  devices: "io.conclave.devices",
} as const;

/** What we can do, told to hosts that ask. */
export const WIDGET_VERSIONS: readonly string[] = [
  "0.0.1",
  "0.0.2",
  "org.matrix.msc2762",
  VERSIONS.updateState,
  VERSIONS.notifiesCapabilities,
  "org.matrix.msc2873",
  "org.matrix.msc2876",
  "org.matrix.msc3819",
  "org.matrix.msc3869",
  VERSIONS.rtcTransports,
];

/** Fields of our own extension {@link VERSIONS.devices}. */
export const DEVICE_FIELDS = {
  /** On events and to-device messages: `{device_id, is_cross_signed}` of the device that encrypted it. */
  encryptedBy: "io.conclave.encrypted_by",
  /** In the answer to `send_to_device`: `{user: [device]}` of those that could not be encrypted for. */
  unreachable: "io.conclave.unreachable",
} as const;
