/** How often is flushed once the process was asked to end, ms: its host ends it without a word when the last run is over. */
const OFTEN_MS = 500;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Flushes when the process is about to end. Signals are listened to only where the host does so itself, and once: a listener of ours alone
 * would keep the process from ending, and n8n listens once, so that a second signal ends it at once.
 *
 * @returns ends it
 */
export function flushAtTheEnd(flush: () => void): () => void {
  let often: NodeJS.Timeout | undefined;
  const ending = (signal: NodeJS.Signals): void => {
    // The host has stopped listening meanwhile.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    flush();
    often ??= setInterval(flush, OFTEN_MS).unref();
  };
  const heard = SIGNALS.filter((signal) => process.listenerCount(signal) > 0);
  for (const signal of heard) process.prependOnceListener(signal, ending);
  process.once('beforeExit', flush);
  return () => {
    clearInterval(often);
    for (const signal of heard) process.off(signal, ending);
    process.off('beforeExit', flush);
  };
}
