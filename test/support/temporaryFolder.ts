import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryFolder {
  readonly path: string;
  /** Removes the folder; keeps it and says where it is when a test failed and AGENT_SWARM_KEEP is set. */
  remove(): Promise<void>;
}

/** Set by the test environment (jestEnvironment.cjs); absent outside of Jest, where KEEP alone decides. */
const failed = () =>
  (globalThis as { __agentSwarmTestFailed?: boolean }).__agentSwarmTestFailed ?? true;

/** `under` stands in for the system's temporary folder, for servers that live in a root of their own. */
export async function temporaryFolder(
  name: string,
  under: string = tmpdir(),
): Promise<TemporaryFolder> {
  await mkdir(under, { recursive: true });
  const path = await mkdtemp(join(under, `agent-swarm-${name}-`));
  // mkdtemp makes it private, but PostgreSQL runs as another user when we are root.
  await chmod(path, 0o755);
  return {
    path,
    async remove() {
      if (process.env.AGENT_SWARM_KEEP && failed()) {
        process.stderr.write(`kept ${path}\n`);
        return;
      }
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
