import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { n8nFolder } from './programs';

const AGENT = '@n8n/n8n-nodes-langchain/dist/nodes/agents/Agent/Agent.node.js';

/** The version of AI Agent that the editor of this n8n gives to a new one: 3 in n8n 2.0, 3.1 in 2.40. */
export function newestAgent(): number {
  const source = readFileSync(join(n8nFolder(), 'node_modules', AGENT), 'utf8');
  const version = Number(/defaultVersion: ([\d.]+)/.exec(source)?.[1]);
  if (!version) throw new Error(`${AGENT} names no default version`);
  return version;
}
