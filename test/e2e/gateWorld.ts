import { budgetDesk, readSettings, storeSchema, type BudgetDesk } from '../../src/index';
import { closeIdleStores } from '../../src/store/pool';
import type { N8nOptions } from '../support/n8n';
import type { CredentialReference, ExecutionRecord } from '../support/n8nRecords';
import { startProvider, type Provider, type ProviderOptions } from '../support/provider';
import { startSwarmWorld, STORE_PREFIX, type SwarmWorld } from '../support/swarmWorld';
import { draft, nodesOf, type Link, type NodeDraft } from '../support/workflowNodes';

export interface GateWorld extends SwarmWorld {
  readonly node: ReturnType<typeof nodesOf>;
  readonly provider: Provider;
  readonly openAi: CredentialReference;
  /** The budgets as another process sees them. */
  readonly budgets: BudgetDesk['budgets'];
  /** The execution of a run by hand; comes back when it has begun. */
  start(nodes: NodeDraft[], links: Link[]): Promise<string>;
  run(nodes: NodeDraft[], links: Link[]): Promise<ExecutionRecord>;
}

/** Agents call their tool twice, then answer. */
export const TWO_TOOL_CALLS: ProviderOptions['toolCalls'] = ({ tools, toolResults }) =>
  toolResults.length < 2 ? tools.slice(0, 1).map((name) => ({ name, arguments: SUM })) : [];
const SUM = { input: '2 + 2' };
export const CALLS_OF_AN_AGENT = 3;

export async function startGateWorld(
  mode: Pick<N8nOptions, 'mode' | 'workers' | 'env'>,
  options: Partial<ProviderOptions> = {},
): Promise<GateWorld> {
  const [world, provider] = await Promise.all([
    startSwarmWorld({
      ...mode,
      env: {
        EXECUTIONS_DATA_SAVE_ON_SUCCESS: 'none',
        EXECUTIONS_DATA_SAVE_MANUAL_EXECUTIONS: 'true',
        ...mode.env,
      },
    }),
    startProvider({ toolCalls: TWO_TOOL_CALLS, ...options }),
  ]);
  const { n8n, redis } = world;
  const openAi = await n8n.api.createCredential({
    name: 'model',
    type: 'openAiApi',
    data: { apiKey: 'any', url: provider.url },
  });
  const store = { kind: 'standalone', host: '127.0.0.1', port: redis.port, prefix: STORE_PREFIX };
  const start = async (nodes: NodeDraft[], links: Link[]) => {
    const node = nodesOf(world.credentials, world.witness.url);
    const { id } = await n8n.api.createWorkflow(draft('by hand', [node.start(), ...nodes], links));
    return String((await n8n.api.runManually(id, 'Start')).executionId);
  };
  return {
    ...world,
    provider,
    openAi,
    node: nodesOf(world.credentials, world.witness.url),
    budgets: budgetDesk(readSettings(storeSchema, store)).budgets,
    start,
    run: async (nodes, links) => await n8n.api.executionEnd(await start(nodes, links)),
    async stop() {
      await closeIdleStores();
      await world.stop();
      await provider.stop();
    },
  };
}

/** What the sub-node showed in an execution, one entry a call. */
export function shownBy({ data }: ExecutionRecord, name = 'Gate'): Record<string, unknown>[] {
  const runs = data?.resultData.runData[name] ?? [];
  return runs.map(({ data: out, error }) => ({
    ...(out?.ai_languageModel?.[0]?.[0]?.json as Record<string, unknown> | undefined),
    ...(error && { error: error.message }),
  }));
}
