/**
 * Reads the first JSON value of a text; what follows it is ignored, as lk-jwt-service does.
 *
 * @throws {SyntaxError} if there is none
 */
export function firstJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (fault) {
    const end = endOfObject(text);
    // A text without anything after its first value is simply wrong.
    if (end === undefined || end === text.length) throw fault;
    return JSON.parse(text.slice(0, end));
  }
}

/** Where the object that the text begins with ends. */
function endOfObject(text: string): number | undefined {
  let depth = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (isInString) {
      if (character === "\\") index += 1;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") {
      depth -= 1;
      if (depth <= 0) return index + 1;
    }
  }
  return undefined;
}
