import { setTimeout as delay } from 'node:timers/promises';
import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import { readStoreCredential } from '../../nodes/shared/storeCredential';
import { budgetDesk } from '../../src/index';
import { closeIdleStores } from '../../src/store/pool';
import { openAiCredential, rabbitMqCredential, redisCredential } from './credentials';
import type { Progress } from './progress';
import { POISON, referencesTo, type ReferenceDraft } from './references';
import type { RealProvider } from './settings';
import { personalise, readExample, runDispatch, type Credentials } from './workflows';
import type { World } from './world';

/** Names of nodes in the examples. */
const TRIGGER = 'Agent Swarm Trigger';
const MODEL = 'OpenAI Chat Model';
/** Of the example. */
const BUDGET = 'gpt-5-mini';
/** What the stand-in takes; the documents hold ten times the tokens that the example's key may use in a minute. */
const STAND_IN_LIMITS = { minute: { requests: 600 } };
const LIST = 'List of References';
const START = 'When You Say So';
const DISPATCH = 'Dispatch';

const LOOK_EVERY_MS = 400;
/** Longest without any change before it is called stuck: a real provider may be slow. */
const PATIENCE_MS = { standIn: 45_000, real: 300_000 };

export interface Work {
  references: ReferenceDraft[];
  /** Tasks that the dispatching workflow says it sent. */
  dispatched: number;
  seconds: number;
  /** What stopped it before everything was done. */
  stuck?: string;
  /** Publishes the summarising workflow again, after `measure` had to stop it. */
  publishAgain(): Promise<void>;
  unpublish(): Promise<void>;
}

export async function doTheWork(
  world: World,
  realProvider: RealProvider | undefined,
  progress: Progress,
  signal: AbortSignal,
): Promise<Work> {
  const { n8n, documentServer, witness, documents, queue } = world;
  const credentials = await createCredentials(world, realProvider);
  if (!realProvider) await createBudget(world);
  const summarise = await n8n.api.createWorkflow(
    personalise(await readExample('summarise-documents.json'), credentials, {
      [TRIGGER]: { queue },
      ...(realProvider && { [MODEL]: modelOf(realProvider) }),
    }),
  );
  await n8n.api.activate(summarise);
  const dispatcher = await n8n.api.createWorkflow(
    personalise(await readExample('dispatch-documents.json'), credentials, {
      [LIST]: { url: documentServer.listUrl },
      [DISPATCH]: { queue },
    }),
  );
  signal.throwIfAborted();

  const references = referencesTo(documents, (id) => ({
    ref: documentServer.addressOf(id),
    store: `${witness.url}/effects/${encodeURIComponent(id)}`,
  }));
  documentServer.offer(references);
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 100) / 10;
  const dispatching = runDispatch(n8n.api, dispatcher.id, START, DISPATCH);
  // A plain producer beside it: the pack's own node sends nothing that is wrong.
  for (const { body } of POISON) await world.broker.publish(queue, body);
  const patience = realProvider ? PATIENCE_MS.real : PATIENCE_MS.standIn;
  const watching = watch(world, references.length, progress, seconds, patience, signal);
  const [dispatched, stuck] = await Promise.all([dispatching, watching]);
  return {
    references,
    dispatched,
    seconds: seconds(),
    stuck,
    unpublish: () => n8n.api.deactivate(summarise.id),
    publishAgain: () => n8n.api.activate(summarise),
  };
}

/** Ends when every document and every poison has come to its end, and nothing waits. */
async function watch(
  { witness, broker, queue, documents, standIn }: World,
  sent: number,
  progress: Progress,
  seconds: () => number,
  patienceMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  let before = '';
  let changedAt = performance.now();
  for (;;) {
    const [waiting, dead] = [await broker.ready(queue), await broker.ready(`${queue}.dead`)];
    const calls = standIn ? `, ${standIn.calls.length} LLM calls` : '';
    const state =
      `${witness.distinct}/${documents.length} summaries${calls}, ` +
      `${waiting}/${sent + POISON.length} waiting, ${dead} dead letters`;
    // A document whose run failed has its end among the dead.
    const ended = witness.distinct + dead >= documents.length + POISON.length;
    const done = ended && waiting === 0;
    if (done) {
      progress.end(`  ${seconds().toFixed(0)} s: ${state}`);
      return undefined;
    }
    progress.show(`  ${seconds().toFixed(0)} s: ${state}`);
    if (state !== before) changedAt = performance.now();
    before = state;
    if (performance.now() - changedAt > patienceMs) {
      progress.end(`  ${seconds().toFixed(0)} s: ${state}`);
      return `Nothing has changed for ${patienceMs / 1000} s: ${state}`;
    }
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

async function createCredentials(
  { n8n, servers, keyPrefix, standIn }: World,
  real: RealProvider | undefined,
): Promise<Credentials> {
  const openAi = real
    ? openAiCredential(real.apiKey, real.url)
    : openAiCredential('stand-in', standIn?.url ?? '');
  const drafts = [
    rabbitMqCredential(servers.rabbitmq.url),
    redisCredential(servers.redis.url, keyPrefix),
    openAi,
  ];
  const credentials: Credentials = {};
  for (const draft of drafts) {
    const { id, name } = await n8n.api.createCredential(draft);
    credentials[draft.type] = { id, name };
  }
  return credentials;
}

/**
 * As a person does with Budget: Create or Update. A first call would wait for a minute here: the pack cannot tell a Redis that has just
 * started from one that lost what was used.
 */
async function createBudget({ servers, keyPrefix }: World): Promise<void> {
  const { data } = redisCredential(servers.redis.url, keyPrefix);
  const { budgets } = budgetDesk(readStoreCredential(data as ICredentialDataDecryptedObject));
  await budgets.create(BUDGET, STAND_IN_LIMITS, { ifThere: 'keep', isNew: true });
  await closeIdleStores();
}

/** Servers that speak OpenAI's language mostly know its older API alone. */
function modelOf({ url, model }: RealProvider): Record<string, unknown> {
  return {
    responsesApiEnabled: new URL(url).hostname === 'api.openai.com',
    ...(model && { model: { __rl: true, mode: 'id', value: model } }),
  };
}
