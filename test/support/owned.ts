type Stop = () => Promise<unknown>;

/** What was started for one test world, and is stopped in the opposite order. */
export interface Owned {
  /** Waits until it stands, and stops it in its turn. */
  own<T extends { stop: Stop }>(starting: Promise<T>): Promise<T>;
  onStop(stop: Stop): void;
  /** Stops what stands; again for nothing. */
  stop(): Promise<void>;
}

/** What `start` makes of what it owns; when it throws, whatever stands by then, or is still starting, is stopped first. */
export async function startOwning<T>(start: (owned: Owned) => Promise<T>): Promise<T> {
  const stops: Stop[] = [];
  const underWay = new Set<Promise<unknown>>();
  const owned: Owned = {
    async own(starting) {
      const standing = starting.then((started) => {
        stops.push(() => started.stop());
        return started;
      });
      underWay.add(standing);
      return await standing.finally(() => underWay.delete(standing));
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
    await Promise.allSettled(underWay);
    await owned.stop();
    throw cause;
  }
}
