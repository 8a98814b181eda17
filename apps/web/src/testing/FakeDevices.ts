import { type DeviceError } from "../problems/Problem.ts";
import type { DeviceList, DevicePort, DeviceWish } from "../media/devicePort.ts";

/** Devices without hardware: tracks are plain event targets that remember whether they were stopped. */
export class FakeDevices implements DevicePort {
  readonly wishes: DeviceWish[] = [];
  readonly opened: FakeTrack[] = [];
  failures: { readonly microphone?: DeviceError; readonly camera?: DeviceError; readonly screen?: DeviceError } = {};
  devices: DeviceList = {
    microphone: [{ id: "mic-1", label: "Built-in microphone" }],
    camera: [{ id: "cam-1", label: "Front camera" }],
    speaker: [{ id: "spk-1", label: "Speakers" }],
  };
  #listener: (() => void) | undefined;

  async open(wish: DeviceWish): Promise<readonly MediaStreamTrack[]> {
    this.wishes.push(wish);
    const failure =
      (wish.microphone ? this.failures.microphone : undefined) ?? (wish.camera ? this.failures.camera : undefined);
    if (failure) throw failure;
    return [...(wish.microphone ? [this.#make("audio")] : []), ...(wish.camera ? [this.#make("video")] : [])];
  }

  async openScreen(): Promise<readonly MediaStreamTrack[]> {
    if (this.failures.screen) throw this.failures.screen;
    return [this.#make("video"), this.#make("audio")];
  }

  async list(): Promise<DeviceList> {
    return this.devices;
  }

  onChange(listener: () => void): void {
    this.#listener = listener;
  }

  /** Plugs and unplugs until `devices` is true. */
  change(devices: DeviceList): void {
    this.devices = devices;
    this.#listener?.();
  }

  #make(kind: "audio" | "video"): MediaStreamTrack {
    const track = new FakeTrack(kind);
    this.opened.push(track);
    return track as unknown as MediaStreamTrack;
  }
}

/** The parts of a `MediaStreamTrack` that the app uses. */
export class FakeTrack extends EventTarget {
  readonly kind: "audio" | "video";
  enabled = true;
  isStopped = false;

  constructor(kind: "audio" | "video") {
    super();
    this.kind = kind;
  }

  stop(): void {
    this.isStopped = true;
  }

  /** The device was unplugged. */
  unplug(): void {
    this.dispatchEvent(new Event("ended"));
  }
}
