import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ExchangeType } from '../../../src/contract/settings';
import { dispatchAll } from '../../support/dispatchAll';
import { integrationCtl } from '../../support/integrationServers';
import { newWorld, TestHost, type RunningConsumer, type World } from '../../support/world';

const DOCS = readFileSync(join(__dirname, '../../../docs/swarms.md'), 'utf8');

let world: World;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(() => world.end());

/** A consumer whose queue is bound to the exchange `agents`. */
const bound = (queue: string, type: ExchangeType, keys: string[], host = new TestHost()) => {
  const bindings = keys.map((routingKey) => ({ routingKey }));
  const topology = { queue, exchange: { name: 'agents', type, bindings } };
  return world.consume({ topology, retry: { baseMs: 100, capMs: 100 } }, host);
};

const intents = ({ host }: RunningConsumer) =>
  host.runs.flatMap(({ items }) => items.map(({ intent }) => intent)).sort();

const send = (...sent: string[]) =>
  dispatchAll(
    world.broker,
    sent.map((intent) => ({
      to: { kind: 'exchange', exchange: 'agents' },
      intent,
      data: { intent },
    })),
  );

test('by a topic exchange specialised agents get the intents that they take', async () => {
  const extract = await bound('extract', 'topic', ['extract', 'read.*']);
  const invoices = await bound('invoices', 'topic', ['invoice.#']);
  await send('extract', 'read.page', 'invoice.check.tax', 'invoice.pay');
  await Promise.all([extract.settled(2), invoices.settled(2)]);
  expect(intents(extract)).toEqual(['extract', 'read.page']);
  expect(intents(invoices)).toEqual(['invoice.check.tax', 'invoice.pay']);
  const [nobody] = await send('translate');
  expect(nobody).toMatchObject({ ok: false, error: { code: 'unroutable' } });
});

test('by a fanout exchange each queue has a task of its own, and what fails in one is retried there alone', async () => {
  const crm: TestHost = new TestHost(() =>
    crm.runs.length < 2
      ? { kind: 'failed', error: { name: 'Error', message: 'away' } }
      : { kind: 'succeeded' },
  );
  const first = await bound('billing', 'fanout', ['']);
  const second = await bound('provisioning', 'fanout', ['']);
  const third = await bound('crm', 'fanout', [''], crm);
  await send('signup');
  await send('signup');
  const ends = (settled: Awaited<ReturnType<RunningConsumer['settled']>>) =>
    settled.map(({ verdict }) => verdict.kind).sort();
  expect(ends(await first.settled(2))).toEqual(['done', 'dropped']);
  expect(ends(await second.settled(2))).toEqual(['done', 'dropped']);
  // Two failures, and the third attempt; the second dispatch is dropped here as well.
  expect(ends(await third.settled(4))).toEqual(['done', 'dropped', 'retried', 'retried']);
  expect([first, second, third].map(({ host }) => host.runs.length)).toEqual([1, 1, 3]);
  expect(await world.keys.tasks()).toHaveLength(3);
});

test('what outlives the policy of docs/swarms.md in a queue is dead-lettered', async () => {
  const declared = await world.consume({ queue: 'pages' });
  await declared.close();
  const [, name = '', pattern = '', definition = '', ...rest] =
    /^\s*rabbitmqctl set_policy (\S+) '([^']+)' '([^']+)' (\S+) (\S+)$/m.exec(DOCS) ?? [];
  const ttl = JSON.parse(definition) as { 'message-ttl': number };
  expect(ttl).toEqual({ 'message-ttl': 3_600_000 });
  const soon = JSON.stringify({ 'message-ttl': 200 });
  await integrationCtl('set_policy', '-p', world.broker.vhost, name, pattern, soon, ...rest);
  const to = { kind: 'queue', queue: 'pages' } as const;
  await dispatchAll(world.broker, [
    { to, intent: 'extract', taskId: 'late', runOncePer: 'task_id' },
  ]);
  expect((await world.plain.take('pages.dead', 1))[0]?.body).toMatchObject({ task_id: 'late' });
});
