import type { strings } from "../../strings/strings.ts";

/** What can be picked, and what it is called by assistive technology. All have a name, and most a sound, in Element Call. */
export const EMOJIS: readonly { readonly emoji: string; readonly name: keyof typeof strings.emoji }[] = [
  { emoji: "👍", name: "thumbsUp" },
  { emoji: "👏", name: "clapping" },
  { emoji: "🎉", name: "party" },
  { emoji: "😄", name: "laugh" },
  { emoji: "🥰", name: "love" },
  { emoji: "👋", name: "wave" },
  { emoji: "💡", name: "idea" },
  { emoji: "👎", name: "thumbsDown" },
];
