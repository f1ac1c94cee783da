import { setTimeout as delay } from 'node:timers/promises';
import { N8nRequestError, n8nSession, type N8nHttp, type N8nOwner } from './n8nHttp';
import type {
  CredentialDraft,
  CredentialReference,
  ExecutionFilter,
  ExecutionRecord,
  PublicationStatus,
  SavedWorkflow,
  WorkflowDraft,
} from './n8nRecords';

export type * from './n8nRecords';

/** What a test of ours asks of n8n, in the shapes that n8n 2.40 wants and 2.0 understands. */
export interface N8nApi extends N8nHttp {
  createCredential(draft: CredentialDraft): Promise<CredentialReference>;
  /** As the editor's test does it: of the stored credential, with `data` laid over it. */
  testCredential(
    id: string,
    draft: CredentialDraft,
  ): Promise<{ status: 'OK' | 'Error'; message: string }>;
  createWorkflow(draft: WorkflowDraft): Promise<SavedWorkflow>;
  updateWorkflow(id: string, changes: Partial<WorkflowDraft>): Promise<SavedWorkflow>;
  /** Publishes, and waits until every trigger of this version runs; else throws what they said. */
  activate(workflow: SavedWorkflow, timeoutMs?: number): Promise<void>;
  /** Waits until every trigger has been closed. */
  deactivate(id: string, timeoutMs?: number): Promise<void>;
  deleteWorkflow(id: string): Promise<void>;
  /** "Execute workflow" from this trigger. A webhook trigger waits for its call and gives no execution. */
  runManually(
    id: string,
    trigger: string,
    destination?: string,
  ): Promise<{ executionId?: string; waitingForWebhook?: boolean }>;
  stopExecution(id: string): Promise<void>;
  execution(id: string): Promise<ExecutionRecord>;
  /** With data, newest first. Those that run are listed only when asked for by status. */
  executions(filter?: ExecutionFilter): Promise<ExecutionRecord[]>;
  /** Asks until the execution has ended, well or not, or waits. */
  executionEnd(id: string, timeoutMs?: number): Promise<ExecutionRecord>;
  /** Asks until `count` executions that match have been recorded. */
  recorded(count: number, filter: ExecutionFilter, timeoutMs?: number): Promise<ExecutionRecord[]>;
}

const UNFINISHED = ['new', 'running', 'unknown'];

/** n8n offers no event for what these wait for, so they ask. */
async function until<T>(ask: () => Promise<T | undefined>, timeoutMs: number, what: string) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`${what} not within ${timeoutMs} ms`);
    await delay(100);
  }
}

/** An n8n that tries at once, instead of after its answer, says in the answer what went wrong. */
function asSaid(error: unknown): never {
  const said = error instanceof N8nRequestError ? error.body : undefined;
  throw new Error((said as { message?: string } | undefined)?.message, { cause: error });
}

export async function signInToN8n(url: string, owner?: N8nOwner): Promise<N8nApi> {
  const http = await n8nSession(url, owner);
  const { rest, publicApi } = http;

  /** Nothing from an n8n that does not know the question: there it is over when (de)activate has answered. */
  const publication = (id: string) =>
    rest<PublicationStatus>('GET', `/workflows/${id}/publication-status`).catch(
      (error: unknown) => {
        if (!(error instanceof N8nRequestError) || error.status !== 404) throw error;
        return undefined;
      },
    );
  const published = async ({ id, versionId }: SavedWorkflow) => {
    const now = await publication(id);
    if (!now) return true;
    if (now.status === 'failed' || now.status === 'partial') {
      const said = now.triggers.map(({ errorMessage }) => errorMessage).filter(Boolean);
      throw new Error(`Activation of workflow ${id} failed: ${said.join('; ')}`);
    }
    return now.status === 'published' && now.liveVersionId === versionId ? true : undefined;
  };
  const execution = (id: string) =>
    publicApi<ExecutionRecord>('GET', `/executions/${id}?includeData=true`);
  const executions = async (filter: ExecutionFilter = {}) => {
    const query = new URLSearchParams({ includeData: 'true' });
    for (const [name, value] of Object.entries(filter)) query.set(name, String(value));
    return (await publicApi<{ data: ExecutionRecord[] }>('GET', `/executions?${query.toString()}`))
      .data;
  };

  return {
    ...http,
    createCredential: (draft) => rest('POST', '/credentials', draft),
    testCredential: (id, draft) =>
      rest('POST', '/credentials/test', { credentials: { id, ...draft } }),
    createWorkflow: (draft) =>
      rest('POST', '/workflows', { settings: {}, active: false, ...draft }),
    updateWorkflow: (id, changes) => rest('PATCH', `/workflows/${id}`, changes),
    async activate(workflow, timeoutMs = 60_000) {
      const { id, versionId } = workflow;
      await rest('POST', `/workflows/${id}/activate`, { versionId }).catch(asSaid);
      await until(() => published(workflow), timeoutMs, `Activation of workflow ${id}`);
    },
    async deactivate(id, timeoutMs = 60_000) {
      await rest('POST', `/workflows/${id}/deactivate`, {});
      const gone = async () =>
        ((await publication(id))?.status ?? 'not_published') === 'not_published' ? true : undefined;
      await until(gone, timeoutMs, `Deactivation of workflow ${id}`);
    },
    async deleteWorkflow(id) {
      await rest('POST', `/workflows/${id}/archive`, {});
      await rest('DELETE', `/workflows/${id}`);
    },
    runManually: async (id, trigger, destination) =>
      rest('POST', `/workflows/${id}/run`, {
        // The first n8n 2 run what they are sent; later ones what they have saved.
        workflowData: await rest('GET', `/workflows/${id}`),
        triggerToStartFrom: { name: trigger },
        ...(destination && { destinationNode: { nodeName: destination, mode: 'inclusive' } }),
      }),
    async stopExecution(id) {
      await rest('POST', `/executions/${id}/stop`);
    },
    execution,
    executions,
    executionEnd: (id, timeoutMs = 60_000) =>
      until(
        async () => {
          const now = await execution(id);
          return UNFINISHED.includes(now.status) ? undefined : now;
        },
        timeoutMs,
        `End of execution ${id}`,
      ),
    recorded: (count, filter, timeoutMs = 60_000) =>
      until(
        async () => {
          const found = await executions(filter);
          return found.length >= count ? found : undefined;
        },
        timeoutMs,
        `${count} executions`,
      ),
  };
}
