/** What the page may do. Homeservers and SFUs can be anywhere, so connections may go anywhere over HTTP and WebSocket. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "media-src 'self' blob: mediastream:",
  "connect-src 'self' https: wss: http: ws:",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  // The call is also a widget in other sites' pages.
  "frame-ancestors *",
].join("; ");

const DEVICES_OF_A_CALL = ["camera", "microphone", "display-capture", "screen-wake-lock", "autoplay", "fullscreen"];
const UNUSED_DEVICES = ["geolocation", "usb", "serial", "hid", "payment"];

/** Headers of every file of the web app. */
export const SITE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "permissions-policy": [
    ...DEVICES_OF_A_CALL.map((name) => `${name}=(self)`),
    ...UNUSED_DEVICES.map((name) => `${name}=()`),
  ].join(", "),
  "cross-origin-opener-policy": "same-origin",
  // Host pages that are isolated themselves can still embed the call.
  "cross-origin-resource-policy": "cross-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};
