import type { CallMember, CallTrust, DecryptionState, JoinStep } from "@conclave/call";

import { joinNames, plural } from "./plural.ts";

const NAMES_SHOWN = 3;

/** Every word that a person reads, but for problems (`problems.ts`). Second person, sentence case, no jargon. */
export const strings = {
  brand: "Conclave",
  you: "You",
  close: "Close",
  copyLink: "Copy link",
  linkCopied: "Link copied",
  copyFailed: (url: string) => `Copying is blocked here. The link is ${url}`,
  tryAgain: "Try again",
  toHome: "Back to start",

  theme: {
    label: (current: string) => `Appearance: ${current}`,
    system: "as the system",
    light: "light",
    dark: "dark",
  },

  home: {
    documentTitle: "Conclave: encrypted calls",
    title: "Talk in private.",
    lead: "Calls that only the people in them can see and hear. Not us, not the server. No account, nothing to install.",
    nameLabel: "Name of the call (optional)",
    namePlaceholder: "Name this call (optional)",
    start: "Start a call",
    starting: "Starting…",
    linkLabel: "Link to a call",
    linkPlaceholder: "Or paste a link you were sent",
    join: "Join",
    notALink: "That is not a link to a call. It ends like /r/abcd-efgh-jkm.",
    linkEmpty: "Paste the link you were sent.",
    linkElsewhere: (host: string) => `That call lives on ${host}. Open the link in the address bar.`,
    recent: "Recent, on this device only",
    forget: (name: string) => `Forget ${name}`,
  },

  lobby: {
    documentTitle: (room: string) => `Join ${room}`,
    unnamed: "Your call",
    loadingRoom: "Looking up the call",
    nobody: "Nobody is here yet",
    present: (names: readonly string[]) => presentPeople(names),
    nameLabel: "Your name",
    namePlaceholder: "What should the others call you?",
    nameMissing: "Give a name, so that the others know who you are.",
    join: "Join now",
    joinWithoutDevices: "Join without microphone and camera",
    encrypted: "Encrypted between the people in this call",
    notEncrypted: "Not encrypted: the server can see and hear this call",
    preview: "Your camera",
    cameraOff: "Your camera is off",
    cameraStarting: "Starting your camera",
    microphone: "Microphone",
    camera: "Camera",
    speaker: "Speaker",
    level: "Microphone level",
    deviceProblem: (device: string, title: string) => `${device}: ${title.charAt(0).toLowerCase()}${title.slice(1)}.`,
  },

  step: {
    account: "Getting you a place on the server",
    room: "Opening the room",
    discovering: "Looking for the media server",
    authorizing: "Asking the server for a place",
    connecting: "Connecting to the media server",
    announcing: "Telling the others that you are here",
    keying: "Exchanging keys",
  } satisfies Record<JoinStep | "account" | "room", string>,

  call: {
    documentTitle: (room: string) => `${room}: in call`,
    controls: "Call controls",
    mute: "Mute",
    unmute: "Unmute",
    stopCamera: "Turn camera off",
    startCamera: "Turn camera on",
    share: "Share screen",
    stopShare: "Stop sharing",
    leave: "Leave",
    microphoneOptions: "Microphone and speaker options",
    cameraOptions: "Camera options",
    shortcut: (label: string, key: string) => `${label} (${key})`,
    people: "People",
    peopleCount: (count: number) => `${count} ${plural(count, { one: "person", other: "people" })} in the call`,
    standing: (member: CallMember) => standing(member),
    alone: "You are the only one here",
    aloneHint: "Send the link to the people you want to talk to.",
    reconnecting: {
      sfu: "The connection to the media server broke. Trying again.",
      homeserver: "The homeserver does not answer. You can go on talking; nobody new can join until it is back.",
    },
    reconnectingSince: (time: string) => `List of people as of ${time}`,
    soundBlocked: "The browser keeps the sound off until you say so.",
    allowSound: "Turn sound on",
    joined: (name: string) => `${name} joined`,
    left: (name: string) => `${name} left`,
    stage: "People in the call",
    page: (index: number, count: number) => `Page ${index} of ${count}`,
    sharing: (name: string) => `${name} is sharing`,
    youShare: "You are sharing your screen",
    moveSelf: "Your picture. Arrow keys move it to another corner.",
  },

  tile: {
    self: (name: string) => (name === "" ? "You" : `${name} (you)`),
    label: (member: CallMember, isMuted: boolean) => tileLabel(member, isMuted),
    muted: "Muted",
    speaking: "speaking",
    encrypted: "Encrypted",
    connecting: "Connecting",
    unreachable: (name: string) => `${name} is on a media server that this app cannot reach.`,
    waitingForKey: (name: string) => `${name}'s computer has not sent its key yet. Asking again.`,
    failing: (name: string) => `What ${name} sends cannot be decrypted here.`,
    why: "Why?",
    whyKey:
      "Sound and picture of each person are locked with a key of their own. It travels apart from the call, through the homeserver. Until it is here, nothing of that person can be seen or heard.",
    whyFailing:
      "The key that arrived does not fit what is being sent. A new key is asked for. If it stays like this, that person should leave and join again.",
    whyUnreachable:
      "The people in a call may be spread over several media servers. This one is down, or not allowed for this app.",
  },

  lock: {
    label: (trust: CallTrust) => lockLabel(trust),
    title: "Who can see and hear this call",
    detail: (trust: CallTrust) => lockDetail(trust),
    honest: "This is measured: it counts what your own computer really decrypted in the last two seconds.",
  },

  after: {
    documentTitle: "You left the call",
    left: "You left the call",
    ended: "The call ended for you",
    duration: (time: string) => `You were in it for ${time}`,
    rejoin: "Join again",
    home: "Back to start",
    code: (code: string) => `Code: ${code}`,
    copyReport: "Copy report",
    reportCopied: "Report copied",
  },

  problem: {
    documentTitle: "Conclave: a problem",
    code: (code: string) => `Code: ${code}`,
    newCall: "Start a new call",
  },

  toast: {
    region: "Messages",
    dismiss: "Dismiss",
  },
} as const;

const DECRYPTION_WORDS: Readonly<Record<DecryptionState, string>> = {
  decrypting: "Encrypted",
  waiting_for_key: "Waiting for a key",
  failing: "Cannot be decrypted",
  plain: "Not encrypted",
  nothing_to_decrypt: "Sends nothing",
};

function standing(member: CallMember): string {
  if (member.isSelf) return strings.you;
  if (member.presence === "connecting") return strings.tile.connecting;
  if (member.presence === "unreachable") return "On a server that cannot be reached";
  return DECRYPTION_WORDS[member.decryption];
}

function presentPeople(names: readonly string[]): string {
  if (names.length === 0) return strings.lobby.nobody;
  const shown = names.slice(0, NAMES_SHOWN);
  const rest = names.length - shown.length;
  const all = rest > 0 ? [...shown, `${rest} more`] : shown;
  return `${joinNames(all)} ${plural(names.length, { one: "is", other: "are" })} here`;
}

function tileLabel(member: CallMember, isMuted: boolean): string {
  const name = member.isSelf ? strings.tile.self(member.displayName) : member.displayName;
  const facts = [
    ...(isMuted ? [strings.tile.muted.toLowerCase()] : []),
    ...(member.isSpeaking ? [strings.tile.speaking] : []),
    ...(member.presence === "connecting" ? [strings.tile.connecting.toLowerCase()] : []),
    ...(member.decryption === "decrypting" ? [strings.tile.encrypted.toLowerCase()] : []),
  ];
  return [name, ...facts].join(", ");
}

function lockLabel(trust: CallTrust): string {
  if (trust.state === "partial") return `${trust.verifiedMembers} of ${trust.mediaMembers} encrypted`;
  return { locked: "Encrypted", open: "Not encrypted", alone: "Only you" }[trust.state];
}

function lockDetail(trust: CallTrust): string {
  if (trust.state === "partial")
    return `Of ${trust.mediaMembers} people who send sound or picture, ${trust.verifiedMembers} could be decrypted just now. What cannot be decrypted is never shown or played.`;
  return {
    locked:
      "Everything you get from the others arrives encrypted and was unlocked here, each person with a key of their own. The server passes it on but cannot read it.",
    open: "This room is not encrypted. Whoever runs the media server can see and hear what is said.",
    alone:
      "Nobody else sends anything at the moment. What you send goes out encrypted, for the people in the call only.",
  }[trust.state];
}
