import { BURIALS_WITHOUT_TASK, type Universe } from './universe';

/** What is wrong when nothing is due any more; empty when every task ended once. */
export async function reckon(universe: Universe): Promise<string[]> {
  const { broker, ledger, published, runs, spokenOf } = universe;
  const wrong: string[] = [];
  const expect = (holds: boolean, text: string) => {
    if (!holds) wrong.push(text);
  };
  for (const key of new Set(published.map((work) => work.key))) {
    const { state, dead_id = '', published: sent, ...rest } = await universe.hashOf(key);
    const hash = JSON.stringify({ state, dead_id, sent, ...rest });
    expect(['done', 'dead', 'canceled'].includes(String(state)), `${key} has no end: ${hash}`);
    if (state !== 'dead') continue;
    expect(sent === '1', `${key} has a letter that is not marked: ${hash}`);
    const there = broker.letters.some(({ messageId }) => messageId === dead_id);
    expect(there, `${key} gave up without a letter: ${hash}`);
  }
  for (const work of published) {
    expect(universe.hasEnd(work), `${JSON.stringify(work)} is lost`);
  }
  for (const { owner, token, succeeded } of runs) {
    const { key } = token;
    const contested = published.some((work) => work.key === key && work.version !== 0);
    if (!succeeded || !owner.alive || contested || spokenOf.has(key)) continue;
    const { state } = await universe.hashOf(key);
    expect(state === 'done', `a run of ${key} succeeded, which is ${String(state)}`);
  }
  for (const id of broker.lettersEver.keys()) {
    const known = ledger.buried.has(id) || id.startsWith(BURIALS_WITHOUT_TASK);
    expect(known, `letter ${id} is of a task that did not give up`);
  }
  return wrong;
}
