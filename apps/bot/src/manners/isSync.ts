/** Whether a request asks a homeserver for news. @see Client-Server API, `GET /sync` */
export function isSync(input: string | URL | Request): boolean {
  const address = input instanceof Request ? input.url : String(input);
  return address.includes("/sync");
}
