import { setTimeout as delay } from 'node:timers/promises';
import { startRabbitMq, type RabbitMq } from './rabbitMq';
import { nodeName, type RabbitMqOptions } from './rabbitMqHome';

/** Three nodes; a quorum queue has a member on each, and its leader at first on the node it was declared through. */
export interface RabbitMqCluster {
  readonly members: readonly [RabbitMq, RabbitMq, RabbitMq];
  /** The node that leads a quorum queue of the default vhost, as the asked one tells. */
  leaderOf(queue: string, asked: RabbitMq): Promise<RabbitMq | undefined>;
  /** Cuts a node off from the others, and resolves when they see it no more than it sees them. */
  isolate(member: RabbitMq): Promise<Isolation>;
  stop(): Promise<void>;
}

export interface Isolation {
  /** Whether the node serves clients. */
  serves(): Promise<boolean>;
  /** Lets them see each other again; resolves when the node serves clients. */
  heal(): Promise<void>;
}

/** As RabbitMQ recommends for three nodes: one that is alone stops serving until it is not any more. */
const PAUSE = 'cluster_partition_handling = pause_minority';
const SEEN_LIMIT_MS = 30_000;

export async function startRabbitMqCluster(
  options: RabbitMqOptions = {},
): Promise<RabbitMqCluster> {
  const config = [PAUSE, options.config ?? ''].join('\n');
  const started: RabbitMq[] = [];
  const begin = async (join?: RabbitMq) => {
    const member = await startRabbitMq({ ...options, config, join: join?.node });
    started.push(member);
    return member;
  };
  const stop = async () => {
    // The first has the epmd of all.
    for (const member of started.splice(0).reverse()) await member.stop();
  };
  try {
    const first = await begin();
    const members = [first, await begin(first), await begin(first)] as const;
    for (const member of members) await untilSees(member, 2);
    return {
      members,
      async leaderOf(queue, asked) {
        const rows = await asked.ctl('list_queues', 'name', 'leader', '--no-table-headers');
        const row = rows.split('\n').find((line) => line.split('\t')[0] === queue);
        return members.find(({ node }) => nodeName(node) === row?.split('\t')[1]);
      },
      isolate: (member) =>
        isolate(
          member,
          members.filter((one) => one !== member),
        ),
      stop,
    };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

async function isolate(member: RabbitMq, others: readonly RabbitMq[]): Promise<Isolation> {
  const names = others.map(({ node }) => `'${nodeName(node)}'`).join(', ');
  const toEach = (act: string) => member.ctl('eval', `[${act} || N <- [${names}]].`);
  // A cookie for each of them alone: rabbitmqctl is still let in, and they are not.
  await toEach('{erlang:set_cookie(N, apart), erlang:disconnect_node(N)}');
  await untilSees(member, 0);
  for (const other of others) await untilSees(other, others.length - 1);
  return {
    serves: async () => (await member.ctl('eval', 'rabbit:is_running().')).trim() === 'true',
    async heal() {
      await toEach('{erlang:set_cookie(N, erlang:get_cookie()), net_adm:ping(N)}');
      for (const one of [member, ...others]) await untilSees(one, others.length);
      await member.ctl('await_startup');
    },
  };
}

/** Asks over and over: there is no event for it. */
async function untilSees({ ctl }: RabbitMq, count: number): Promise<void> {
  const until = Date.now() + SEEN_LIMIT_MS;
  for (;;) {
    const seen = (await ctl('eval', 'length(nodes()).')).trim();
    if (seen === String(count)) return;
    if (Date.now() > until) throw new Error(`A RabbitMQ node sees ${seen} others, not ${count}`);
    await delay(100);
  }
}
