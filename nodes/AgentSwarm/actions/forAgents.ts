import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

/** What an agent gets to see of one result: a model pays for each character, and the rest stays where it is. */
const MOST_CHARACTERS = 1000;

/** n8n makes a second type of each node that agents may use; older agents call the node itself. */
export function isTool(context: Pick<IExecuteFunctions, 'isToolExecution' | 'getNode'>): boolean {
  return context.isToolExecution?.() || context.getNode().type.endsWith('Tool');
}

/** The fields a model has use for, those that are there, with its result cut. */
export function brief(json: IDataObject, fields: readonly string[]): IDataObject {
  const told = fields.filter((field) => json[field] !== undefined && json[field] !== null);
  return Object.fromEntries(
    told.map((field) => [field, field === 'result' ? cut(json[field]) : json[field]]),
  ) as IDataObject;
}

function cut(result: unknown): unknown {
  const text = typeof result === 'string' ? result : JSON.stringify(result);
  if (text.length <= MOST_CHARACTERS) return result;
  return `${text.slice(0, MOST_CHARACTERS)}… (cut: ${text.length} characters in all)`;
}
