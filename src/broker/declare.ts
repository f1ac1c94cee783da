import type { Channel, ChannelModel } from 'amqplib';

import { messageOf, RefusedError } from '../contract/errors';
import { goodbye } from '../contract/patience';
import type { BrokerSettings, TopologySettings } from '../contract/settings';
import { brokerCause } from './cause';
import type { Declaration } from './declaration';

/** A declaration is a round trip, and a plan has dozens: one after the other, 65 of them took 2.2 s at 30 ms, shared by 8 0.6 s. */
const CHANNELS = 8;

/**
 * Lays declarations down, or only looks whether they stand (`check`; bindings cannot be looked at over AMQP). What is somebody else's is
 * only looked at in any mode. A refused declaration closes its channel, so this works on channels of its own. Of several that are refused the first of the plan is told.
 *
 * @throws RefusedError `conflict` names the argument that differs, `not_found` what is missing
 */
export async function declare(
  model: ChannelModel,
  plan: readonly Declaration[],
  mode: TopologySettings['mode'],
  broker: BrokerSettings,
): Promise<void> {
  const channels = await Promise.all(
    Array.from({ length: Math.min(CHANNELS, plan.length) }, () => open(model)),
  );
  const act = async (channel: Channel, declaration: Declaration) => {
    try {
      const leave = mode === 'check' || ('asItIs' in declaration && declaration.asItIs);
      await (leave ? look(channel, declaration) : lay(channel, declaration));
    } catch (error) {
      throw explain(error, declaration, broker);
    }
  };
  const isNamed = (declaration: Declaration) => 'name' in declaration;
  try {
    // What is bound has to stand first.
    await share(channels, plan.filter(isNamed), act);
    await share(
      channels,
      plan.filter((declaration) => !isNamed(declaration)),
      act,
    );
  } finally {
    await Promise.all(channels.map((channel) => goodbye(channel.close())));
  }
}

async function open(model: ChannelModel): Promise<Channel> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  return channel;
}

/** Each channel takes the next declaration when it is done with one; after a failure none is begun. */
async function share(
  channels: readonly Channel[],
  declarations: readonly Declaration[],
  act: (channel: Channel, declaration: Declaration) => Promise<void>,
): Promise<void> {
  const failures = new Map<number, unknown>();
  const rest = declarations.entries();
  await Promise.all(
    channels.map(async (channel) => {
      for (const [index, declaration] of rest) {
        if (failures.size > 0) return;
        await act(channel, declaration).catch((error: unknown) => failures.set(index, error));
      }
    }),
  );
  if (failures.size > 0) throw failures.get(Math.min(...failures.keys()));
}

async function lay(channel: Channel, declaration: Declaration): Promise<void> {
  switch (declaration.kind) {
    case 'exchange':
      await channel.assertExchange(declaration.name, declaration.type, {
        durable: true,
        arguments: declaration.arguments,
      });
      return;
    case 'queue':
      await channel.assertQueue(declaration.name, {
        durable: true,
        arguments: declaration.arguments,
      });
      return;
    case 'binding':
      await channel.bindQueue(
        declaration.queue,
        declaration.exchange,
        declaration.routingKey,
        declaration.arguments,
      );
      return;
    case 'passage':
      await channel.bindExchange(declaration.to, declaration.from, declaration.routingKey);
  }
}

async function look(channel: Channel, declaration: Declaration): Promise<void> {
  if (declaration.kind === 'exchange') await channel.checkExchange(declaration.name);
  if (declaration.kind === 'queue') await channel.checkQueue(declaration.name);
}

function explain(error: unknown, declaration: Declaration, broker: BrokerSettings): Error {
  const cause = brokerCause(error, broker);
  if (!(cause instanceof RefusedError) || !('name' in declaration)) return cause;
  const { kind, name } = declaration;
  if (cause.code === 'not_found') {
    return new RefusedError(
      'not_found',
      `There is no ${kind} "${name}".`,
      'Create it, correct the name, or set Topology to declare what is missing.',
      { cause: error },
    );
  }
  if (cause.code !== 'conflict') return cause;
  const differs = conflictingArgument(messageOf(error));
  if (!differs) return cause;
  const { argument, wanted, current } = differs;
  return new RefusedError(
    'conflict',
    `The ${kind} "${name}" exists with another "${argument}": it has ${current}, this node needs ${wanted}.`,
    kind === 'queue'
      ? 'Arguments of a queue cannot change. Set Topology to Declare All but the Queue, use another queue name, or delete the queue when it is empty.'
      : 'Choose the type it has, use another exchange name, or set Topology to Only Check.',
    { cause: error },
  );
}

/** Reads "inequivalent arg 'x' for queue 'q' in vhost '/': received 'a' but current is 'b'"; none is said as "none". */
export function conflictingArgument(
  text: string,
): { argument: string; wanted: string; current: string } | undefined {
  const found =
    /inequivalent arg '([^']+)'.*received (none|the value '[^']*'|'[^']*').*but current is (none|the value '[^']*'|'[^']*')/s.exec(
      text,
    );
  if (!found) return undefined;
  const [, argument = '', wanted = '', current = ''] = found;
  const bare = (value: string) => (value === 'none' ? 'none' : value.replace(/^the value /, ''));
  return { argument, wanted: bare(wanted), current: bare(current) };
}
