import type { Person } from "@conclave/bot/browser";

export const alice: Person = { name: "Alice", id: 1, colour: [205, 70, 60], toneHz: 520 };
export const bob: Person = { name: "Bob", id: 2, colour: [60, 165, 80], toneHz: 760 };
export const carol: Person = { name: "Carol", id: 3, colour: [70, 95, 215], toneHz: 1130 };
export const dora: Person = { name: "Dora", id: 4, colour: [200, 170, 60], toneHz: 1510 };
