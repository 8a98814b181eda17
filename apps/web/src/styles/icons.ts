import type { DirectiveResult } from "lit/directive.js";
import { unsafeHTML } from "lit/directives/unsafe-html.js";

import back from "lucide-static/icons/arrow-left.svg?raw";
import alert from "lucide-static/icons/circle-alert.svg?raw";
import bell from "lucide-static/icons/bell.svg?raw";
import bellOff from "lucide-static/icons/bell-off.svg?raw";
import check from "lucide-static/icons/check.svg?raw";
import chevronUp from "lucide-static/icons/chevron-up.svg?raw";
import close from "lucide-static/icons/x.svg?raw";
import hand from "lucide-static/icons/hand.svg?raw";
import link from "lucide-static/icons/link.svg?raw";
import lock from "lucide-static/icons/lock.svg?raw";
import lockOpen from "lucide-static/icons/lock-open.svg?raw";
import mic from "lucide-static/icons/mic.svg?raw";
import micOff from "lucide-static/icons/mic-off.svg?raw";
import moon from "lucide-static/icons/moon.svg?raw";
import phone from "lucide-static/icons/phone.svg?raw";
import phoneOff from "lucide-static/icons/phone-off.svg?raw";
import screen from "lucide-static/icons/monitor-up.svg?raw";
import screenStop from "lucide-static/icons/monitor-x.svg?raw";
import shield from "lucide-static/icons/shield-check.svg?raw";
import smile from "lucide-static/icons/smile-plus.svg?raw";
import sound from "lucide-static/icons/volume-2.svg?raw";
import sun from "lucide-static/icons/sun.svg?raw";
import system from "lucide-static/icons/monitor.svg?raw";
import camera from "lucide-static/icons/video.svg?raw";
import cameraOff from "lucide-static/icons/video-off.svg?raw";
import users from "lucide-static/icons/users.svg?raw";

const sources = {
  alert,
  back,
  bell,
  bellOff,
  check,
  chevronUp,
  close,
  hand,
  link,
  lock,
  lockOpen,
  mic,
  micOff,
  moon,
  phone,
  phoneOff,
  screen,
  screenStop,
  shield,
  smile,
  sound,
  sun,
  system,
  camera,
  cameraOff,
  users,
};

export type IconName = keyof typeof sources;

/** A lucide drawing, 20 px, in the colour of the text; it says nothing to assistive technology. */
export function icon(name: IconName): DirectiveResult {
  return drawings[name];
}

// The files are ours to trust: they come from the package at build time.
const drawings = Object.fromEntries(
  Object.entries(sources).map(([name, source]) => [name, unsafeHTML(toInline(source))]),
) as Record<IconName, DirectiveResult>;

function toInline(source: string): string {
  const inner = source.slice(source.indexOf(">", source.indexOf("<svg")) + 1);
  return `<svg aria-hidden="true" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round">${inner}`;
}
