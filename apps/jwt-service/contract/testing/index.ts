export { FakeHomeserver } from "./FakeHomeserver.ts";
export { FakeSfu } from "./FakeSfu.ts";
export { makeCertificate } from "./makeCertificate.ts";
