import { html, nothing, type TemplateResult } from "lit";

import type { MediaView } from "../../media/MediaView.ts";
import type { Problem } from "../../problems/Problem.ts";
import { problemTexts } from "../../strings/problems.ts";
import { strings } from "../../strings/strings.ts";
import { icon } from "../../styles/icons.ts";

/** What is wrong with microphone and camera, each in its own words. Joining stays possible. */
export function deviceNotes(media: MediaView): TemplateResult | typeof nothing {
  const { microphone, camera } = media;
  const notes = [
    ...(microphone.phase === "failed" ? [{ name: strings.lobby.microphone, problem: microphone.problem }] : []),
    ...(camera.phase === "failed" ? [{ name: strings.lobby.camera, problem: camera.problem }] : []),
  ];
  if (notes.length === 0) return nothing;
  return html`<div class="problems" role="status">
    ${notes.map(
      ({ name, problem }) =>
        html`<p class="problem" data-code=${problem.code}>
          ${icon("alert")}
          <span
            ><b>${strings.lobby.deviceProblem(name, problemTexts[problem.code].title)}</b>
            ${problemTexts[problem.code].cause} ${problemTexts[problem.code].remedy}</span
          >
        </p>`,
    )}
  </div>`;
}

/** Why the last attempt to join failed. */
export function joinNote(problem: Problem | undefined): TemplateResult | typeof nothing {
  if (problem === undefined) return nothing;
  const text = problemTexts[problem.code];
  return html`<p class="problem failed" role="alert" data-testid="join-problem" data-code=${problem.code}>
    ${icon("alert")}
    <span
      ><b>${text.title}.</b> ${text.cause} ${text.remedy}
      <small class="soft">${strings.problem.code(problem.code)}</small></span
    >
  </p>`;
}
