import type {
  IDataObject,
  IExecuteFunctions,
  INodeExecutionData,
  INodeProperties,
} from 'n8n-workflow';

import { forEachItem, orAllFail, toOutput, type Output } from '../../shared/outcomes';
import { Parameters } from '../../shared/parameters';
import { isTool } from './forAgents';

/** What an operation does with one item, and says of it. */
export type Act = (index: number) => Promise<IDataObject>;

/** @param field what the operation's result is called, and what good items are by now, such as "completed" */
export function includeResultOption(field: string, tells: string): INodeProperties {
  return {
    displayName: 'Include Result',
    name: 'includeResult',
    type: 'boolean',
    default: false,
    description: `Whether to add "${field}" to each item: ${tells}`,
  };
}

/**
 * Acts for each item and lets the items pass unchanged, so that the operation can stand in the middle of a workflow. An agent that
 * calls it as a tool is answered with the result alone: the task's data is nothing it asked for.
 */
export async function passThrough(
  context: IExecuteFunctions,
  field: string,
  prepare: (parameters: Parameters) => Promise<Act>,
): Promise<INodeExecutionData[]> {
  const outcomes = await orAllFail(context, async () => {
    const parameters = new Parameters(context);
    const includeResult = parameters.flag('options.includeResult', 'Include Result');
    const act = await prepare(parameters);
    const items = context.getInputData();
    const tool = isTool(context);
    return await forEachItem(context, async (index): Promise<Output> => {
      const result = { [field]: await act(index) };
      if (tool) return { json: result };
      const { json, binary } = items[index] ?? { json: {} };
      const shown = includeResult(index) ? { ...json, ...result } : json;
      return { json: shown, ...(binary && { binary }) };
    });
  });
  return toOutput(context, outcomes, field);
}
