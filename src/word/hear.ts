import type { Word } from '../contract/verdicts';
import type { Store } from '../store/store';

/** Listens for words about tasks of a scope. One that is lost is found at the next renewal of the lease. */
export function hearWords(
  store: Store,
  scope: string,
  hear: (key: string, word: Word) => void,
): void {
  store.listen(store.keys.words(scope), (message) => {
    const space = message.indexOf(' ');
    if (message.slice(0, space) === 'complete')
      hear(message.slice(space + 1), { kind: 'complete' });
  });
}
