const EVERY_MS = 15_000;

/** To standard error: standard output belongs to what is being prepared (a bench prints JSON there). */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

export const seconds = (sinceMs) => `${Math.round((Date.now() - sinceMs) / 1000)} s`;

/** Tells that something long has begun, that it still goes on, and how long it took. */
export async function step(label, act) {
  const began = Date.now();
  say(`${label} ...`);
  const timer = setInterval(() => say(`  ${label}: ${seconds(began)} so far`), EVERY_MS);
  try {
    const result = await act();
    say(`  ${label}: done in ${seconds(began)}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
