import { html, render } from "lit";

import { views } from "./views.ts";

/** One page with fixture data: `gallery.html?view=call&theme=light`. Without a view: the list of them. */
const parameters = new URLSearchParams(location.search);
const view = views[parameters.get("view") ?? ""];
const theme = parameters.get("theme");
if (theme !== null) document.documentElement.dataset["theme"] = theme;

const host = document.createElement("div");
host.style.height = "100dvh";
host.style.overflow = "auto";
document.body.append(host);
render(
  view === undefined
    ? html`<ul>
        ${Object.keys(views).map((name) => html`<li><a href="?view=${name}">${name}</a></li>`)}
      </ul>`
    : view(),
  host,
);
