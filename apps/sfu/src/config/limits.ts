const KIB = 1024;

/** Bounds on what clients and other programs may cost. Every one can be set; see README.md for the names in files. */
export interface SfuLimits {
  readonly rooms: number;
  /** Of all rooms together. */
  readonly participants: number;
  /** Of a room that asks for no smaller number itself. */
  readonly participantsPerRoom: number;
  readonly tracksPerParticipant: number;
  /** Tracks of others that a participant may receive or have wishes about. */
  readonly subscriptionsPerParticipant: number;
  readonly signalMessageBytes: number;
  /** Sustained; ten times as many may come at once. */
  readonly signalRequestsPerSecond: number;
  readonly apiBodyBytes: number;
  /** Of one API key, sustained; as many again may come at once. */
  readonly apiRequestsPerSecond: number;
  readonly metadataBytes: number;
  readonly attributesBytes: number;
  readonly roomNameLength: number;
  readonly identityLength: number;
  readonly nameLength: number;
}

/** LiveKit's where it has one. */
export const defaultLimits: SfuLimits = {
  rooms: 1000,
  participants: 2000,
  participantsPerRoom: 200,
  tracksPerParticipant: 16,
  subscriptionsPerParticipant: 4096,
  // LiveKit reads 2 MiB. The answer of a client in a full room has 400 sections of about 1 kB.
  signalMessageBytes: KIB * KIB,
  signalRequestsPerSecond: 100,
  apiBodyBytes: KIB * KIB,
  apiRequestsPerSecond: 500,
  metadataBytes: 512 * KIB,
  attributesBytes: 64 * KIB,
  roomNameLength: 256,
  identityLength: 256,
  nameLength: 256,
};
