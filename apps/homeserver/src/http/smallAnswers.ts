import type { Core } from "../Core.ts";
import { authenticate, CLIENT, V3, type App } from "./context.ts";

/** What clients ask at start and do without: no media, no push, no presence, no TURN (the SFU brings its own way). */
export function mountSmallAnswers(app: App, core: Core): void {
  const answers: readonly (readonly ["get" | "put", string, object])[] = [
    ["get", `${V3}/voip/turnServer`, {}],
    ["get", `${CLIENT}/v1/media/config`, { "m.upload.size": 0 }],
    ["get", "/_matrix/media/v3/config", { "m.upload.size": 0 }],
    ["get", `${V3}/pushers`, { pushers: [] }],
    ["get", `${V3}/thirdparty/protocols`, {}],
    ["get", `${V3}/account/3pid`, { threepids: [] }],
    ["get", `${V3}/presence/:userId/status`, { presence: "offline" }],
    ["put", `${V3}/presence/:userId/status`, {}],
  ];
  for (const [method, path, answer] of answers) {
    app[method](path, (c) => {
      authenticate(core, c);
      return c.json(answer);
    });
  }
}
