#!/usr/bin/env node
import { agentSwarm } from './agentSwarm';

/** From then on the first Ctrl-C is a wish, and the second one ends the process. */
function stop(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  return stopping.signal;
}

void agentSwarm({
  argv: process.argv,
  env: process.env,
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  // Home, the text, and away with what is left below it.
  draw: process.stdout.isTTY
    ? (text) => process.stdout.write(`\u001b[H${text.replaceAll('\n', '\u001b[K\n')}\u001b[J`)
    : undefined,
  stop,
}).then((code) => (process.exitCode = code));
