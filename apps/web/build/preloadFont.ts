import type { Plugin } from "vite";

/** Asks for the one font file together with the page, so that it is there for the first paint or not used at all. */
export function preloadFont(): Plugin {
  return {
    name: "conclave-preload-font",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(_html, context) {
        const font = Object.keys(context.bundle ?? {}).find((name) => name.endsWith(".woff2"));
        if (font === undefined) return [];
        return [
          {
            tag: "link",
            attrs: { rel: "preload", as: "font", type: "font/woff2", href: `/${font}`, crossorigin: "" },
            injectTo: "head",
          },
        ];
      },
    },
  };
}
