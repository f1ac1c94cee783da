interface Closable {
  close(): Promise<void>;
}

const live = new Map<string, Closable>();

/**
 * Live consumers of this process by name (workflow and node). n8n's recovery may start a trigger twice without closing the
 * first: the older one is closed. Tests by hand are never registered, so they close nobody.
 */
export async function registerConsumer(name: string, consumer: Closable): Promise<void> {
  const older = live.get(name);
  live.set(name, consumer);
  await older?.close();
}

export function forgetConsumer(name: string, consumer: Closable): void {
  if (live.get(name) === consumer) live.delete(name);
}
