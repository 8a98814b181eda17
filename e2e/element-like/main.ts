import { ElementLikeCall, type ElementLikeOptions } from "./ElementLikeCall.ts";

declare global {
  interface Window {
    elementLike: { join(options: ElementLikeOptions): Promise<ElementLikeCall> };
  }
}

window.elementLike = { join: (options) => ElementLikeCall.join(options) };
