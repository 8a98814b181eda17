import type { CallMember, CallTrust } from "@conclave/call";

import { germanProblems } from "./germanProblems.ts";
import type { Language } from "./language.ts";
import { roundTime } from "./roundTime.ts";

const lists = new Intl.ListFormat("de", { style: "long", type: "conjunction" });
const NAMES_SHOWN = 3;

const decryptionWords: Readonly<Record<CallMember["decryption"], string>> = {
  decrypting: "Verschlüsselt",
  waiting_for_key: "Wartet auf einen Schlüssel",
  not_trusted: "Gerät nicht bestätigt",
  failing: "Nicht zu entschlüsseln",
  plain: "Nicht verschlüsselt",
  nothing_to_decrypt: "Sendet nichts",
};

/** The catalogue in German. `lang=de` chooses it. */
export const german: Language = {
  problems: germanProblems,
  strings: {
    language: "de",
    you: "Du",
    close: "Schließen",
    back: "Zurück",
    copyLink: "Link kopieren",
    linkCopied: "Link kopiert",
    copyFailed: (url) => `Hier kann nichts kopiert werden. Der Link ist ${url}`,
    tryAgain: "Noch einmal versuchen",
    toHome: "Zum Anfang",
    theme: {
      label: (current) => `Aussehen: ${current}`,
      system: "wie das System",
      light: "hell",
      dark: "dunkel",
    },
    home: {
      documentTitle: "Conclave: verschlüsselte Anrufe",
      title: "Unter euch reden.",
      lead: "Anrufe, die nur sieht und hört, wer dabei ist. Nicht wir, nicht der Server. Kein Konto, nichts zu installieren.",
      nameLabel: "Name des Anrufs (freiwillig)",
      namePlaceholder: "Name des Anrufs (freiwillig)",
      start: "Anruf beginnen",
      starting: "Beginnt…",
      linkLabel: "Link zu einem Anruf",
      linkPlaceholder: "Oder einen Link einfügen, den du bekommen hast",
      join: "Teilnehmen",
      notALink: "Das ist kein Link zu einem Anruf. Er endet wie /r/abcd-efgh-jkm.",
      linkEmpty: "Füge den Link ein, den du bekommen hast.",
      linkElsewhere: (host) => `Dieser Anruf ist auf ${host}. Öffne den Link in der Adresszeile.`,
      recent: "Zuletzt, nur auf diesem Gerät",
      forget: (name) => `${name} vergessen`,
    },
    lobby: {
      documentTitle: (room) => `Teilnehmen: ${room}`,
      unnamed: "Dein Anruf",
      loadingRoom: "Der Anruf wird nachgeschlagen",
      nobody: "Noch ist niemand da",
      present: presentPeople,
      nameLabel: "Dein Name",
      namePlaceholder: "Wie sollen dich die anderen nennen?",
      nameMissing: "Gib einen Namen an, damit die anderen wissen, wer du bist.",
      join: "Jetzt teilnehmen",
      calls: (name) => `${name} ruft dich an`,
      started: (name) => `${name} hat einen Anruf begonnen`,
      decline: "Ablehnen",
      ringTone: "Klingelton",
      joinWithoutDevices: "Ohne Mikrofon und Kamera teilnehmen",
      encrypted: "Verschlüsselt zwischen denen, die dabei sind",
      notEncrypted: "Nicht verschlüsselt: Der Server kann mitsehen und mithören",
      preview: "Deine Kamera",
      cameraOff: "Deine Kamera ist aus",
      cameraStarting: "Deine Kamera startet",
      microphone: "Mikrofon",
      camera: "Kamera",
      speaker: "Lautsprecher",
      level: "Pegel des Mikrofons",
      deviceProblem: (device, title) => `${device}: ${title}.`,
    },
    step: {
      account: "Holt dir einen Platz auf dem Server",
      room: "Öffnet den Raum",
      discovering: "Sucht den Medienserver",
      authorizing: "Bittet den Server um einen Platz",
      connecting: "Verbindet mit dem Medienserver",
      announcing: "Sagt den anderen, dass du da bist",
      keying: "Tauscht Schlüssel aus",
    },
    call: {
      documentTitle: (room) => `${room}: im Anruf`,
      controls: "Bedienung des Anrufs",
      mute: "Mikrofon aus",
      unmute: "Mikrofon an",
      stopCamera: "Kamera aus",
      startCamera: "Kamera an",
      share: "Bildschirm teilen",
      stopShare: "Nicht mehr teilen",
      leave: "Auflegen",
      microphoneOptions: "Mikrofon und Lautsprecher wählen",
      cameraOptions: "Kamera wählen",
      hand: "Deine Hand",
      raiseHand: "Hand heben",
      lowerHand: "Hand senken",
      handsRaised: (names) => `${lists.format(names)} ${names.length === 1 ? "hebt" : "heben"} die Hand`,
      handLowered: (name) => `${name} hat die Hand gesenkt`,
      handPlace: (order) => `Hand gehoben, als Nummer ${order}`,
      react: "Reagieren",
      reacted: (name, emoji) => `${name} reagiert mit ${emoji}`,
      people: "Leute",
      peopleCount: (count) => `${count} ${count === 1 ? "Person" : "Personen"} im Anruf`,
      standing,
      alone: "Du bist allein hier",
      calling: { ringing: "Es klingelt", declined: "Gerade passt es nicht", timed_out: "Niemand ist drangegangen" },
      aloneHint: "Schick den Link denen, mit denen du reden willst.",
      reconnecting: {
        sfu: "Die Verbindung zum Medienserver ist abgerissen. Neuer Versuch.",
        homeserver:
          "Der Heimserver antwortet nicht. Ihr könnt weiterreden; neu dazukommen kann niemand, bis er wieder da ist.",
      },
      reconnectingSince: (time) => `Wer da war um ${time}`,
      leaveUnprotected:
        "Dieser Server merkt nicht, wenn eine Verbindung abreißt. Beende den Anruf mit Auflegen, sonst sehen dich die anderen noch bis zu fünf Minuten.",
      silentListener: (isEncrypted) =>
        isEncrypted
          ? "Mit dem Medienserver ist jemand verbunden, der nicht im Anruf ist. Er bekommt keine Schlüssel und versteht nichts von dem, was er empfängt."
          : "Mit dem Medienserver ist jemand verbunden, der nicht im Anruf ist. Der Anruf ist nicht verschlüsselt: Er kann mitsehen und mithören.",
      soundBlocked: "Der Browser lässt den Ton aus, bis du ihn einschaltest.",
      allowSound: "Ton einschalten",
      joined: (name) => `${name} ist da`,
      left: (name) => `${name} ist gegangen`,
      stage: "Leute im Anruf",
      page: (index, count) => `Seite ${index} von ${count}`,
      sharing: (name) => `${name} teilt den Bildschirm`,
      youShare: "Du teilst deinen Bildschirm",
      moveSelf: "Dein Bild. Die Pfeiltasten schieben es in eine andere Ecke.",
    },
    clock: {
      wrong: (aheadMs) =>
        `Die Uhr dieses Computers geht etwa ${roughly(aheadMs)}. Anrufe gehen trotzdem, nur Zeiten können hier falsch angezeigt werden.`,
    },
    emoji: {
      thumbsUp: "Daumen hoch",
      clapping: "Klatschen",
      party: "Hurra",
      laugh: "Lachen",
      love: "Liebe",
      wave: "Winken",
      idea: "Idee",
      thumbsDown: "Daumen runter",
    },
    tile: {
      self: (name) => (name === "" ? "Du" : `${name} (du)`),
      label: tileLabel,
      muted: "Stumm",
      speaking: "spricht",
      encrypted: "Verschlüsselt",
      connecting: "Verbindet",
      lost: "Verbindung verloren",
      unreachable: (name) => `${name} ist auf einem Medienserver, den diese App nicht erreicht.`,
      gone: (name) => `${name} hat die Verbindung verloren.`,
      waitingForKey: (name) => `Der Schlüssel von ${name} ist noch nicht da. Er wird noch einmal erbeten.`,
      notTrusted: (name) => `${name} hat dieses Gerät nicht bestätigt: Es bleibt außen vor.`,
      failing: (name) => `Was ${name} sendet, ist hier nicht zu entschlüsseln.`,
      why: "Warum?",
      whyKey:
        "Ton und Bild jedes Menschen sind mit einem eigenen Schlüssel verschlossen. Er kommt getrennt vom Anruf, über den Heimserver. Bis er da ist, ist von diesem Menschen nichts zu sehen und zu hören.",
      whyNotTrusted:
        "Nichts beweist, dass das Gerät diesem Menschen gehört, oder seine Identität ist seit der Ankunft eine andere. Es bekommt keine Schlüssel, und was es sendet, wird nicht abgespielt. In der Matrix-App lässt es sich bestätigen; danach hilft es, neu teilzunehmen.",
      whyFailing:
        "Der Schlüssel, der ankam, passt nicht zu dem, was gesendet wird. Ein neuer ist erbeten. Bleibt es so, hilft es, wenn dieser Mensch auflegt und wieder teilnimmt.",
      whyGone:
        "Der Heimserver führt diesen Menschen noch auf, doch der Medienserver hat ihn eine Weile nicht gesehen. Er verschwindet von der Liste oder kommt zurück.",
    },
    lock: {
      label: lockLabel,
      title: "Wer diesen Anruf sehen und hören kann",
      detail: lockDetail,
      honest:
        "Das ist gemessen: Gezählt wird, was dein Computer in den letzten zwei Sekunden wirklich entschlüsselt hat.",
    },
    after: {
      documentTitle: "Du hast aufgelegt",
      left: "Du hast aufgelegt",
      ended: "Der Anruf ist für dich zu Ende",
      because: {
        declined: "Gerade passt es nicht",
        timed_out: "Niemand ist drangegangen",
        others_left: "Alle anderen sind gegangen",
      },
      duration: (time) => `Du warst ${time} dabei`,
      rejoin: "Wieder teilnehmen",
      copyReport: "Bericht kopieren",
      reportCopied: "Bericht kopiert",
    },
    problem: {
      documentTitle: "Conclave: ein Problem",
      newCall: "Neuen Anruf beginnen",
    },
    toast: {
      region: "Mitteilungen",
      dismiss: "Wegnehmen",
    },
  },
};

function roughly(aheadMs: number): string {
  const { count, unit } = roundTime(aheadMs);
  const units = { minute: ["Minute", "Minuten"], hour: ["Stunde", "Stunden"], day: ["Tag", "Tage"] } as const;
  return `${count} ${units[unit][count === 1 ? 0 : 1]} ${aheadMs > 0 ? "vor" : "nach"}`;
}

function standing(member: CallMember): string {
  if (member.isSelf) return "Du";
  if (member.presence === "connecting") return "Verbindet";
  if (member.presence === "gone") return "Verbindung verloren";
  if (member.presence === "unreachable") return "Auf einem Server, der nicht zu erreichen ist";
  return decryptionWords[member.decryption];
}

function presentPeople(names: readonly string[]): string {
  if (names.length === 0) return "Noch ist niemand da";
  const shown = names.slice(0, NAMES_SHOWN);
  const rest = names.length - shown.length;
  const all = rest > 0 ? [...shown, `${rest} mehr`] : shown;
  return `${lists.format(all)} ${names.length === 1 ? "ist" : "sind"} da`;
}

function tileLabel(member: CallMember, isMuted: boolean): string {
  const name = member.displayName === "" ? "Du" : `${member.displayName} (du)`;
  const facts = [
    ...(isMuted ? ["stumm"] : []),
    ...(member.isSpeaking ? ["spricht"] : []),
    ...(member.handOrder === undefined ? [] : [`Hand gehoben, als Nummer ${member.handOrder}`]),
    ...(member.presence === "connecting" ? ["verbindet"] : []),
    ...(member.decryption === "decrypting" ? ["verschlüsselt"] : []),
  ];
  return [member.isSelf ? name : member.displayName, ...facts].join(", ");
}

function lockLabel(trust: CallTrust): string {
  if (trust.state === "partial") return `${trust.verifiedMembers} von ${trust.mediaMembers} verschlüsselt`;
  return { locked: "Verschlüsselt", open: "Nicht verschlüsselt", alone: "Nur du" }[trust.state];
}

function lockDetail(trust: CallTrust): string {
  if (trust.state === "partial")
    return `Von ${trust.mediaMembers} Menschen, die Ton oder Bild senden, waren eben ${trust.verifiedMembers} zu entschlüsseln. Was sich nicht entschlüsseln lässt, wird nie gezeigt oder abgespielt.`;
  return {
    locked:
      "Alles von den anderen kommt verschlüsselt an und wurde hier aufgeschlossen, jeder Mensch mit einem eigenen Schlüssel. Der Server reicht es weiter und kann es nicht lesen.",
    open: "Dieser Raum ist nicht verschlüsselt. Wer den Medienserver betreibt, kann sehen und hören, was gesagt wird.",
    alone:
      "Gerade sendet sonst niemand. Was du sendest, geht verschlüsselt hinaus, nur für die Menschen in diesem Anruf.",
  }[trust.state];
}
