/** Sends a webhook over the network. */
export function sendOverFetch(request: Request): Promise<Response> {
  return fetch(request);
}
