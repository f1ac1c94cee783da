import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

/** One operation: its part of the form, and what it does with all items of an execution. */
export interface Operation {
  readonly form: INodeProperties[];
  act(context: IExecuteFunctions): Promise<INodeExecutionData[]>;
}

/** Where a field is shown, beside the conditions it has itself. */
export type Shown = NonNullable<NonNullable<INodeProperties['displayOptions']>['show']>;

export function shownIf(show: Shown, field: INodeProperties): INodeProperties {
  const { displayOptions } = field;
  return {
    ...field,
    displayOptions: { ...displayOptions, show: { ...show, ...displayOptions?.show } },
  };
}
