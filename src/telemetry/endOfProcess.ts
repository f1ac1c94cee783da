import { onShutdown } from '../contract/shutdown';

/** How often is flushed once the process was asked to end, ms: its host ends it without a word when the last run is over. */
const OFTEN_MS = 500;

/**
 * Flushes when the process is about to end.
 *
 * @returns ends it
 */
export function flushAtTheEnd(flush: () => void): () => void {
  let often: NodeJS.Timeout | undefined;
  const forget = onShutdown(() => {
    flush();
    often ??= setInterval(flush, OFTEN_MS).unref();
  });
  process.once('beforeExit', flush);
  return () => {
    clearInterval(often);
    forget();
    process.off('beforeExit', flush);
  };
}
