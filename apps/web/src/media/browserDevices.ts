import { DeviceError } from "../problems/Problem.ts";
import { toDeviceError, type Device, type DeviceList, type DevicePort, type DeviceWish } from "./devicePort.ts";

/** What cameras are asked for; they may give less. */
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } } as const;
const SCREEN_FRAME_RATE = { ideal: 15, max: 30 } as const;

/** The devices of this browser. `mediaDevices` is undefined on pages that did not come over https. */
export function browserDevices(mediaDevices: MediaDevices | undefined): DevicePort {
  return {
    async open(wish) {
      return await openTracks(mediaDevices, (devices) => devices.getUserMedia(toConstraints(wish)));
    },
    async openScreen() {
      return await openTracks(mediaDevices, (devices) =>
        devices.getDisplayMedia({ video: { frameRate: SCREEN_FRAME_RATE }, audio: true }),
      );
    },
    async list() {
      return toDeviceList((await mediaDevices?.enumerateDevices()) ?? []);
    },
    onChange(listener, signal) {
      mediaDevices?.addEventListener("devicechange", listener, { signal });
    },
  };
}

async function openTracks(
  mediaDevices: MediaDevices | undefined,
  open: (devices: MediaDevices) => Promise<MediaStream>,
): Promise<readonly MediaStreamTrack[]> {
  if (mediaDevices === undefined) throw new DeviceError("device_insecure", "This page has no access to devices");
  try {
    return (await open(mediaDevices)).getTracks();
  } catch (thrown) {
    throw toDeviceError(thrown);
  }
}

function toConstraints({ microphone, camera }: DeviceWish): MediaStreamConstraints {
  return {
    audio: microphone === undefined ? false : { ...wanted(microphone.id), ...microphone.processing },
    video: camera === undefined ? false : { ...wanted(camera.id), ...PICTURE },
  };
}

// Ideal, not exact: a device that has been unplugged since must not keep the person out.
function wanted(id: string): MediaTrackConstraints {
  return id === "" ? {} : { deviceId: { ideal: id } };
}

const KINDS = { audioinput: "microphone", videoinput: "camera", audiooutput: "speaker" } as const;

function toDeviceList(infos: readonly MediaDeviceInfo[]): DeviceList {
  const list = { microphone: [] as Device[], camera: [] as Device[], speaker: [] as Device[] };
  // Before the permission is given, browsers list devices without id and name.
  for (const info of infos)
    if (info.deviceId !== "" && info.label !== "")
      list[KINDS[info.kind]].push({ id: info.deviceId, label: info.label });
  return list;
}
