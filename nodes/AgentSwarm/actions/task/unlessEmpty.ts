/** A form of JSON starts with `{}`, which an editor can show, and which means nothing. */
export function unlessEmpty(value: unknown): unknown {
  const empty =
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.keys(value).length === 0;
  return empty ? undefined : value;
}
