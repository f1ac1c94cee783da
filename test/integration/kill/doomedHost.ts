import { Consumer } from '../../../src/consume/consumer';
import type { ConsumerStart } from '../../../src/consume/consumerStart';
import type { RunEnd } from '../../../src/contract/verdicts';
import { endOf } from './behaviour';

/** What a consumer is started with, as it travels between processes. */
export interface DoomedStart extends Pick<ConsumerStart, 'settings' | 'broker' | 'store'> {
  readonly id: string;
  /** Its runs never end. */
  readonly hangs: boolean;
}

export type DoomedNews =
  | { readonly kind: 'ready' | 'running'; readonly id: string }
  | { readonly kind: 'failed'; readonly id: string; readonly error: string };

/** The other end of `doomed.ts`: a process with real consumers, that will be killed. */
const tell = (news: DoomedNews) => process.send?.(news);

process.on('message', ({ id, hangs, ...start }: DoomedStart) => {
  Consumer.start({
    ...start,
    workflow: 'doomed',
    patience: 'once',
    tell: () => undefined,
    host: {
      start: async ([item]) => {
        tell({ kind: 'running', id });
        const end = hangs || !item ? undefined : endOf(item);
        return end ?? (await new Promise<RunEnd>(() => undefined));
      },
    },
  }).then(
    () => tell({ kind: 'ready', id }),
    (error: unknown) => tell({ kind: 'failed', id, error: String(error) }),
  );
});
process.once('disconnect', () => process.exit(0));
