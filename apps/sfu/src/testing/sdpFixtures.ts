const FINGERPRINT = Array.from({ length: 32 }, (_, index) => index.toString(16).padStart(2, "0").toUpperCase()).join(
  ":",
);

/** One m-section of an offer as Chromium writes it, shortened. */
export interface OfferedSection {
  readonly kind: "audio" | "video";
  readonly mid: string;
  readonly cid?: string;
  readonly rids?: readonly string[];
  readonly direction?: string;
  readonly ssrc?: number;
  readonly port?: number;
}

const AUDIO_CODECS = [
  "a=rtpmap:63 red/48000/2",
  "a=fmtp:63 111/111",
  "a=rtpmap:111 opus/48000/2",
  "a=rtcp-fb:111 transport-cc",
  "a=fmtp:111 minptime=10;useinbandfec=1",
  "a=rtpmap:9 G722/8000",
];
const VIDEO_CODECS = [
  "a=rtpmap:106 VP8/90000",
  "a=rtcp-fb:106 goog-remb",
  "a=rtcp-fb:106 transport-cc",
  "a=rtcp-fb:106 ccm fir",
  "a=rtcp-fb:106 nack",
  "a=rtcp-fb:106 nack pli",
  "a=rtcp-fb:106 x-unheard-of",
  "a=rtpmap:107 rtx/90000",
  "a=fmtp:107 apt=106",
  "a=rtpmap:108 H264/90000",
  "a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f",
  "a=rtpmap:109 H264/90000",
  "a=fmtp:109 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640c1f",
  "a=rtpmap:110 H264/90000",
  "a=fmtp:110 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e034",
  "a=rtpmap:112 rtx/90000",
  "a=fmtp:112 apt=110",
  "a=rtpmap:113 VP9/90000",
  "a=fmtp:113 profile-id=2",
  "a=rtpmap:114 VP9/90000",
  "a=fmtp:114 profile-id=0",
  "a=rtpmap:45 AV1/90000",
];

/** A publisher's offer: a data section, then what is given. */
export function publisherOffer(sections: readonly OfferedSection[] = [], ufrag = "abcd"): string {
  const transport = [`a=ice-ufrag:${ufrag}`, "a=ice-pwd:password-of-at-least-22-chars"];
  const security = [`a=fingerprint:sha-256 ${FINGERPRINT}`, "a=setup:actpass"];
  const lines = [
    "v=0",
    "o=- 1 2 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    `a=group:BUNDLE data ${sections.map(({ mid }) => mid).join(" ")}`,
    "a=extmap-allow-mixed",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "c=IN IP4 0.0.0.0",
    ...transport,
    ...security,
    "a=mid:data",
    "a=sctp-port:5000",
    ...sections.flatMap((section) => [...mediaLines(section), ...transport, ...security]),
  ];
  return `${lines.join("\r\n")}\r\n`;
}

/** A client's answer to our offer, as far as the server reads it. */
export function subscriberAnswer(): string {
  return publisherOffer();
}

function mediaLines({ kind, mid, cid, rids = [], direction = "sendonly", ssrc, port = 9 }: OfferedSection): string[] {
  const formats = kind === "audio" ? "111 63 9" : "106 107 108 109 110 112 113 114 45";
  const codecs = kind === "audio" ? AUDIO_CODECS : VIDEO_CODECS;
  return [
    `m=${kind} ${port} UDP/TLS/RTP/SAVPF ${formats}`,
    "c=IN IP4 0.0.0.0",
    `a=mid:${mid}`,
    "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
    "a=extmap:13 urn:3gpp:video-orientation-of-mars",
    `a=${direction}`,
    "a=rtcp-mux",
    ...codecs,
    ...(cid === undefined ? [] : [`a=msid:stream ${cid}`]),
    ...rids.map((rid) => `a=rid:${rid} send`),
    ...(rids.length > 0 ? [`a=simulcast:send ${rids.join(";")}`] : []),
    ...(ssrc === undefined
      ? []
      : [`a=ssrc-group:FID ${ssrc} ${ssrc + 1}`, `a=ssrc:${ssrc} cname:somebody`, `a=ssrc:${ssrc + 1} cname:somebody`]),
  ];
}
