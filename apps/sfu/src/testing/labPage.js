/* global LivekitClient */
// Runs in the test browser beside the unmodified livekit-client; plain script, so that it needs no bundler.
const { Room, RoomEvent, Track } = LivekitClient;
const events = [];
const received = [];
const heard = new Set();
let room;
let disconnectReason;

function publication(identity, source) {
  return room.remoteParticipants.get(identity)?.getTrackPublication(source);
}

globalThis.lab = {
  Track,
  events,
  received,
  get room() {
    return room;
  },

  async join({ url, token, options = {}, publish = true }) {
    // The fake microphone beeps; Chromium's filters would take that for noise.
    const audioCaptureDefaults = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    // Small, because all tabs of a test share two cores: two simulcast layers, 320 and 640 pixels wide.
    const videoCaptureDefaults = { resolution: { width: 640, height: 360, frameRate: 15 } };
    const defaults = { adaptiveStream: false, dynacast: false, audioCaptureDefaults, videoCaptureDefaults };
    room = new Room({ ...defaults, ...options });
    room.on(RoomEvent.ActiveSpeakersChanged, (speakers) => speakers.forEach(({ identity }) => heard.add(identity)));
    for (const name of Object.values(RoomEvent)) room.on(name, () => events.push(name));
    room.on(RoomEvent.Disconnected, (reason) => (disconnectReason = reason));
    room.on(RoomEvent.TrackSubscribed, (track) => {
      const element = track.attach();
      element.style.width = "320px";
      document.body.append(element);
    });
    room.on(RoomEvent.DataReceived, (payload, participant, kind, topic) =>
      received.push({ text: new TextDecoder().decode(payload), from: participant?.identity, topic }),
    );
    await room.connect(url, token);
    if (publish) await room.localParticipant.enableCameraAndMicrophone();
  },

  /** A synthetic screen, because headless Chromium has none to capture. */
  async shareCanvas() {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: 640, height: 360 });
    const context = canvas.getContext("2d");
    setInterval(() => {
      context.fillStyle = `hsl(${Date.now() % 360} 80% 50%)`;
      context.fillRect(0, 0, 640, 360);
    }, 50);
    const [track] = canvas.captureStream(20).getVideoTracks();
    await room.localParticipant.publishTrack(track, { source: Track.Source.ScreenShare, simulcast: false });
  },

  /** A steady tone: the fake microphone only beeps now and then. */
  async hum() {
    const context = new AudioContext();
    const oscillator = context.createOscillator();
    const destination = context.createMediaStreamDestination();
    oscillator.connect(destination);
    oscillator.start();
    const [track] = destination.stream.getAudioTracks();
    await room.localParticipant.publishTrack(track, { source: Track.Source.Microphone });
  },

  async stats(identity, source) {
    const receiver = publication(identity, source)?.track?.receiver;
    if (!receiver) return undefined;
    const reports = [...(await receiver.getStats()).values()];
    const inbound = reports.find(({ type }) => type === "inbound-rtp") ?? {};
    const codec = reports.find(({ id }) => id === inbound.codecId);
    const {
      framesDecoded = 0,
      framesReceived = 0,
      frameWidth = 0,
      totalAudioEnergy = 0,
      packetsReceived = 0,
    } = inbound;
    return { framesDecoded, framesReceived, frameWidth, totalAudioEnergy, packetsReceived, mimeType: codec?.mimeType };
  },

  /** Frames a second that came during the last second. */
  async frameRate(identity, source) {
    const before = (await this.stats(identity, source))?.framesReceived ?? 0;
    const startMs = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const after = (await this.stats(identity, source))?.framesReceived ?? 0;
    return ((after - before) * 1000) / (performance.now() - startMs);
  },

  disconnectReason: () => disconnectReason,
  isMuted: (identity, source) => publication(identity, source)?.isMuted,
  hasSpoken: (identity) => heard.has(identity),
  setSubscribed: (identity, source, isWanted) => publication(identity, source).setSubscribed(isWanted),
  setSize: (identity, source, width, height) => publication(identity, source).setVideoDimensions({ width, height }),
  activeLayers: () =>
    room.localParticipant
      .getTrackPublication(Track.Source.Camera)
      .track.sender.getParameters()
      .encodings.map(({ active }) => active),
  send: (text, reliable) =>
    room.localParticipant.publishData(new TextEncoder().encode(text), { reliable, topic: "chat" }),
  state: () => room.state,
  sids: () => [room.localParticipant.sid, ...[...room.remoteParticipants.values()].map(({ sid }) => sid)],
};
