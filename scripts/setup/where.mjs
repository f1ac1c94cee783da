import { findN8n } from './n8nHost.mjs';
import { findNode24 } from './node24.mjs';
import { folderOf, PROGRAMS } from './places.mjs';

/** Prints what is installed already, for those who start Jest by hand. Installs nothing. */
const found = {
  AGENT_SWARM_NODE: findNode24()?.bin,
  AGENT_SWARM_N8N: findN8n(),
  ...Object.fromEntries(
    Object.values(PROGRAMS).map((program) => [program.variable, folderOf(program)]),
  ),
};
process.stdout.write(JSON.stringify(found));
