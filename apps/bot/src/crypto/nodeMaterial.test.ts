import { frameVectorSuite } from "@conclave/frame-crypto/testing";
import { describe } from "vitest";

import { importNodeMaterial } from "./nodeMaterial.ts";

describe("with the cipher of Node", () => {
  frameVectorSuite(importNodeMaterial);
});
