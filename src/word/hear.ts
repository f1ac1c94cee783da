import type { Word } from '../contract/verdicts';
import { readWord } from '../contract/word';
import type { Store } from '../store/store';

/** Listens for words about tasks of a scope. One that is lost is found at the next renewal of the lease. */
export function hearWords(
  store: Store,
  scope: string,
  hear: (key: string, fence: number, word: Word) => void,
): void {
  store.listen(store.keys.words(scope), (message) => {
    const [kind, key, fence, said] = JSON.parse(message) as [string, string, string, string];
    hear(key, Number(fence), readWord(kind, said));
  });
}
