/** To-device messages that the crypto machine keeps for itself; handing them out would leak keys. */
export const INTERNAL_TYPES: ReadonlySet<string> = new Set([
  "m.dummy",
  "m.room_key",
  "m.forwarded_room_key",
  "m.room_key_request",
  "m.room_key.withheld",
  "m.secret.request",
  "m.secret.send",
]);
