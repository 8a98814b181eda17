import { Scope } from "@conclave/kit";

import { bootStandalone } from "./boot/standalone.ts";
import { bootWidget } from "./boot/widget.ts";
import { isWidgetAddress } from "./boot/widget/widgetParameters.ts";
import { applyTheme, type ConclaveApp } from "./elements/conclave-app/conclave-app.ts";
import type { ProblemPage } from "./elements/problem-page/problem-page.ts";
import { toProblem } from "./problems/Problem.ts";

/** The life of the page: nothing outlives it. */
const pageScope = new Scope((fault) => console.error("[conclave] clean-up failed", fault));

try {
  const boot = isWidgetAddress(new URL(window.location.href)) ? bootWidget : bootStandalone;
  const environment = await boot(window, pageScope);
  applyTheme(environment.preferences.theme);
  const app: ConclaveApp = document.createElement("conclave-app");
  app.environment = environment;
  document.body.prepend(app);
} catch (thrown) {
  const page: ProblemPage = document.createElement("problem-page");
  page.problem = toProblem(thrown);
  page.retry = () => window.location.reload();
  // In another client's page there is no start to go to.
  if (!isWidgetAddress(new URL(window.location.href))) page.goHome = () => window.location.assign("/");
  document.body.prepend(page);
}
