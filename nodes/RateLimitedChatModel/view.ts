import {
  NodeConnectionTypes,
  type IDataObject,
  type ISupplyDataFunctions,
  type NodeOperationError,
} from 'n8n-workflow';

/** What a person sees of a call in the execution. */
export interface Entry {
  ended(facts: IDataObject): void;
  refused(error: NodeOperationError): void;
}

export interface View {
  enter(facts: IDataObject): Entry;
}

type Context = Pick<ISupplyDataFunctions, 'addInputData' | 'addOutputData'>;

/** One run of the sub-node a call: what it is expected to need goes in, what became of it comes out. */
export function executionView(context: Context): View {
  const type = NodeConnectionTypes.AiLanguageModel;
  return {
    enter(facts) {
      const { index } = context.addInputData(type, [[{ json: facts }]]);
      return {
        ended: (more) => context.addOutputData(type, index, [[{ json: { ...facts, ...more } }]]),
        refused: (error) => context.addOutputData(type, index, error),
      };
    },
  };
}
