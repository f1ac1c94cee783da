import { Agent, request } from 'node:http';
import { startWitness, type Witness } from '../../support/witness';

const agent = new Agent({ keepAlive: true, maxSockets: 32 });

function act(witness: Witness, key: string, body = ''): Promise<number> {
  const path = `${witness.url}/effects/${encodeURIComponent(key)}`;
  return new Promise((resolve, reject) => {
    const effect = request(path, { method: 'POST', agent }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    effect.once('error', reject).end(body);
  });
}

describe('the witness', () => {
  let witness: Witness;
  afterEach(() => witness.stop());
  afterAll(() => agent.destroy());

  test('counts each effect by its key and keeps what it was', async () => {
    witness = await startWitness();
    await act(witness, 'a', 'first');
    await act(witness, 'a', 'second');
    await act(witness, 'pg:documents/42 ü', '{}');
    expect(witness.counts()).toEqual(
      new Map([
        ['a', 2],
        ['pg:documents/42 ü', 1],
      ]),
    );
    expect(witness.bodies('a')).toEqual(['first', 'second']);
    expect([witness.total, witness.distinct]).toEqual([3, 2]);
  });

  test('tells the moment a state is reached', async () => {
    witness = await startWitness();
    const reached = witness.waitFor(({ total }) => total === 2);
    await Promise.all([act(witness, 'a'), act(witness, 'b')]);
    await reached;
    expect(witness.total).toBe(2);
  });

  test('has counted an effect before it answers, and can hold the answer back', async () => {
    let release = (_: number) => {};
    const held = new Promise<number>((resolve) => (release = resolve));
    witness = await startWitness({ answer: () => held });
    const status = act(witness, 'a');
    await witness.waitFor(({ total }) => total === 1);
    release(503);
    expect(await status).toBe(503);
  });

  test('shows its counts over HTTP', async () => {
    witness = await startWitness();
    await act(witness, 'a', 'body');
    expect(await (await fetch(`${witness.url}/effects`)).json()).toEqual({ a: 1 });
    expect(await (await fetch(`${witness.url}/effects/a`)).json()).toEqual(['body']);
    expect((await fetch(`${witness.url}/other`)).status).toBe(404);
  });

  test('holds fifty thousand keys', async () => {
    witness = await startWitness();
    const keys = Array.from({ length: 50_000 }, (_, i) => `task-${i}`);
    const complete = witness.waitFor(({ distinct }) => distinct === keys.length, 120_000);
    const next = keys[Symbol.iterator]();
    const worker = async () => {
      for (const key of next) await act(witness, key);
    };
    await Promise.all(Array.from({ length: 32 }, worker));
    await complete;
    expect([...witness.counts().values()].every((count) => count === 1)).toBe(true);
  }, 120_000);

  test('ends waits that can no longer come true when it stops', async () => {
    witness = await startWitness();
    const vain = witness.waitFor(({ total }) => total === 1);
    const rejected = expect(vain).rejects.toThrow('Stopped while waiting: 0 effects of 0 keys');
    await witness.stop();
    await rejected;
  });
});
