import type { WorkflowDraft } from './n8nRecords';
import { NODE_TYPES } from './throwAwayPack';

/** A line of the port -> which process ran it. */
export const lineWorkflow = (port: number): WorkflowDraft => ({
  name: 'Lines',
  nodes: [
    {
      id: 'a',
      name: 'Line Trigger',
      type: NODE_TYPES.trigger,
      typeVersion: 1,
      position: [0, 0],
      parameters: { port },
    },
    {
      id: 'b',
      name: 'Whereabouts',
      type: NODE_TYPES.whereabouts,
      typeVersion: 1,
      position: [200, 0],
      parameters: {},
    },
  ],
  connections: { 'Line Trigger': { main: [[{ node: 'Whereabouts', type: 'main', index: 0 }]] } },
});
