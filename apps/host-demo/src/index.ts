export { startHostDemo, type HostDemo, type HostDemoOptions } from "./server/startHostDemo.ts";
