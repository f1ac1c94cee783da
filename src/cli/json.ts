/** JSON that a terminal may show as it is: control characters beyond ASCII are escaped as well, so that nothing of it is changed on its way. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    /[\u007f-\u009f]/g,
    (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`,
  );
}
