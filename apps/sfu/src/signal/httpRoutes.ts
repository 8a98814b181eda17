import { Hono } from "hono";

import { toRefusal } from "./admit.ts";
import { CORS_HEADERS } from "./cors.ts";
import type { SignalServer } from "./SignalServer.ts";

/** Plain HTTP: health and the checks of a join. `/rtc/v1` is missing on purpose: clients then use `/rtc`. */
export function httpRoutes(server: SignalServer): Hono {
  const routes = new Hono();
  routes.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(CORS_HEADERS)) context.res.headers.set(name, value);
  });
  routes.options("*", (context) => context.body(null, 204));
  routes.get("/", (context) => context.text("OK"));
  routes.get("/rtc/validate", async (context) => {
    const query = new URL(context.req.url).searchParams;
    try {
      await server.validate({ query, authorization: context.req.header("authorization") });
      return context.text("success");
    } catch (fault) {
      const { status, text } = toRefusal(fault);
      return context.text(text, status);
    }
  });
  routes.notFound((context) => context.text("404 page not found", 404));
  routes.onError((_fault, context) => context.text("internal error", 500));
  return routes;
}
