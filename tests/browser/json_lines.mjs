// Node's test events as one line of JSON for each test, for `node_claims.py`.
import { inspect, stripVTControlCharacters } from "node:util";

export default async function* jsonLines(events) {
  for await (const { type, data } of events) {
    if (type !== "test:pass" && type !== "test:fail") continue;
    if (data.nesting > 0 || data.skip !== undefined) continue;
    const error = type === "test:fail" ? words(data.details.error) : "";
    yield `${JSON.stringify({ name: data.name, seconds: data.details.duration_ms / 1000, error })}\n`;
  }
}

function words(error) {
  const cause = error?.cause ?? error;
  return stripVTControlCharacters(typeof cause === "string" ? cause : (cause?.stack ?? inspect(cause)));
}
