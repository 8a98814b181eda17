import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

const conditions = ["source"];

/** Debian's or any other Chromium; `infra/bootstrap` finds it. */
const executablePath = process.env["CHROMIUM_PATH"];

export const chromiumArguments: readonly string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
  "--allow-loopback-in-peer-connection",
];

export default defineConfig({
  test: {
    retry: 0,
    projects: [
      {
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: "unit",
          environment: "node",
          include: ["{packages,apps}/*/src/**/*.test.ts", "infra/**/*.test.ts"],
          exclude: ["**/*.browser.test.ts", "**/node_modules/**", "**/dist/**"],
        },
      },
      {
        resolve: { conditions },
        // All dependencies are found before the first test: one that is found later reloads the page under a test.
        optimizeDeps: {
          entries: ["{packages,apps}/*/src/**/*.browser.test.ts"],
          // Its WASM lies beside its script; bundled, it would not be found.
          exclude: ["@matrix-org/matrix-sdk-crypto-wasm"],
        },
        test: {
          name: "browser",
          include: ["{packages,apps}/*/src/**/*.browser.test.ts"],
          fileParallelism: false,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { args: [...chromiumArguments], ...(executablePath ? { executablePath } : {}) },
            }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
      {
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: "e2e",
          environment: "node",
          include: ["e2e/**/*.e2e.ts"],
          exclude: ["e2e/peers/**", "**/node_modules/**", "**/dist/**"],
          // One story at a time: each needs both cores for its browsers.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: "peers",
          environment: "node",
          include: ["e2e/peers/**/*.e2e.ts"],
          fileParallelism: false,
          testTimeout: 240_000,
          // The first time, LiveKit is built from sources and Synapse installed.
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
