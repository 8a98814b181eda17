import { CallLab } from "./CallLab.ts";
import { SuiteLab } from "./SuiteLab.ts";

declare global {
  interface Window {
    lab: CallLab;
    suite: SuiteLab;
  }
}

window.lab = new CallLab();
window.suite = new SuiteLab();
