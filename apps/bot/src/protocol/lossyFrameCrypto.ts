import type { FrameCryptoHost } from "@conclave/frame-crypto/page";

import { browserTypes, type FrameTransform, type RtpEnd } from "../rtc/index.ts";

/** The same frame encryption behind a network that loses frames, both ways. @param isLost asked once for each frame */
export function lossyFrameCrypto(host: FrameCryptoHost, isLost: () => boolean): FrameCryptoHost {
  return {
    policy: host.policy,
    reported: host.reported,
    protectSender(sender, options) {
      host.protectSender(sender, options);
      wrap(browserTypes.fromRtcEnd(sender), (honest) => async (frame) => {
        const encrypted = await honest(frame);
        return isLost() ? undefined : encrypted;
      });
    },
    protectReceiver(receiver, options) {
      host.protectReceiver(receiver, options);
      wrap(
        browserTypes.fromRtcEnd(receiver),
        (honest) => (frame) => (isLost() ? Promise.resolve(undefined) : honest(frame)),
      );
    },
    setKey: (ownerId, index, key) => host.setKey(ownerId, index, key),
    useSenderKey: (ownerId, index) => host.useSenderKey(ownerId, index),
    suspendSender: (ownerId) => host.suspendSender(ownerId),
    forget: (ownerId) => host.forget(ownerId),
    close: () => host.close(),
  };
}

function wrap(end: RtpEnd, change: (honest: FrameTransform) => FrameTransform): void {
  if (end.transform) end.transform = change(end.transform);
}
