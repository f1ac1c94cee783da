/** How often is flushed once the process was asked to end, ms: its host ends it without a word when the last run is over. */
const OFTEN_MS = 500;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Flushes when the process is about to end. Signals are listened to only where the host does so itself: a listener of ours alone would keep
 * the process from ending.
 *
 * @returns ends it
 */
export function flushAtTheEnd(flush: () => void): () => void {
  let often: NodeJS.Timeout | undefined;
  const ending = (): void => {
    flush();
    often ??= setInterval(flush, OFTEN_MS).unref();
  };
  const heard = SIGNALS.filter((signal) => process.listenerCount(signal) > 0);
  for (const signal of heard) process.on(signal, ending);
  process.once('beforeExit', flush);
  return () => {
    clearInterval(often);
    for (const signal of heard) process.off(signal, ending);
    process.off('beforeExit', flush);
  };
}
