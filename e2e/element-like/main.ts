import { ElementLikeCall, type ElementLikeOptions } from "./ElementLikeCall.ts";

declare global {
  interface Window {
    elementLike: { join(options: ElementLikeOptions): Promise<ElementLikeCall> };
    /** Set by the story. */
    elementLikeCall: ElementLikeCall;
  }
}

window.elementLike = { join: (options) => ElementLikeCall.join(options) };
