import type { MatrixPort } from "@conclave/matrix-rtc";

/** The same port with some operations replaced: how a bot misbehaves without the engine knowing. */
export function delegateMatrix(matrix: MatrixPort, replaced: Partial<MatrixPort>): MatrixPort {
  return {
    self: matrix.self,
    isSyncing: matrix.isSyncing,
    cryptoReady: matrix.cryptoReady,
    toDeviceReceived: matrix.toDeviceReceived,
    watchRoom: (roomId, scope) => matrix.watchRoom(roomId, scope),
    readFeatures: () => matrix.readFeatures(),
    readTransports: () => matrix.readTransports(),
    readWellKnownFoci: () => matrix.readWellKnownFoci(),
    sendState: (...state) => matrix.sendState(...state),
    scheduleState: (...state) => matrix.scheduleState(...state),
    restartDelayed: (delayId, signal) => matrix.restartDelayed(delayId, signal),
    sendDelayedNow: (delayId) => matrix.sendDelayedNow(delayId),
    cancelDelayed: (delayId) => matrix.cancelDelayed(delayId),
    sendEncryptedToDevice: (type, recipients, content) => matrix.sendEncryptedToDevice(type, recipients, content),
    prepareSessions: (recipients) => matrix.prepareSessions(recipients),
    requestOpenIdToken: () => matrix.requestOpenIdToken(),
    ...replaced,
  };
}
