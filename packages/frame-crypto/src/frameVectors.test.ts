import { frameVectorSuite } from "./testing/frameVectorSuite.ts";

frameVectorSuite();
