import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import type {
  ICredentialDataDecryptedObject,
  IDataObject,
  INode,
  INodeExecutionData,
  INodeType,
  INodeTypes,
  IRun,
  ITaskData,
  IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';

// n8n-core reads and writes its settings there as soon as it is loaded.
const userFolder = mkdtempSync(join(tmpdir(), 'agent-swarm-engine-'));
process.env.N8N_USER_FOLDER = userFolder;
process.env.N8N_DEFAULT_BINARY_DATA_MODE = 'default';
// It prints every error of a node, and failing is what many tests are about.
process.env.N8N_LOG_LEVEL = 'silent';
process.once('exit', () => rmSync(userFolder, { recursive: true, force: true }));

const REPOSITORY = resolve(__dirname, '../..');
const PACK = 'n8n-nodes-agent-swarm';

/** Of the node under test; what is left out is the form's own default. */
export interface NodeUnderTest {
  readonly parameters: IDataObject;
  readonly onError?: INode['onError'];
  readonly name?: string;
}

export interface Ran {
  readonly run: IRun;
  /** Items of the main output of the node under test. */
  readonly items: INodeExecutionData[];
  /** Items of its error output. */
  readonly errors: INodeExecutionData[];
  readonly error: (Error & { description?: string; context?: IDataObject }) | undefined;
  /** ms that the node under test took. */
  readonly took: number;
}

export interface EngineOptions {
  /** Decrypted, by credential type: what is not here is not chosen in the node. */
  readonly credentials: Record<string, ICredentialDataDecryptedObject>;
  /** Stands between the trigger and the node under test. */
  readonly between?: INodeType;
  /** `vm` is what n8n uses on the Node it needs; older ones have `legacy` alone. */
  readonly expressions?: 'vm' | 'legacy';
}

export interface Engine {
  /** Runs trigger -> (between) -> node under test in n8n-core's own execution engine. */
  run(
    node: NodeUnderTest,
    items: readonly INodeExecutionData[],
    options?: Partial<EngineOptions>,
  ): Promise<Ran>;
  /** Asks n8n for one parameter of every item, and nothing else. */
  evaluate(expression: string, items: readonly INodeExecutionData[]): Promise<void>;
  /** Closes what the built pack keeps open, and the expression engine. */
  stop(): Promise<void>;
}

const passThrough = (name: string, group: 'trigger' | 'transform'): INodeType => ({
  description: {
    displayName: name,
    name,
    group: [group],
    version: 1,
    description: name,
    defaults: { name },
    inputs: group === 'trigger' ? [] : ['main'],
    outputs: ['main'],
    properties: [],
  },
  execute(this: { getInputData(): INodeExecutionData[] }) {
    const items = this.getInputData();
    return Promise.resolve([
      items.map(({ json, binary }, item) => ({ json, binary, pairedItem: { item } })),
    ]);
  },
});

/** The trigger's name in the workflow, as an expression would say it. */
export const TRIGGER = 'The "Trigger"';
const UNDER_TEST = 'Agent Swarm';
const NEVER_REACHED: NodeUnderTest = { parameters: { resource: 'payload', operation: 'store' } };

/** Loads the built pack with n8n-core's own loader: run `npm run build` first. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const core = await import('n8n-core');
  const workflow = await import('n8n-workflow');
  const { Container } = await import('@n8n/di');
  await Container.get(core.BinaryDataService).init();
  const engine = options.expressions ?? 'vm';
  await workflow.Expression.initExpressionEngine({
    engine,
    poolSize: 1,
    maxCodeCacheSize: 1024,
    bridgeTimeout: 5000,
    bridgeMemoryLimit: 128,
  } as never);

  const loader = new core.PackageDirectoryLoader(REPOSITORY, [], [`${PACK}.agentSwarm`]);
  await loader.loadAll();
  const trigger = passThrough('trigger', 'trigger');
  const nothing = passThrough('between', 'transform');

  const nodeTypesWith = (between: INodeType): INodeTypes => {
    const get = (type: string): INodeType => {
      if (type === 'test.agentSwarmTrigger') return trigger;
      if (type === 'test.between') return between;
      return loader.getNode(type.slice(PACK.length + 1)).type as INodeType;
    };
    return { getByName: get, getByNameAndVersion: get, getKnownTypes: () => ({}) };
  };

  let executions = 0;
  const run: Engine['run'] = async (node, items, more = {}) => {
    const { credentials, between } = { ...options, ...more };
    const id = String((executions += 1));
    const name = node.name ?? UNDER_TEST;
    const nodes: INode[] = [
      nodeOf('t', TRIGGER, 'test.agentSwarmTrigger', {}),
      nodeOf('b', 'Between', 'test.between', {}),
      {
        ...nodeOf('n', name, `${PACK}.agentSwarm`, node.parameters),
        ...(node.onError && { onError: node.onError }),
        credentials: Object.fromEntries(
          Object.keys(credentials).map((type) => [type, { id: type, name: type }]),
        ),
      },
    ];
    const flow = new workflow.Workflow({
      id: 'w1',
      name: 'a test',
      nodes,
      connections: {
        [TRIGGER]: { main: [[{ node: 'Between', type: 'main', index: 0 }]] },
        Between: { main: [[{ node: name, type: 'main', index: 0 }]] },
      },
      active: false,
      nodeTypes: nodeTypesWith(between ?? nothing),
      settings: { executionOrder: 'v1' },
    });
    const additional = {
      credentialsHelper: {
        getDecrypted: (_data: unknown, _details: unknown, type: string) =>
          Promise.resolve(credentials[type]),
        isCredentialUsableByNode: () => true,
        getParentTypes: () => [],
      },
      hooks: new core.ExecutionLifecycleHooks('trigger', id, {} as never),
      executionId: id,
      currentNodeExecutionIndex: 0,
      webhookWaitingBaseUrl: 'http://localhost/webhook-waiting',
      formWaitingBaseUrl: 'http://localhost/form-waiting',
      variables: {},
    } as unknown as IWorkflowExecuteAdditionalData;
    const given = { data: { main: [[...items]] } } as unknown as ITaskData;
    const ended = await new core.WorkflowExecute(additional, 'trigger').run({
      workflow: flow,
      startNode: flow.getNode(TRIGGER) ?? undefined,
      triggerToStartFrom: { name: TRIGGER, data: given },
    });
    const { runData, error } = ended.data.resultData;
    const last = runData[name]?.[0];
    return {
      run: ended,
      items: last?.data?.main?.[0] ?? [],
      errors: last?.data?.main?.[1] ?? [],
      error: (last?.error ?? error) as Ran['error'],
      took: last?.executionTime ?? 0,
    };
  };
  return {
    run,
    async evaluate(expression, items) {
      const asking = passThrough('between', 'transform');
      asking.execute = function () {
        for (let index = 0; index < items.length; index += 1) this.getNodeParameter('asked', index);
        return Promise.resolve([[]]);
      };
      asking.description.properties = [
        { displayName: 'Asked', name: 'asked', type: 'string', default: expression },
      ];
      const { run: ended } = await run(NEVER_REACHED, items, { between: asking });
      if (ended.status !== 'success') throw new Error('n8n could not evaluate it');
    },
    async stop() {
      const pools = ['broker', 'store'].map((room) =>
        join(REPOSITORY, 'dist/src', room, 'pool.js'),
      );
      const [broker, store] = await Promise.all(pools.map((path) => import(path)));
      await broker.closeIdlePublishers();
      await store.closeIdleStores();
      await workflow.Expression.disposeExpressionEngine();
    },
  };
}

function nodeOf(id: string, name: string, type: string, parameters: IDataObject): INode {
  return { id, name, type, typeVersion: 1, position: [0, 0], parameters: parameters as never };
}
