import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'amqplib';
import { Redis } from 'ioredis';
import { startRabbitMq } from '../../test/support/rabbitMq';
import { startRedis } from '../../test/support/redis';
import type { Closing } from './closing';
import { startContainer } from './docker';
import type { DemoSettings, Place } from './settings';

export interface Server {
  url: string;
  /** For a person: where it runs. */
  where: string;
}

export interface Servers {
  rabbitmq: Server;
  redis: Server;
}

const START_LIMIT_MS = 90_000;

/** Finds or starts both at once; what was started is stopped by `closing`, what was found is not. */
export async function findServers(
  places: DemoSettings['servers'],
  closing: Closing,
): Promise<Servers> {
  const [rabbitmq, redis] = await Promise.all([
    serve('RabbitMQ', places.rabbitmq, closing, 5672, 'amqp', answersAmqp, startRabbitMq),
    serve('Redis', places.redis, closing, 6379, 'redis', answersRedis, startRedis),
  ]);
  return { rabbitmq, redis };
}

async function serve(
  name: string,
  place: Place,
  closing: Closing,
  port: number,
  scheme: string,
  answers: (url: string) => Promise<void>,
  startLocal: () => Promise<{ url: string; stop(): Promise<void> }>,
): Promise<Server> {
  switch (place.kind) {
    case 'url': {
      const shown = withoutPassword(place.url);
      await answers(place.url).catch((cause: unknown) => {
        throw new Error(`${name} at ${shown} does not let us in: ${String(cause)}`, { cause });
      });
      return { url: place.url, where: shown };
    }
    case 'docker': {
      const container = await startContainer(place.image, port);
      closing.add(() => container.remove());
      const url = `${scheme}://127.0.0.1:${container.port}`;
      await untilItAnswers(
        () => answers(url),
        `${name} in Docker`,
        () => container.log(),
      );
      return { url, where: `${place.image} in Docker, port ${container.port}` };
    }
    case 'local': {
      const server = await startLocal();
      closing.add(() => server.stop());
      return { url: server.url, where: `on this machine, port ${new URL(server.url).port}` };
    }
  }
}

async function untilItAnswers(
  ask: () => Promise<void>,
  what: string,
  log: () => Promise<string>,
): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  for (;;) {
    try {
      return await ask();
    } catch (cause) {
      if (Date.now() > deadline)
        throw new Error(`${what} does not answer\n${await log()}`, { cause });
    }
    await delay(200);
  }
}

async function answersAmqp(url: string): Promise<void> {
  const connection = await connect(url, { timeout: 5_000 });
  await connection.close();
}

async function answersRedis(url: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await redis.ping();
  } finally {
    redis.disconnect();
  }
}

function withoutPassword(text: string): string {
  const url = new URL(text);
  if (url.password) url.password = '***';
  return url.href;
}
