import { beginCall } from '../../../src/budget/call';
import { budgetDesk } from '../../../src/budget/desk';
import { pause } from '../../../src/contract/patience';
import type { StoreSettings } from '../../../src/contract/settings';
import { serve } from '../forked/forked';

export interface Callers {
  readonly store: StoreSettings;
  readonly budget: string;
  readonly callers: number;
}

/** How long a call takes, ms. */
const CALL_MS = 2000;

/** Callers that always have another call to make: nearly all of them wait, all the time. Answers when calls were granted, ms since 1970. */
function callers({ store, budget, callers: count }: Callers) {
  const desk = budgetDesk(store);
  const granted: number[] = [];
  const callOn = async () => {
    for (;;) {
      const verdict = await beginCall(desk, { budget, ask: {}, longestMs: 600_000 });
      if (verdict.kind !== 'begun') throw new Error(verdict.kind);
      granted.push(Date.now());
      await pause(CALL_MS);
      await verdict.call.end();
    }
  };
  for (let index = 0; index < count; index += 1) {
    callOn().catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  }
  return Promise.resolve(() => Promise.resolve(granted));
}

void serve(callers);
