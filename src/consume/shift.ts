import { setMaxListeners } from 'node:events';

import { ClosedError } from '../contract/patience';
import { openSources, type Model, type Sources, type SourcesOptions } from './sources';

/** Consuming on one connection, until its channels end. */
export interface Shift {
  readonly sources: Sources;
  /** Resolves with the reason when a channel ended or the broker cancelled a consumer; empty when the consumer closes. */
  readonly ended: Promise<string>;
}

export type ShiftOptions = Omit<SourcesOptions, 'signal' | 'onLost'>;

/**
 * @param closing aborts when the consumer closes
 * @throws ClosedError when it closed meanwhile; nothing is consumed then
 */
export async function beginShift(
  model: Model,
  options: ShiftOptions,
  closing: AbortSignal,
): Promise<Shift> {
  const ended = new AbortController();
  let end: (why: string) => void = () => undefined;
  const over = new Promise<string>((resolve) => (end = resolve));
  const signal = AbortSignal.any([closing, ended.signal]);
  // Every delivery that waits listens to it.
  setMaxListeners(0, signal);
  const finish = (why: string) => {
    closing.removeEventListener('abort', closed);
    ended.abort();
    end(why);
  };
  const closed = () => finish('');
  const opened: { sources?: Sources } = {};
  const sources = await openSources(model, {
    ...options,
    signal,
    onCanceled: (queue) => {
      options.onCanceled(queue);
      finish('the broker cancelled the consumer');
      void opened.sources?.close();
    },
    onLost: (error) => finish(error?.message ?? 'the connection was lost'),
  });
  opened.sources = sources;
  closing.addEventListener('abort', closed);
  if (closing.aborted) {
    await sources.close();
    throw new ClosedError('closed');
  }
  // Cancelled while it was being opened.
  if (ended.signal.aborted) await sources.close();
  return { sources, ended: over };
}
