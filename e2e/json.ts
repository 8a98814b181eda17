/** Gets JSON. @throws {Error} with the answer's text if it is not a 2xx */
export function getJson<T>(url: string, accessToken: string): Promise<T> {
  return ask<T>(url, { headers: bearer(accessToken) });
}

/** Posts JSON and returns the answer's. @throws {Error} with the answer's text if it is not a 2xx */
export function postJson<T>(url: string, body: object, accessToken?: string): Promise<T> {
  return ask<T>(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(accessToken ? bearer(accessToken) : {}) },
    body: JSON.stringify(body),
  });
}

/** Puts JSON and returns the answer's. @throws {Error} with the answer's text if it is not a 2xx */
export function putJson<T>(url: string, body: object, accessToken: string): Promise<T> {
  return ask<T>(url, {
    method: "PUT",
    headers: { "Content-Type": "application/json", ...bearer(accessToken) },
    body: JSON.stringify(body),
  });
}

async function ask<T>(url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

function bearer(accessToken: string): { readonly Authorization: string } {
  return { Authorization: `Bearer ${accessToken}` };
}
