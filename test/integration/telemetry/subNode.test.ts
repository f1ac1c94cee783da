import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type * as Core from 'n8n-core';
import { Workflow, type INode, type INodeExecutionData, type INodeTypes } from 'n8n-workflow';

import { traceOfRun } from '../../../nodes/RateLimitedChatModel/traceOfRun';
import { NO_TELEMETRY, provideTelemetry } from '../../../src/contract/telemetry';

jest.setTimeout(60_000);

const AGENT = 'AI Agent';
const GATE = 'Rate-Limited Chat Model';
const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const task = { json: { task_id: 't', swarm: { delivery: 'd1', traceparent } } };
/** What comes of it after a node that passed nothing along. */
const bare = { json: { text: 'x' }, pairedItem: { item: 0 } };

const home = mkdtempSync(join(tmpdir(), 'agent-swarm-core-'));
// n8n-core reads and writes its settings there as soon as it is loaded.
process.env.N8N_USER_FOLDER = home;
// An import would go before the line above.
const { SupplyDataContext } = jest.requireActual<typeof Core>('n8n-core');

beforeEach(() => provideTelemetry(() => ({ ...NO_TELEMETRY, tracing: true })));
afterAll(() => {
  provideTelemetry(() => NO_TELEMETRY);
  rmSync(home, { recursive: true, force: true });
});

const nodeOf = (name: string, type: string): INode => ({
  id: name,
  name,
  type,
  typeVersion: 1,
  position: [0, 0],
  parameters: {},
});

/** The context that n8n-core gives the sub-node of an agent in a sub-workflow. */
function contextOf(begun: INodeExecutionData[], given: INodeExecutionData[]) {
  const type = { description: { properties: [], inputs: ['main'], outputs: ['main'] } };
  const nodeTypes = {
    getByName: () => type,
    getByNameAndVersion: () => type,
    getKnownTypes: () => ({}),
  } as unknown as INodeTypes;
  const flow = new Workflow({
    id: 'w',
    nodes: [
      nodeOf('Start', 'n8n-nodes-base.executeWorkflowTrigger'),
      nodeOf(AGENT, 'agent'),
      nodeOf(GATE, 'gate'),
    ],
    connections: {
      Start: { main: [[{ node: AGENT, type: 'main', index: 0 }]] },
      [GATE]: { ai_languageModel: [[{ node: AGENT, type: 'ai_languageModel', index: 0 }]] },
    },
    active: false,
    nodeTypes,
  });
  const agent = flow.getNode(AGENT) as INode;
  const data = { main: [given] };
  const run = { resultData: { runData: { Start: [{ source: [], data: { main: [begun] } }] } } };
  return new SupplyDataContext(
    flow,
    flow.getNode(GATE) as INode,
    { executionId: '1' } as never,
    'trigger',
    run as never,
    0,
    given,
    data,
    'ai_languageModel',
    { data, node: agent, source: { main: [{ previousNode: 'Start' }] } },
    [],
    undefined,
    agent,
  );
}

test("a call of a model finds the trace in its agent's own item", () => {
  expect(traceOfRun(contextOf([], [task]), 0)).toBe(traceparent);
});

test('or in the item that the sub-workflow began with', () => {
  expect(traceOfRun(contextOf([task], [bare]), 0)).toBe(traceparent);
});

test('and none where nothing was passed along', () => {
  expect(traceOfRun(contextOf([bare], [bare]), 0)).toBeUndefined();
});
