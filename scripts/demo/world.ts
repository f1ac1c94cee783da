import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { findDocuments, type RealDocument } from '../../test/support/documents';
import { startN8n, type N8nHost } from '../../test/support/n8n';
import { connectPlainStore } from '../../test/support/plainStore';
import { startProvider, type Provider } from '../../test/support/provider';
import { startWitness, type Witness } from '../../test/support/witness';
import { connectBroker, type DemoBroker } from './broker';
import { together, type Closing } from './closing';
import { startDocumentServer, type DocumentServer } from './documentServer';
import { findServers, type Servers } from './servers';
import type { DemoSettings, RealProvider } from './settings';

/** Everything around the workflows. */
export interface World {
  documents: RealDocument[];
  documentServer: DocumentServer;
  /** Where summaries are stored, and counted. */
  witness: Witness;
  servers: Servers;
  broker: DemoBroker;
  /** Absent when a real provider is asked. */
  standIn?: Provider;
  n8n: N8nHost;
  /** Names of our own, so that servers of others can be used beside their work. */
  queue: string;
  keyPrefix: string;
}

const DOCUMENTS = 300;
/** A real provider wants to be paid. */
const DOCUMENTS_FOR_PAY = 25;

/** What the trigger makes beside its queues, under names that all queues of a vhost share. */
const DEAD = 'swarm.dead';
const UNDELIVERABLE = 'swarm.undeliverable';

/** As fast as a small model answers: a third of a second, then 100 tokens a second. */
const STAND_IN = { latencyMs: 300, tokensPerSecond: 100, jitter: 0.3 };

export async function buildWorld(
  settings: DemoSettings,
  realProvider: RealProvider | undefined,
  closing: Closing,
): Promise<World> {
  const limit = settings.documents ?? (realProvider ? DOCUMENTS_FOR_PAY : DOCUMENTS);
  const documents = findDocuments({ limit });
  const suffix = randomBytes(4).toString('hex');
  const queue = `demo.documents.${suffix}`;
  const keyPrefix = `demo-${suffix}`;
  const starting = startN8n({
    mode: 'single',
    packDist: resolve(__dirname, '../..'),
    // Kept only for somebody who can look at them: recording costs as much as running.
    env: { EXECUTIONS_DATA_SAVE_ON_SUCCESS: settings.stayOpen ? 'all' : 'none' },
  });
  const started = async <T extends { stop(): Promise<void> }>(start: Promise<T>): Promise<T> => {
    const running = await start;
    closing.add(() => running.stop());
    return running;
  };
  const around = async () => {
    const servers = await findServers(settings.servers, closing);
    return { servers, broker: await ownNames(servers, queue, keyPrefix, closing) };
  };
  try {
    const [documentServer, witness, standIn, { servers, broker }, n8n] = await together([
      started(startDocumentServer(documents)),
      started(startWitness()),
      realProvider ? Promise.resolve(undefined) : started(startProvider(STAND_IN)),
      around(),
      starting,
    ]);
    return { documents, documentServer, witness, servers, broker, standIn, n8n, queue, keyPrefix };
  } finally {
    // The last thing added, so the first to end: it still consumes from what ends after it.
    await starting.then(
      (n8n) => closing.add(() => n8n.stop()),
      () => undefined,
    );
  }
}

/** Connects, and sees to it that the servers are left as they were found. */
async function ownNames(
  { rabbitmq, redis }: Servers,
  queue: string,
  keyPrefix: string,
  closing: Closing,
): Promise<DemoBroker> {
  const broker = await connectBroker(rabbitmq.url);
  closing.add(() => broker.close());
  const wereThere =
    (await broker.exchangeExists(DEAD)) || (await broker.exchangeExists(UNDELIVERABLE));
  closing.add(async () => {
    await broker.deleteQueue(queue);
    await broker.deleteQueue(`${queue}.dead`);
    // Somebody who came after us uses both when the first has a queue.
    if (wereThere || !(await broker.deleteUnusedExchange(DEAD))) return;
    await broker.deleteIdleQueue(UNDELIVERABLE);
    await broker.deleteUnusedExchange(UNDELIVERABLE);
  });
  const store = await connectPlainStore(redis.url, keyPrefix);
  closing.add(() => store.close());
  return broker;
}
