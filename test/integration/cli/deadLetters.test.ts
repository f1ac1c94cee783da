import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { agentSwarm } from '../../../src/cli/agentSwarm';
import type { Browsed } from '../../../src/deadLetters/browse';
import type { Letter, WholeLetter } from '../../../src/deadLetters/letter';
import type { Replayed } from '../../../src/deadLetters/replay';
import { newWorld, type World } from '../../support/world';
import { DEAD, giveUp, QUEUE, runAll } from '../deadLetters/deskWorld';

let world: World;
beforeEach(async () => {
  world = await newWorld();
  await giveUp(world, [
    { task_id: 'a', tenant: 'red', error: 'No such page' },
    { task_id: 'b', error: 'bad \u001b[31mcolours\u0007' },
    { task_id: 'c' },
  ]);
});
afterEach(() => world.end());

async function program(command: string, ...args: string[]) {
  let [out, error] = ['', ''];
  const code = await agentSwarm({
    argv: ['node', 'agent-swarm', 'dead-letters', command, QUEUE, ...args],
    env: { RABBITMQ_URL: world.vhostUrl },
    out: (text) => (out += text),
    error: (text) => (error += text),
  });
  return { code, out, error };
}

async function listed(...args: string[]): Promise<Browsed<Letter>> {
  const { code, out } = await program('list', '--json', ...args);
  expect(code).toBe(0);
  return JSON.parse(out) as Browsed<Letter>;
}

test('lists letters and their kinds, and no control character of them', async () => {
  const { letters } = await listed();
  expect(letters.map(({ task_id: id }) => id)).toEqual(['a', 'b', null]);
  const { code, out } = await program('list', '--limit', '2');
  expect(code).toBe(0);
  const [first, , more, reasons] = out.split('\n');
  expect(first).toBe(
    `${letters[0]?.failed_at}  ${letters[0]?.id}  run_failed  summarise  No such page`,
  );
  expect(out).toContain('bad �[31mcolours�');
  expect(more).toBe('... and 1 more (--limit)');
  expect(reasons).toBe('reason: 2 run_failed, 1 not_json');
  expect(out).toMatch(/^3 of 3 letters$/m);
});

test('the program ends when it is done', async () => {
  const root = join(__dirname, '../../..');
  const main = ['--import', 'tsx', join(root, 'src/cli/main.ts'), 'dead-letters', 'replay', QUEUE];
  const { stdout } = await promisify(execFile)(process.execPath, [...main, '--key', 'a'], {
    cwd: root,
    env: { ...process.env, RABBITMQ_URL: world.vhostUrl },
    // A connection that waits for its next user would keep it for a minute.
    timeout: 20_000,
  });
  expect(stdout).toContain('1 of 3 letters replayed');
});

test('shows one, and says when there is none', async () => {
  const { letters } = await listed('--error', 'no such');
  const id = letters[0]?.id ?? '';
  const { out } = await program('show', id);
  for (const said of [
    'reason       run_failed',
    'http_status  404',
    'No such page',
    '"tenant":"red"',
  ]) {
    expect(out).toContain(said);
  }
  const json = JSON.parse((await program('show', id, '--json')).out) as WholeLetter;
  expect(json).toMatchObject({ id, body: { task_id: 'a' } });
  expect(await program('show', 'x')).toEqual({
    code: 1,
    out: '',
    error: `${DEAD} has no letter x, or somebody else has it in hand.\n`,
  });
});

test('replays what was chosen, mended, and only what was chosen', async () => {
  const dry = await program('replay', '--all', '--dry-run');
  expect(dry.out).toMatch(/^3 of 3 letters would be replayed\.$/m);
  const edit = ['--edit', '{"ref": "page:2"}', '--rate', '100'];
  const { code, out } = await program('replay', '--tenant', 'red', ...edit, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out) as Replayed).toMatchObject({ looked_at: 3, replayed: 1 });
  const { settled, items } = await runAll(world);
  await settled(1);
  expect(items()).toMatchObject([{ task_id: 'a', ref: 'page:2' }]);
  const stuck = await program('replay', '--all', '--to', 'nowhere');
  expect(stuck.code).toBe(1);
  expect(stuck.out).toMatch(/^2 were not, and stay\. The first: No queue took /m);
});

test('prints each letter that it discards', async () => {
  const { code, out, error } = await program('discard', '--reason', 'run_failed');
  expect(code).toBe(0);
  const gone = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as WholeLetter);
  expect(gone).toMatchObject([{ body: { task_id: 'a' } }, { body: { task_id: 'b' } }]);
  expect(error).toMatch(/^2 of 3 letters discarded\.$/m);
  expect((await listed()).letters).toMatchObject([{ reason: 'not_json' }]);
});

test.each([
  [['replay'], '--all: or a filter is missing. Say which letters'],
  [['discard', '--all', '--key', 'a'], '--all: is given together with a filter. Say which'],
  [['list', '--older-than', '5'], '--older-than: is no time: 5. Write it as 90s, 15m'],
  [['list', '--limit', '1.5'], '--limit: is not a whole number: 1.5. '],
  [['replay', '--all', '--edit', '{x'], '--edit: is not JSON: '],
  [['list', '--dead-queue', 'nowhere'], 'There is no queue "nowhere"'],
])('%j says what is wrong and what to do', async ([command = '', ...args], said) => {
  const { code, out, error } = await program(command, ...args);
  expect([code, out]).toEqual([1, '']);
  expect(error).toContain(said);
  await world.plain.waitForDepth(DEAD, 3);
});
