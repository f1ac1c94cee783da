import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { inFormWords, type Labels } from '../../../shared/formWords';
import { failedItem } from '../../../shared/outcomes';
import { Parameters } from '../../../shared/parameters';

/** Does for an item what was asked for, and gives what comes out of it. */
export type Act = (index: number) => Promise<object[]>;

/** One item after the other: two that look at one queue at once would each see a part of it. */
export async function perItem(
  context: IExecuteFunctions,
  labels: Labels,
  prepare: (parameters: Parameters) => Promise<Act>,
): Promise<INodeExecutionData[]> {
  const results: INodeExecutionData[] = [];
  let act: Act | undefined;
  for (const item of context.getInputData().keys()) {
    try {
      act ??= await prepare(new Parameters(context));
      const found = await inOurWords(labels, act(item));
      results.push(...found.map((json) => ({ json: json as IDataObject, pairedItem: { item } })));
    } catch (error) {
      results.push(failedItem(context, error, [item]));
    }
  }
  return results;
}

/** What was done for an item before is not done again for the next that asks for the same: what came meanwhile is not meant. */
export class Done {
  private readonly acts = new Set<string>();

  before(queue: string, options: object): boolean {
    const act = JSON.stringify([queue, options]);
    const known = this.acts.has(act);
    this.acts.add(act);
    return known;
  }
}

async function inOurWords<T>(labels: Labels, acting: Promise<T>): Promise<T> {
  try {
    return await acting;
  } catch (error) {
    return inFormWords(labels, () => {
      throw error;
    });
  }
}
