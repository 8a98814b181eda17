import type { problemTexts } from "./problems.ts";
import type { Translation } from "./Translation.ts";

/** Words for problems in German. */
export const germanProblems: Translation<typeof problemTexts> = {
  slot_invalid: {
    title: "An diesem Anruf ist keine Teilnahme möglich",
    cause: "Der Raum beschreibt seinen Anruf auf eine Weise, die diese App nicht versteht.",
    remedy: "Beginne einen neuen Anruf und gib dessen Link weiter.",
  },
  no_transport: {
    title: "Dieser Server hat keinen Platz für Anrufe",
    cause: "Weder der Heimserver noch die Einstellungen dieser App nennen einen Medienserver.",
    remedy: "Bitte die, die den Server betreiben, einen einzurichten.",
  },
  openid_refused: {
    title: "Der Heimserver hat nicht für dich gebürgt",
    cause: "Er verweigert den Nachweis, wer du bist, den der Medienserver verlangt.",
    remedy: "Versuche es noch einmal. Bleibt es so, frage die, die den Server betreiben.",
  },
  grant_refused: {
    title: "Der Medienserver lässt dich nicht ein",
    cause: "Er nimmt deinen Nachweis für diesen Anruf nicht an.",
    remedy: "Lade die Seite neu und nimm noch einmal teil.",
  },
  grant_unreachable: {
    title: "Die Tür des Medienservers antwortet nicht",
    cause: "Der Dienst, der Plätze in Anrufen vergibt, ist nicht zu erreichen.",
    remedy: "Prüfe deine Verbindung und versuche es dann noch einmal.",
  },
  grant_not_member: {
    title: "Du bist nicht mehr in diesem Raum",
    cause: "Der Medienserver lässt nur die ein, die der Raum als Mitglieder führt.",
    remedy: "Lass dich von jemandem im Raum einladen und nimm dann wieder teil.",
  },
  grant_homeserver_unreachable: {
    title: "Der Medienserver kann deinen Heimserver nicht nach dir fragen",
    cause: "Er hat es versucht, und dein Heimserver hat ihm nicht geantwortet.",
    remedy: "Versuche es noch einmal. Bleibt es so, frage die, die deinen Heimserver betreiben.",
  },
  grant_sfu_unreachable: {
    title: "Der Medienserver ist nicht bereit",
    cause: "Der Dienst, der Plätze in Anrufen vergibt, kommt nicht zu ihm durch.",
    remedy: "Versuche es noch einmal. Bleibt es so, frage die, die den Server betreiben.",
  },
  grant_busy: {
    title: "Der Medienserver hat sehr viel zu tun",
    cause: "Mehr Menschen bitten um einen Platz in einem Anruf, als er auf einmal beantworten kann.",
    remedy: "Warte einen Augenblick und versuche es dann noch einmal.",
  },
  rate_limited: {
    title: "Zu viele Versuche",
    cause: "Der Server bittet dich, langsamer zu machen.",
    remedy: "Warte eine Minute und versuche es dann noch einmal.",
  },
  sfu_unreachable: {
    title: "Der Medienserver ist nicht zu erreichen",
    cause: "Er läuft nicht, oder etwas zwischen dir und ihm sperrt Anrufe.",
    remedy: "Versuche es noch einmal oder in einem anderen Netz.",
  },
  sfu_full: {
    title: "Der Anruf ist voll",
    cause: "Der Medienserver hat gerade keinen freien Platz.",
    remedy: "Versuche es noch einmal, wenn jemand gegangen ist.",
  },
  sfu_removed: {
    title: "Du wurdest aus dem Anruf genommen",
    cause: "Der Medienserver hat deine Verbindung mit Absicht beendet.",
    remedy: "Frage die anderen im Anruf, bevor du wieder teilnimmst.",
  },
  duplicate_identity: {
    title: "Du nimmst an anderer Stelle teil",
    cause: "Derselbe Browser ist in einem anderen Fenster in diesem Anruf, und nur einer kann es sein.",
    remedy: "Mache dort weiter, oder nimm hier wieder teil.",
  },
  membership_failed: {
    title: "Die anderen konnten nicht erfahren, dass du da bist",
    cause: "Der Heimserver wollte dich nicht im Anruf führen.",
    remedy: "Versuche es noch einmal. Bleibt es so, darfst du in diesem Raum vielleicht nicht an Anrufen teilnehmen.",
  },
  homeserver_unreachable: {
    title: "Der Heimserver ist nicht zu erreichen",
    cause: "Deine Verbindung ist abgerissen, oder der Server läuft nicht.",
    remedy: "Prüfe deine Verbindung und versuche es dann noch einmal.",
  },
  logged_out: {
    title: "Du bist abgemeldet",
    cause: "Der Server kennt das Konto dieses Browsers nicht mehr.",
    remedy: "Versuche es noch einmal, um mit einem neuen hineinzukommen.",
  },
  room_not_found: {
    title: "Unter diesem Link ist kein Anruf",
    cause: "Er ist vertippt, oder niemand hat ihn auf diesem Server begonnen.",
    remedy: "Prüfe den Link, oder beginne einen neuen Anruf.",
  },
  room_forbidden: {
    title: "Dieser Anruf steht dir nicht offen",
    cause: "Sein Raum lässt nur ein, wer eingeladen ist.",
    remedy: "Bitte jemanden darin, dich einzuladen.",
  },
  encryption_unsupported: {
    title: "Dieser Browser kann Anrufe nicht verschlüsseln",
    cause: "Ihm fehlt, was das Verschlüsseln von Ton und Bild braucht.",
    remedy: "Nimm ein aktuelles Firefox, Chrome, Edge oder Safari.",
  },
  crypto_failed: {
    title: "Die Verschlüsselung kam nicht zustande",
    cause: "Der Schlüsselspeicher dieses Browsers ging nicht auf oder arbeitet nicht.",
    remedy: "Lade die Seite neu. Statt eines privaten Fensters versuche ein gewöhnliches.",
  },
  config_invalid: {
    title: "Diese App ist falsch eingerichtet",
    cause: "In ihrer Datei mit Einstellungen ist ein Fehler.",
    remedy: "Bitte die, die diese Seite betreiben, config.json zu prüfen.",
  },
  publish_failed: {
    title: "Die anderen bekommen deinen Ton oder dein Bild nicht",
    cause: "Der Medienserver hat es nicht angenommen.",
    remedy: "Schalte es aus und wieder ein.",
  },
  event_refused: {
    title: "Die anderen haben es nicht bekommen",
    cause: "Der Heimserver nahm es nicht an. Vielleicht darfst du es in diesem Raum nicht senden.",
    remedy: "Versuche es noch einmal. Bleibt es so, frage die, die den Raum betreuen.",
  },
  internal: {
    title: "Bei uns ist etwas kaputtgegangen",
    cause: "Diese App kam in einen Zustand, den wir nicht vorhergesehen haben.",
    remedy: "Versuche es noch einmal. Bleibt es so, melde es mit dem Code darunter.",
  },
  account_refused: {
    title: "Dieser Server nimmt keine Gäste",
    cause: "Der Heimserver macht keine Konten für Besuch.",
    remedy: "Bitte die, die ihn betreiben, die Anmeldung zu öffnen, oder nimm einen anderen Server.",
  },
  homeserver_refused: {
    title: "Der Heimserver hat nein gesagt",
    cause: "Er verweigert eine Anfrage, die diese App braucht.",
    remedy: "Versuche es noch einmal. Bleibt es so, frage die, die den Server betreiben.",
  },
  homeserver_not_allowed: {
    title: "Dieser Link nennt einen Server, der hier nicht erlaubt ist",
    cause: "Diese Seite öffnet nur Anrufe auf ihrem eigenen Heimserver.",
    remedy: "Öffne den Link auf der Seite, auf der er gemacht wurde.",
  },
  app_incomplete: {
    title: "Ein Teil dieser App wurde nicht geladen",
    cause: "Die Verbindung riss ab, oder die Seite wurde inzwischen erneuert.",
    remedy: "Lade die Seite neu und nimm noch einmal teil.",
  },
  link_invalid: {
    title: "Unter dieser Adresse ist nichts",
    cause: "Der Link ist unvollständig oder vertippt.",
    remedy: "Prüfe den Link, oder beginne einen neuen Anruf.",
  },
  browser_unsupported: {
    title: "Dieser Browser ist zu alt für Anrufe",
    cause: "Ihm fehlen Teile, aus denen Anrufe bestehen.",
    remedy: "Nimm ein aktuelles Firefox, Chrome, Edge oder Safari.",
  },
  device_denied: {
    title: "Der Browser hält es verschlossen",
    cause: "Diese Seite darf es nicht benutzen.",
    remedy: "Erlaube es in der Adresszeile und schalte es dann ein.",
  },
  device_missing: {
    title: "Keines gefunden",
    cause: "An diesem Computer ist kein solches Gerät.",
    remedy: "Schließe eines an, oder nimm ohne teil.",
  },
  device_busy: {
    title: "Anderswo in Gebrauch",
    cause: "Ein anderes Programm hält das Gerät.",
    remedy: "Schließe jenes Programm und schalte es dann ein.",
  },
  device_insecure: {
    title: "Auf dieser Seite nicht verfügbar",
    cause: "Browser öffnen Mikrofon und Kamera nur auf Seiten, die über https kamen.",
    remedy: "Öffne diese Seite mit https.",
  },
  device_failed: {
    title: "Das Gerät ist nicht angelaufen",
    cause: "Der Computer meldet eine Störung.",
    remedy: "Stecke es aus und wieder ein, oder wähle ein anderes.",
  },
};
