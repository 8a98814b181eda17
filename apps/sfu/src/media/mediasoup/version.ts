export { version as mediasoupVersion } from "mediasoup";
