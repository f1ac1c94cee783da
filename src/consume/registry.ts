interface Closable {
  close(): Promise<void>;
}

const live = new Map<string, Closable>();

/**
 * Live triggers of this process by name (workflow and node). n8n's recovery may start a trigger twice without closing the
 * first: the older one is closed. Tests by hand are never registered, so they close nobody.
 */
export async function registerTrigger(name: string, trigger: Closable): Promise<void> {
  const older = live.get(name);
  live.set(name, trigger);
  await older?.close();
}

export function forgetTrigger(name: string, trigger: Closable): void {
  if (live.get(name) === trigger) live.delete(name);
}
