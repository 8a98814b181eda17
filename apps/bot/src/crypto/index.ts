export { createNodeFrameCrypto } from "./createNodeFrameCrypto.ts";
export { importNodeMaterial } from "./nodeMaterial.ts";
export { tamperOf } from "./tamper.ts";
