import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

/** One operation: its part of the form, and what it does with all items of an execution. */
export interface Operation {
  readonly form: INodeProperties[];
  act(context: IExecuteFunctions): Promise<INodeExecutionData[]>;
}

/** Shows fields for one operation only, beside the conditions they have themselves. */
export function shownFor(
  resource: string,
  operation: string,
  fields: INodeProperties[],
): INodeProperties[] {
  return fields.map((field) => ({
    ...field,
    displayOptions: {
      ...field.displayOptions,
      show: { resource: [resource], operation: [operation], ...field.displayOptions?.show },
    },
  }));
}
