import type { Size } from "../../layout/geometry.ts";
import type { DeviceKind } from "../../media/devicePort.ts";

/** What a person can do in a call. */
export interface CallActions {
  readonly setMicrophoneOn: (isOn: boolean) => void;
  readonly setCameraOn: (isOn: boolean) => void;
  readonly setScreenOn: (isOn: boolean) => void;
  readonly setHandUp: (isUp: boolean) => void;
  readonly react: (emoji: string) => void;
  readonly chooseDevice: (kind: DeviceKind, id: string) => void;
  readonly setVideoSize: (sid: string, size: Size) => void;
  /** Absent where the call has no link of its own. */
  readonly copyLink: (() => void) | undefined;
  readonly leave: () => void;
}
