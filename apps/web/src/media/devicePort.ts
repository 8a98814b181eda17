import { DeviceError, type DeviceProblemCode } from "../problems/Problem.ts";

export type DeviceKind = "microphone" | "camera" | "speaker";

export interface Device {
  readonly id: string;
  readonly label: string;
}

export type DeviceList = Readonly<Record<DeviceKind, readonly Device[]>>;

export const NO_DEVICES: DeviceList = { microphone: [], camera: [], speaker: [] };

/** What the browser is asked to do to the microphone's sound. */
export interface SoundProcessing {
  readonly noiseSuppression: boolean;
  readonly echoCancellation: boolean;
  readonly autoGainControl: boolean;
}

/** Which devices to open; an absent wish is not opened at all, an empty id means the system's choice. */
export interface DeviceWish {
  readonly microphone?: { readonly id: string; readonly processing: SoundProcessing };
  readonly camera?: { readonly id: string };
}

/** The browser's devices. `browserDevices` is the real one, `FakeDevices` that of tests. */
export interface DevicePort {
  /** @throws {DeviceError} */
  open(wish: DeviceWish): Promise<readonly MediaStreamTrack[]>;
  /** Asks for a screen, window or tab, with its sound where the browser can. @throws {DeviceError} */
  openScreen(): Promise<readonly MediaStreamTrack[]>;
  list(): Promise<DeviceList>;
  /** Calls `listener` when devices come or go, until `signal` aborts. */
  onChange(listener: () => void, signal: AbortSignal): void;
}

// Names: Media Capture and Streams §10.2 (getUserMedia), Screen Capture §5.
const CODES: Readonly<Record<string, DeviceProblemCode>> = {
  NotAllowedError: "device_denied",
  SecurityError: "device_denied",
  NotFoundError: "device_missing",
  OverconstrainedError: "device_missing",
  NotReadableError: "device_busy",
  AbortError: "device_busy",
};

/** Reads what a browser throws when a device does not open. */
export function toDeviceError(thrown: unknown): DeviceError {
  if (thrown instanceof DeviceError) return thrown;
  const name = thrown instanceof Error || thrown instanceof DOMException ? thrown.name : "";
  return new DeviceError(CODES[name] ?? "device_failed", `The browser refused: ${name}`, {
    retryable: true,
    cause: thrown,
  });
}
