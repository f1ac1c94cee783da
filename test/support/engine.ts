import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
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

import { betweenNodes, passThrough, type Between } from './engineNodes';

/** Plain data all through: it may come from another process. */
export interface Task {
  /** Of the node under test; what is left out is the form's own default. */
  readonly parameters: IDataObject;
  readonly items: readonly INodeExecutionData[];
  readonly onError?: INode['onError'];
  /** Decrypted, by credential type: what is not here is not chosen in the node. */
  readonly credentials: Record<string, IDataObject>;
  /** What stands between the trigger and the node under test; by default nothing that matters. */
  readonly between?: Between;
}

export interface Ran {
  readonly status: IRun['status'];
  /** Items of the main output of the node under test. */
  readonly items: INodeExecutionData[];
  /** Items of its error output. */
  readonly errors: INodeExecutionData[];
  readonly error?: {
    readonly name: string;
    readonly message: string;
    readonly description?: string | null;
    readonly itemIndex?: number;
  };
  /** Custom data, as the trigger sees it. */
  readonly metadata?: Record<string, string>;
  readonly executionId: string;
}

export interface Engine {
  /** Runs trigger -> between -> node under test in n8n-core's own execution engine. */
  run(task: Task): Promise<Ran>;
  /** Closes what the built pack keeps open, and the expression engine. */
  stop(): Promise<void>;
}

const REPOSITORY = resolve(__dirname, '../..');
const PACK = 'n8n-nodes-agent-swarm';
/** A name that an expression has to quote. */
const TRIGGER = 'The "Trigger"';
const UNDER_TEST = 'Agent Swarm';

/**
 * n8n's own execution engine with the built pack, loaded by n8n-core's own loader: run `npm run build` first. Not for Jest's
 * process, whose module system the expression engine does not bear: `engineProcess.ts` is.
 */
export async function startEngine(): Promise<Engine> {
  const { core, workflow } = await loadN8n();
  const loader = new core.PackageDirectoryLoader(REPOSITORY, [], [`${PACK}.agentSwarm`]);
  await loader.loadAll();
  const trigger = passThrough('trigger', 'trigger');
  const typeOf = (type: string): INodeType =>
    type === 'test.agentSwarmTrigger'
      ? trigger
      : (betweenNodes[type as Between] ??
        (loader.getNode(type.slice(PACK.length + 1)).type as INodeType));
  const nodeTypes: INodeTypes = {
    getByName: typeOf,
    getByNameAndVersion: typeOf,
    getKnownTypes: () => ({}),
  };

  let executions = 0;
  return {
    async run(task) {
      const executionId = String((executions += 1));
      const flow = new workflow.Workflow({
        id: 'w1',
        name: 'a test',
        nodes: nodesOf(task),
        connections: {
          [TRIGGER]: { main: [[{ node: 'Between', type: 'main', index: 0 }]] },
          Between: { main: [[{ node: UNDER_TEST, type: 'main', index: 0 }]] },
        },
        active: false,
        nodeTypes,
        settings: { executionOrder: 'v1' },
      });
      const hooks = new core.ExecutionLifecycleHooks('trigger', executionId, {} as never);
      const additional = additionalData(task, executionId, hooks);
      const ended = await new core.WorkflowExecute(additional, 'trigger').run({
        workflow: flow,
        startNode: flow.getNode(TRIGGER) ?? undefined,
        triggerToStartFrom: {
          name: TRIGGER,
          data: { data: { main: [[...task.items]] } } as unknown as ITaskData,
        },
      });
      return ranOf(ended, executionId);
    },
    async stop() {
      // The built pack's own modules, where its connections are.
      const built = createRequire(join(REPOSITORY, 'dist/src/index.js'));
      await (
        built('./broker/pool') as { closeIdlePublishers(): Promise<void> }
      ).closeIdlePublishers();
      await (built('./store/pool') as { closeIdleStores(): Promise<void> }).closeIdleStores();
      await workflow.Expression.disposeExpressionEngine();
    },
  };
}

async function loadN8n() {
  // n8n-core reads and writes its settings there as soon as it is loaded.
  const userFolder = mkdtempSync(join(tmpdir(), 'agent-swarm-engine-'));
  process.once('exit', () => rmSync(userFolder, { recursive: true, force: true }));
  process.env.N8N_USER_FOLDER = userFolder;
  process.env.N8N_DEFAULT_BINARY_DATA_MODE = 'default';
  // It prints every error of a node, and failing is what many tests are about.
  process.env.N8N_LOG_LEVEL = 'silent';
  const core = await import('n8n-core');
  const workflow = await import('n8n-workflow');
  const { Container } = await import('@n8n/di');
  await Container.get(core.BinaryDataService).init();
  // As n8n itself starts it, with its defaults.
  await workflow.Expression.initExpressionEngine({
    engine: 'vm',
    poolSize: 1,
    maxCodeCacheSize: 1024,
    bridgeTimeout: 5000,
    bridgeMemoryLimit: 128,
  });
  return { core, workflow };
}

function nodesOf({ parameters, onError, credentials, between }: Task): INode[] {
  return [
    nodeOf('t', TRIGGER, 'test.agentSwarmTrigger', {}),
    nodeOf('b', 'Between', between ?? 'test.nothing', {}),
    {
      ...nodeOf('n', UNDER_TEST, `${PACK}.agentSwarm`, parameters),
      ...(onError && { onError }),
      credentials: Object.fromEntries(
        Object.keys(credentials).map((type) => [type, { id: type, name: type }]),
      ),
    },
  ];
}

function nodeOf(id: string, name: string, type: string, parameters: IDataObject): INode {
  return { id, name, type, typeVersion: 1, position: [0, 0], parameters: parameters as never };
}

function additionalData(
  { credentials }: Task,
  executionId: string,
  hooks: unknown,
): IWorkflowExecuteAdditionalData {
  return {
    credentialsHelper: {
      getDecrypted: (_data: unknown, _details: unknown, type: string) =>
        Promise.resolve(credentials[type] as ICredentialDataDecryptedObject),
      isCredentialUsableByNode: () => true,
      getParentTypes: () => [],
    },
    hooks,
    executionId,
    currentNodeExecutionIndex: 0,
    webhookWaitingBaseUrl: 'http://localhost/webhook-waiting',
    formWaitingBaseUrl: 'http://localhost/form-waiting',
    variables: {},
  } as unknown as IWorkflowExecuteAdditionalData;
}

function ranOf(ended: IRun, executionId: string): Ran {
  const { runData, error, metadata } = ended.data.resultData;
  const last = runData[UNDER_TEST]?.[0];
  const failure = last?.error ?? error;
  const items = (output: number) =>
    (last?.data?.main?.[output] ?? []).map(({ json, binary, pairedItem }) => ({
      json,
      ...(binary && { binary }),
      pairedItem,
    }));
  return {
    status: ended.status,
    items: items(0),
    errors: items(1),
    ...(failure && {
      error: {
        name: failure.name,
        message: failure.message,
        description: failure.description,
        itemIndex: failure.context?.itemIndex as number | undefined,
      },
    }),
    ...(metadata && { metadata }),
    executionId,
  };
}
