import type { CredentialReference } from '../support/n8nRecords';
import { newestAgent } from '../support/newestAgent';
import { inTurn, type Link, type NodeDraft } from '../support/workflowNodes';
import { CALLS_OF_AN_AGENT, type GateWorld } from './gateWorld';

/** A root node or a model of n8n that the gate has to hold. */
export interface Consumer {
  readonly name: string;
  /** Requests that its run makes. */
  readonly calls: number;
  nodes(budget: string): { nodes: NodeDraft[]; links: Link[] };
}

const LANGCHAIN = '@n8n/n8n-nodes-langchain';

export const made = (
  name: string,
  type: string,
  typeVersion: number,
  parameters: object,
  credentials?: Record<string, CredentialReference>,
): NodeDraft => ({
  name,
  type: `${LANGCHAIN}.${type}`,
  typeVersion,
  parameters: parameters as NodeDraft['parameters'],
  ...(credentials && { credentials }),
});

export const MODEL_LINKS: Link[] = [
  { from: 'Model', to: 'Gate', as: 'ai_languageModel' },
  { from: 'Gate', to: 'Root', as: 'ai_languageModel' },
];
/** All in one request; the other ways count tokens with a table that n8n fetches from afar. */
const STUFFED = {
  options: { summarizationMethodAndPrompts: { values: { summarizationMethod: 'stuff' } } },
};
const PROMPT = { promptType: 'define', text: 'Add two and two.' };

/** OpenAI's chat model under the name of the budget, so that the provider can tell its calls from others. */
export function openAiModel(world: GateWorld, budget: string, version = 1.3, more: object = {}) {
  const model = version >= 1.2 ? { __rl: true, mode: 'list', value: budget } : budget;
  const parameters = { model, options: {}, ...more };
  return made('Model', 'lmChatOpenAi', version, parameters, { openAiApi: world.openAi });
}

export const chainRoot = (version = 1.7) =>
  made('Root', 'chainLlm', version, {
    ...(version >= 1.3 ? PROMPT : { prompt: '=Add two and two.' }),
    batching: {},
  });

export const agentRoot = (version: number, more: object = {}) =>
  made('Root', 'agent', version, { ...PROMPT, agent: 'toolsAgent', options: {}, ...more });

export const calculator = () => made('Sum', 'toolCalculator', 1, {});
export const TOOL_LINK: Link = { from: 'Sum', to: 'Root', as: 'ai_tool' };

export function consumersOf(
  world: GateWorld,
  openAiLike: Record<string, CredentialReference>,
): Consumer[] {
  const { node } = world;
  const gated = (name: string, root: NodeDraft, model: (budget: string) => NodeDraft): Consumer => {
    const agent = root.type.endsWith('.agent');
    return {
      name,
      calls: agent ? CALLS_OF_AN_AGENT : 1,
      nodes: (budget) => ({
        nodes: [root, node.gate(budget), model(budget), ...(agent ? [calculator()] : [])],
        links: [...inTurn('Start', 'Root'), ...MODEL_LINKS, ...(agent ? [TOOL_LINK] : [])],
      }),
    };
  };
  const openAi = (budget: string) => openAiModel(world, budget);
  const completions = { responsesApiEnabled: false };

  return [
    ...[1.4, 1.5, 1.6, 1.7, 1.9].map((v) => gated(`Basic LLM Chain ${v}`, chainRoot(v), openAi)),
    gated('Summarization Chain 2.1', made('Root', 'chainSummarization', 2.1, STUFFED), openAi),
    ...[1.7, 1.9, 2, 2.2].map((v) =>
      gated(`AI Agent ${v}`, agentRoot(v), (it) => openAiModel(world, it, 1.3, completions)),
    ),
    ...[3, 3.1]
      .filter((v) => v <= newestAgent())
      .map((v) => gated(`AI Agent ${v}`, agentRoot(v), openAi)),
    ...[1, 1.1, 1.2].map((v) =>
      gated(`OpenAI ${v}, with an agent`, agentRoot(2.2), (it) => openAiModel(world, it, v)),
    ),
    gated('OpenAI 1.3, chat completions', agentRoot(newestAgent()), (it) =>
      openAiModel(world, it, 1.3, completions),
    ),
    ...Object.entries(openAiLike).map(([type, credential]) => {
      const credentialType = `${type.replace('lmChat', '').replace(/^./, (c) => c.toLowerCase())}Api`;
      return gated(`${type}, with an agent`, agentRoot(newestAgent()), (budget) =>
        made('Model', type, 1, { model: budget, options: {} }, { [credentialType]: credential }),
      );
    }),
    behindSelector('behind Model Selector', ['Model', 'Selector', 'Gate', 'Root']),
    behindSelector('in front of Model Selector', ['Model', 'Gate', 'Selector', 'Root']),
  ];

  function behindSelector(name: string, order: string[]): Consumer {
    const always = {
      options: { caseSensitive: true, typeValidation: 'strict', version: 2 },
      combinator: 'and',
      conditions: [
        { id: 'a', leftValue: 1, rightValue: 1, operator: { type: 'number', operation: 'equals' } },
      ],
    };
    const rules = { rule: [{ modelIndex: 1, conditions: always }] };
    return {
      name: `an agent, ${name}`,
      calls: CALLS_OF_AN_AGENT,
      nodes: (budget) => ({
        nodes: [
          agentRoot(newestAgent()),
          node.gate(budget),
          openAi(budget),
          made('Selector', 'modelSelector', 1, { numberInputs: 2, rules }),
          { ...openAi(budget), name: 'Other' },
          calculator(),
        ],
        links: [
          ...inTurn('Start', 'Root'),
          TOOL_LINK,
          { from: 'Other', to: 'Selector', as: 'ai_languageModel', input: 1 },
          ...inTurn(...order).map((link) => ({ ...link, as: 'ai_languageModel' as const })),
        ],
      }),
    };
  }
}
