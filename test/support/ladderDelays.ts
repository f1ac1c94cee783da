import { connect, type ChannelModel } from 'amqplib';

import { declare } from '../../src/broker/declare';
import { ladderRoute, levelOf } from '../../src/broker/ladder';
import { plan } from '../../src/broker/topology';
import { brokerSchema, topologySchema, type BrokerSettings } from '../../src/contract/settings';

/** A delay asked for and the time it took, both in ms. */
export interface Delayed {
  readonly askedMs: number;
  readonly tookMs: number;
}

/** Lays down a queue and the ladder up to what `longestMs` needs. */
export async function layLadder(url: string, queue: string, longestMs: number): Promise<void> {
  const connection = await connect(url);
  const { hostname, port, pathname } = new URL(url);
  const broker: BrokerSettings = brokerSchema.parse({
    hosts: [{ host: hostname, port: Number(port) }],
    vhost: decodeURIComponent(pathname.slice(1)) || '/',
  });
  const topology = topologySchema.parse({ queue });
  await declare(connection, plan(topology, levelOf(longestMs)), 'declare', broker);
  await connection.close();
}

/** What goes up the ladder for a queue; the body tells the delay. */
export async function publishDelayed(
  connection: ChannelModel,
  queue: string,
  delaysMs: readonly number[],
): Promise<void> {
  const channel = await connection.createConfirmChannel();
  for (const askedMs of delaysMs) {
    const { exchange, routingKey } = ladderRoute(askedMs);
    channel.publish(exchange, routingKey, Buffer.from(JSON.stringify({ askedMs })), {
      persistent: true,
      mandatory: true,
      timestamp: Date.now(),
      headers: { 'x-swarm-queue': queue, 'x-sent': Date.now() },
    });
  }
  await channel.waitForConfirms();
  await channel.close();
}

/** Consumes what comes back, until all came. */
export async function takeDelayed(
  connection: ChannelModel,
  queue: string,
  count: number,
): Promise<Delayed[]> {
  const channel = await connection.createChannel();
  const came: Delayed[] = [];
  await new Promise<void>((resolve, reject) => {
    channel.on('close', () => reject(new Error('the channel was closed')));
    channel
      .consume(queue, (message) => {
        if (!message) return;
        const { askedMs } = JSON.parse(message.content.toString()) as { askedMs: number };
        came.push({ askedMs, tookMs: Date.now() - Number(message.properties.headers?.['x-sent']) });
        channel.ack(message);
        if (came.length === count) resolve();
      })
      .catch(reject);
  });
  return came;
}
