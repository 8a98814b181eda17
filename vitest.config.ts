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

/** Stories of a homeserver that answers late or not at all last minutes: nightly, or with `CONCLAVE_FAULTS=1 npm run e2e -- e2e/faults`. */
const longStories = process.env["CONCLAVE_FAULTS"]
  ? []
  : ["e2e/faults/homeserver-faults.e2e.ts", "e2e/faults/lost-answers.e2e.ts", "e2e/faults/join-storm.e2e.ts"];

/** What is waited for comes as fast as it comes: the limit is only for what never does, on a machine that is busy too. */
const expectation = { poll: { timeout: 15_000 } };

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
          expect: expectation,
          // Longer than what is polled for may take.
          testTimeout: 20_000,
          include: ["{packages,apps}/*/src/**/*.test.ts", "infra/**/*.test.ts"],
          exclude: ["**/*.browser.test.ts", "**/node_modules/**", "**/dist/**"],
        },
      },
      {
        test: {
          name: "contract",
          environment: "node",
          include: ["apps/jwt-service/contract/**/*.test.ts"],
          exclude: ["**/node_modules/**", "**/dist/**"],
          // Processes that answer over loopback, and timers of a second: what waits does not keep a core busy.
          sequence: { concurrent: true },
          maxConcurrency: 60,
          // Most of it is waiting for a place: programs are started a few at a time.
          testTimeout: 180_000,
          hookTimeout: 180_000,
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
          expect: expectation,
          include: ["e2e/**/*.e2e.ts"],
          exclude: ["e2e/peers/**", ...longStories, "**/node_modules/**", "**/dist/**"],
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
          expect: expectation,
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
