import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// Before anything else is loaded: from the second start on, the sources need no translation, which is most of the start.
enableCompileCache(fileURLToPath(new URL("../../../.cache/node", import.meta.url)));
await import("./program.ts");
