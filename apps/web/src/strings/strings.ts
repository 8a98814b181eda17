import type { CallMember, CallTrust, DecryptionState, JoinStep, LeaveReason } from "@conclave/call";

import { joinNames, plural } from "./plural.ts";
import { roundTime } from "./roundTime.ts";

const NAMES_SHOWN = 3;

/**
 * Every word that a person reads, but for problems (`problems.ts`). Second person, sentence case, no jargon. English, unless
 * `language.ts` has put other words in the place of these.
 */
export const strings = {
  /** For dates and lists. */
  language: "en",
  brand: "Conclave",
  you: "You",
  close: "Close",
  back: "Back",
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
    calls: (name: string) => `${name} is calling you`,
    started: (name: string) => `${name} started a call`,
    decline: "Decline",
    ringTone: "Ring tone",
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
    hand: "Your hand",
    raiseHand: "Raise hand",
    lowerHand: "Lower hand",
    handsRaised: (names: readonly string[]) => `${joinNames(names)} raised a hand`,
    handLowered: (name: string) => `${name} lowered the hand`,
    handPlace: (order: number) => `Hand raised, number ${order} in line`,
    react: "React",
    reacted: (name: string, emoji: string) => `${name} reacts ${emoji}`,
    people: "People",
    peopleCount: (count: number) => `${count} ${plural(count, { one: "person", other: "people" })} in the call`,
    standing: (member: CallMember) => standing(member),
    alone: "You are the only one here",
    calling: { ringing: "Calling", declined: "They cannot come now", timed_out: "Nobody picked up" },
    aloneHint: "Send the link to the people you want to talk to.",
    reconnecting: {
      sfu: "The connection to the media server broke. Trying again.",
      homeserver: "The homeserver does not answer. You can go on talking; nobody new can join until it is back.",
    },
    reconnectingSince: (time: string) => `List of people as of ${time}`,
    leaveUnprotected:
      "This server does not notice when a connection breaks. End the call with Leave, or the others may see you here for up to five minutes.",
    silentListener: (isEncrypted: boolean): string =>
      isEncrypted
        ? "Somebody is connected to the media server who is not in this call. They get no keys, so they cannot understand what they receive."
        : "Somebody is connected to the media server who is not in this call. It is not encrypted: they can hear and see it.",
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

  clock: {
    wrong: (aheadMs: number): string =>
      `The clock of this computer is ${roughly(aheadMs)}. Calls work all the same, but times that you see here may be off.`,
  },

  emoji: {
    thumbsUp: "Thumbs up",
    clapping: "Clapping",
    party: "Hooray",
    laugh: "Laughing",
    love: "Love",
    wave: "Waving",
    idea: "Idea",
    thumbsDown: "Thumbs down",
  },

  tile: {
    self: (name: string) => (name === "" ? "You" : `${name} (you)`),
    label: (member: CallMember, isMuted: boolean) => tileLabel(member, isMuted),
    muted: "Muted",
    speaking: "speaking",
    encrypted: "Encrypted",
    connecting: "Connecting",
    lost: "Connection lost",
    unreachable: (name: string) => `${name} is on a media server that this app cannot reach.`,
    gone: (name: string) => `${name} has lost the connection.`,
    waitingForKey: (name: string) => `${name}'s computer has not sent its key yet. Asking again.`,
    notTrusted: (name: string) => `${name} has not verified this device: it is left out.`,
    failing: (name: string) => `What ${name} sends cannot be decrypted here.`,
    why: "Why?",
    whyKey:
      "Sound and picture of each person are locked with a key of their own. It travels apart from the call, through the homeserver. Until it is here, nothing of that person can be seen or heard.",
    whyNotTrusted:
      "Nothing proves that the device belongs to this person, or its identity has changed since it came. It gets no keys, and what it sends is not played. They can verify it in their Matrix app and join again.",
    whyFailing:
      "The key that arrived does not fit what is being sent. A new key is asked for. If it stays like this, that person should leave and join again.",
    whyGone:
      "The homeserver still lists this person, but the media server has not seen them for a while. They will be taken off the list, or come back.",
    whyUnreachable: (because: CallMember["noTransport"]) =>
      because === undefined
        ? "The people in a call may be spread over several media servers. This one is down, or not allowed for this app."
        : WHY_NO_TRANSPORT[because],
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
    because: {
      declined: "They cannot come now",
      timed_out: "Nobody picked up",
      others_left: "Everybody else has left",
    } satisfies Record<LeaveReason, string>,
    duration: (time: string) => `You were in it for ${time}`,
    rejoin: "Join again",
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
};

const WHY_NO_TRANSPORT: Readonly<Record<NonNullable<CallMember["noTransport"]>, string>> = {
  not_named: "Their app does not say on which media server sound and picture are.",
  unknown_type: "Their app sends sound and picture over a kind of media server that this app does not know.",
  needs_homeserver:
    "Only homeservers give access to the media server that their app uses, and this app cannot ask them yet.",
  bad_address: "The address of the media server that their app gives is not valid.",
};

const DECRYPTION_WORDS: Readonly<Record<DecryptionState, string>> = {
  decrypting: "Encrypted",
  waiting_for_key: "Waiting for a key",
  not_trusted: "Device not verified",
  failing: "Cannot be decrypted",
  plain: "Not encrypted",
  nothing_to_decrypt: "Sends nothing",
};

/** "about 3 hours ahead" */
function roughly(aheadMs: number): string {
  const { count, unit } = roundTime(aheadMs);
  const units = { minute: "minutes", hour: "hours", day: "days" };
  const time = `${count} ${plural(count, { one: unit, other: units[unit] })}`;
  return `about ${time} ${aheadMs > 0 ? "ahead" : "behind"}`;
}

function standing(member: CallMember): string {
  if (member.isSelf) return strings.you;
  if (member.presence === "connecting") return strings.tile.connecting;
  if (member.presence === "gone") return strings.tile.lost;
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
    ...(member.handOrder === undefined ? [] : [strings.call.handPlace(member.handOrder).toLowerCase()]),
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
