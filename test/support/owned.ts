type Stop = () => Promise<unknown>;

/** What was started for one test world, and is stopped in the opposite order. */
export interface Owned {
  /** Waits until it stands, and stops it in its turn. */
  own<T extends { stop: Stop }>(starting: Promise<T>): Promise<T>;
  onStop(stop: Stop): void;
  /** Stops what stands; again for nothing. */
  stop(): Promise<void>;
}

/** What `start` makes of what it owns; when it throws, whatever stands by then is stopped first. */
export async function startOwning<T>(start: (owned: Owned) => Promise<T>): Promise<T> {
  const stops: Stop[] = [];
  const owned: Owned = {
    async own(starting) {
      const started = await starting;
      stops.push(() => started.stop());
      return started;
    },
    onStop(stop) {
      stops.push(stop);
    },
    async stop() {
      for (const last of stops.splice(0).reverse()) await last();
    },
  };
  try {
    return await start(owned);
  } catch (cause) {
    await owned.stop();
    throw cause;
  }
}
