import type { Channel, ChannelModel } from 'amqplib';

import { messageOf, RefusedError } from '../contract/errors';
import type { BrokerSettings, TopologySettings } from '../contract/settings';
import { brokerCause } from './cause';
import { plan, type Declaration } from './topology';

/**
 * Lays the topology down, or only looks whether it stands (`check`; bindings cannot be looked at over AMQP). A refused
 * declaration closes its channel, so this works on a channel of its own.
 *
 * @throws RefusedError `conflict` names the argument that differs, `not_found` what is missing
 */
export async function declare(
  model: ChannelModel,
  settings: TopologySettings,
  broker: BrokerSettings,
): Promise<void> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  for (const declaration of plan(settings)) {
    try {
      await (settings.mode === 'check' ? look(channel, declaration) : lay(channel, declaration));
    } catch (error) {
      throw explain(error, declaration, broker);
    }
  }
  await channel.close();
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
  }
}

async function look(channel: Channel, declaration: Declaration): Promise<void> {
  if (declaration.kind === 'exchange') await channel.checkExchange(declaration.name);
  if (declaration.kind === 'queue') await channel.checkQueue(declaration.name);
}

function explain(error: unknown, declaration: Declaration, broker: BrokerSettings): Error {
  const cause = brokerCause(error, broker);
  if (!(cause instanceof RefusedError) || declaration.kind === 'binding') return cause;
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
      ? 'Arguments of a queue cannot change. Use another queue name, delete the queue when it is empty, or set Topology to Only Check to consume it as it is.'
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
