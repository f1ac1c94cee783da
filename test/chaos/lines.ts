import { builtInTrigger } from '../support/builtInTrigger';
import type { SavedWorkflow, WorkflowDraft } from '../support/n8nRecords';
import { draft, inTurn, nodesOf, publish, type NodeDraft } from '../support/workflowNodes';
import { BATCH, BATCHES, LEASE_SECONDS, PREFETCH, RUN_LIMIT_SECONDS } from './limits';
import { LINES, type LineName } from './plan';
import type { Stage } from './stage';

/** Published workflows, each with a queue of its name. */
export interface Lines {
  readonly names: readonly LineName[];
  deactivate(): Promise<void>;
  activate(): Promise<void>;
  /** Publishes all of them with another prefetch. */
  republish(): Promise<void>;
}

/** Which trigger stands before the workflows: this pack's, or n8n's own in place of it. */
export type TriggerKind = 'own' | 'builtin';

export async function startLines(stage: Stage, trigger: TriggerKind): Promise<Lines> {
  const names = trigger === 'own' ? LINES : (['end'] as const);
  const { api } = stage.n8n;
  const running = new Map<LineName, { workflow: SavedWorkflow; made: WorkflowDraft }>();
  for (const name of names) {
    if (trigger === 'builtin') await stage.withBroker((plain) => plain.declare(name));
    const made = workflowOf(stage, trigger, name);
    running.set(name, { workflow: await publish(stage.n8n, made), made });
  }
  const each = async (act: (workflow: SavedWorkflow) => Promise<unknown>) => {
    for (const { workflow } of running.values()) await act(workflow);
  };
  return {
    names,
    deactivate: () => each(({ id }) => api.deactivate(id)),
    activate: () => each((workflow) => api.activate(workflow)),
    async republish() {
      for (const [name, { workflow, made }] of running) {
        const nodes = made.nodes.map((node) =>
          node.name === 'Trigger' ? { ...node, parameters: changed(node.parameters) } : node,
        );
        const saved = await api.updateWorkflow(workflow.id, { nodes });
        await api.activate(saved);
        running.set(name, { workflow: saved, made: { ...made, nodes } });
      }
    },
  };
}

type Parameters = NodeDraft['parameters'];

const changed = (parameters: Parameters): Parameters =>
  typeof parameters.prefetch === 'number'
    ? { ...parameters, prefetch: parameters.prefetch + 1 }
    : {
        ...parameters,
        options: { ...(parameters.options as object), parallelMessages: PREFETCH + 1 },
      };

function workflowOf(stage: Stage, trigger: TriggerKind, name: LineName): WorkflowDraft {
  const node = nodesOf(stage.credentials, stage.recorder.url);
  const options = {
    leaseSeconds: LEASE_SECONDS,
    runLimitMinutes: RUN_LIMIT_SECONDS / 60,
    longestDelayMinutes: 0.2,
    ...(name === 'batch' && { batchSize: BATCH }),
  };
  const first =
    trigger === 'own'
      ? node.trigger(name, options, { prefetch: name === 'batch' ? BATCHES * BATCH : PREFETCH })
      : builtInTrigger(stage.builtIn, name, {
          acknowledge: 'executionFinishesSuccessfully',
          jsonParseBody: true,
          onlyContent: true,
          parallelMessages: PREFETCH,
        });
  const ask = node.http('LLM', tell(stage, 'llm', '$json.swarm?.delivery', '$json.swarm?.attempt'));
  const effect = node.http('Effect', tell(stage, 'effect', '$json.delivery', '$json.attempt'));
  const told = node.http(
    'Told',
    tell(
      stage,
      'told',
      "$('LLM').item.json.delivery",
      "$('LLM').item.json.attempt",
      "$('LLM').item.json.task_id",
    ),
  );
  // n8n tells the trigger of a queue nothing about a run whose error says so (2.40).
  const silent = node.stop('the model canceled the request');
  const answered = node.when('Answered?', '={{ $json.end }}', 'silent');
  const spine = [first, ask, answered];
  const links = [
    ...inTurn('Trigger', 'LLM', 'Answered?'),
    { from: 'Answered?', to: 'Break' },
    { from: 'Answered?', to: 'Effect', output: 1 },
  ];
  if (name === 'end') return draft(name, [...spine, effect, silent], links);
  const complete = [effect, node.task('Complete', 'complete'), told];
  links.push(...inTurn('Effect', 'Complete', 'Told'));
  if (name === 'complete') return draft(name, [...spine, ...complete, silent], links);
  // Of a batch each item has its own end, so what failed leaves by a way of its own; first, because Break ends the whole run. n8n
  // takes branches in the order of their places.
  const each = { ...ask, onError: 'continueErrorOutput' as const };
  links.push({ from: 'LLM', to: 'Fail', output: 1 });
  const fail = node.task('Fail', 'fail');
  return draft(name, [first, each, fail, answered, ...complete, silent], links);
}

function tell(
  { recorder }: Stage,
  what: string,
  delivery: string,
  attempt: string,
  task = '$json.task_id',
): string {
  return `=${recorder.url}/${what}/{{ ${task} }}?delivery={{ ${delivery} }}&attempt={{ ${attempt} }}`;
}
