export { createNodeFrameCrypto } from "./createNodeFrameCrypto.ts";
export { tamperOf } from "./tamper.ts";
