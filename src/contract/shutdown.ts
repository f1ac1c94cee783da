const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Tells that the process was asked to end. Signals are listened to only where the host does so itself, and once: a listener of ours alone
 * would keep the process from ending, and n8n listens once, so that a second signal ends it at once.
 *
 * @param ending is called before the host hears of it
 * @returns ends it
 */
export function onShutdown(ending: () => void): () => void {
  const heard = (signal: NodeJS.Signals): void => {
    // The host has stopped listening meanwhile.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    ending();
  };
  const listening = SIGNALS.filter((signal) => process.listenerCount(signal) > 0);
  for (const signal of listening) process.prependOnceListener(signal, heard);
  return () => {
    for (const signal of listening) process.off(signal, heard);
  };
}
