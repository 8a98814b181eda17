import { CallLab } from "./CallLab.ts";

declare global {
  interface Window {
    lab: CallLab;
  }
}

window.lab = new CallLab();
