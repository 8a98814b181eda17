import type { MatrixPort } from "@conclave/matrix-rtc";

/** The same port with some operations replaced: how a bot misbehaves without the engine knowing. */
export function delegateMatrix(matrix: MatrixPort, replaced: Partial<MatrixPort>): MatrixPort {
  return {
    self: matrix.self,
    isSyncing: matrix.isSyncing,
    cryptoReady: matrix.cryptoReady,
    toDeviceReceived: matrix.toDeviceReceived,
    watchRoom: (roomId, scope) => matrix.watchRoom(roomId, scope),
    watchEvents: (roomId, scope) => matrix.watchEvents(roomId, scope),
    readRecentEvents: (roomId, type) => matrix.readRecentEvents(roomId, type),
    readRelations: (roomId, query) => matrix.readRelations(roomId, query),
    readFeatures: () => matrix.readFeatures(),
    readTransports: () => matrix.readTransports(),
    readWellKnownFoci: () => matrix.readWellKnownFoci(),
    sendState: (...state) => matrix.sendState(...state),
    scheduleState: (...state) => matrix.scheduleState(...state),
    sendEvent: (...event) => matrix.sendEvent(...event),
    scheduleEvent: (...event) => matrix.scheduleEvent(...event),
    redactEvent: (roomId, eventId) => matrix.redactEvent(roomId, eventId),
    restartDelayed: (delayId, signal) => matrix.restartDelayed(delayId, signal),
    sendDelayedNow: (delayId) => matrix.sendDelayedNow(delayId),
    cancelDelayed: (delayId) => matrix.cancelDelayed(delayId),
    sendEncryptedToDevice: (type, recipients, content) => matrix.sendEncryptedToDevice(type, recipients, content),
    ...(matrix.readDeviceFacts && {
      readDeviceFacts: (devices) => matrix.readDeviceFacts?.(devices) ?? Promise.resolve([]),
    }),
    prepareSessions: (recipients) => matrix.prepareSessions(recipients),
    requestOpenIdToken: () => matrix.requestOpenIdToken(),
    ...replaced,
  };
}
