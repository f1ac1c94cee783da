/**
 * What budgets bring against a provider that counts in a sliding minute: how much of its limits is used, and how often it refuses. Five
 * consumer processes take tasks from a real RabbitMQ with the Consumer of src; each run makes one call over HTTP to a stand-in in a
 * process of its own, behind a budget of a real Redis. The scenarios run at the same time, each with a queue, a budget and a stand-in of
 * its own; `acquire` runs after them, alone.
 *
 * - rpm: a limit on requests. prefetch_only: the same work, the same limit, and nothing but prefetch to keep it
 * - tpm_strict, tpm_learned: a limit on tokens, which the stand-in counts when an answer ends; nobody knows its length before
 * - halved: the limit on requests is halved unannounced after a minute, with Retry-After and without
 * - fair: 10,000 tasks of one tenant before 100 of another, in lanes, with a prefetch that follows the budget; how long those wait, and how
 *   long alone on half the limit
 * - acquire: an ask and a PING in turns on one connection, while 1,000 consumers wait for another budget
 *
 * Utilisation is of the whole time for requests, after the first minute for tokens and after the first minute from the halving. The most
 * in any 60 s is exact, from what the stand-in wrote down.
 *
 * Arguments: --minutes 5 --only <name> --json (the last line alone)
 */
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { Budgets } from '../../src/budget/budgets';
import { brokerSchema, storeSchema } from '../../src/contract/settings';
import { Store } from '../../src/store/store';
import { startOwning, type Owned } from '../support/owned';
import { startRabbitMq } from '../support/rabbitMq';
import { startRedis } from '../support/redis';
import { measureAcquire } from './budget/acquire';
import type { Servers } from './budget/consumerHost';
import { rounded, type Figures } from './budget/figures';
import { startForked } from './forked/forked';
import { runScenario, type ConsumerProcess, type StandIn } from './budget/runScenario';
import { CONSUMERS, scenarios, type Scenario } from './budget/scenario';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const MINUTES = Number(options.minutes);

type Result = Record<string, Figures | Record<string, Figures>>;

const wanted = (name: string) => options.only === undefined || name.startsWith(options.only);
const say = (text: string) => console.error(text);

async function measure(): Promise<void> {
  const running = scenarios(MINUTES).filter(({ name }) => wanted(name));
  const withAcquire = wanted('acquire');
  if (running.length === 0 && !withAcquire) throw new Error(`There is no ${options.only}`);
  const world = await startOwning(async (owned) => {
    const rabbit = await owned.own(startRabbitMq());
    const redis = await owned.own(startRedis());
    return { ...owned, rabbit, redis };
  });
  try {
    const { rabbit, redis, own } = world;
    const servers: Servers = {
      broker: brokerSchema.parse({ hosts: [{ host: '127.0.0.1', port: rabbit.port }] }),
      store: storeSchema.parse({ kind: 'standalone', host: redis.host, port: redis.port }),
    };
    const load = [loadavg()[0]];
    const result: Result = {};
    const keep = (name: string, figures: Figures) => {
      const [first = name, second] = name.split('.');
      const beside = result[first] as Record<string, Figures> | undefined;
      result[first] = second === undefined ? figures : { ...beside, [second]: figures };
      say(`${name} ${JSON.stringify(figures)}`);
    };
    if (running.length > 0) {
      say(`${running.map(({ name }) => name).join(', ')} for ${MINUTES} minutes`);
      const figures = await runAll(own, rabbit.url, servers, running);
      for (const [index, { name }] of running.entries()) keep(name, figures[index] ?? {});
      compareTenants(result);
    }
    load.push(loadavg()[0]);
    if (withAcquire) keep('acquire', await measureAcquire(servers.store, Math.min(MINUTES, 1)));
    load.push(loadavg()[0]);
    const settings = {
      minutes: MINUTES,
      consumer_processes: CONSUMERS,
      tokens_per_second: 50,
      scenarios: running,
      rabbitmq: rabbit.version,
      redis: await redis.version(),
      node: process.version,
      cpus: availableParallelism(),
      load_average: load.map((one) => Math.round((one ?? 0) * 10) / 10),
    };
    if (!options.json) console.log(JSON.stringify(settings, null, 2));
    console.log(JSON.stringify({ bench: 'budget', settings, ...result }));
  } finally {
    await world.stop();
  }
}

/** Adds the two figures of fairness beside what they come from. */
function compareTenants({ fair }: Result): void {
  const { shared, alone } = (fair ?? {}) as Record<string, Figures>;
  if (!shared || !alone) return;
  const ratio = (shared.p95_wait_ms as number) / (alone.p95_wait_ms as number);
  Object.assign(fair as object, { jain: shared.jain, small_tenant_p95_ratio: rounded(ratio) });
}

async function runAll(
  own: Owned['own'],
  brokerUrl: string,
  servers: Servers,
  running: readonly Scenario[],
): Promise<Figures[]> {
  const store = await Store.open(servers.store, 'once');
  // The stand-ins first: what starts last stops first, and a consumer without its provider would only complain.
  const standIns = await Promise.all(
    running.map((scenario) =>
      own<StandIn>(startForked(join(__dirname, 'budget/standInHost.ts'), scenario)),
    ),
  );
  const consumers = await Promise.all(
    Array.from({ length: CONSUMERS }, () =>
      own<ConsumerProcess>(startForked(join(__dirname, 'budget/consumerHost.ts'), servers)),
    ),
  );
  const stage = { brokerUrl, budgets: new Budgets(store), consumers };
  const figures = await Promise.all(
    running.map((scenario, index) => runScenario(stage, scenario, standIns[index] as StandIn)),
  );
  await Promise.all(consumers.map((consumer) => consumer.stop()));
  store.close();
  return figures;
}

measure().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
