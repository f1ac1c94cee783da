import type { INodeProperties } from 'n8n-workflow';

import { shownIf, type Shown } from '../operation';

/** Return All and Limit, as n8n has them. */
export function limitFields(show: Shown): INodeProperties[] {
  return [
    shownIf(show, {
      displayName: 'Return All',
      name: 'returnAll',
      type: 'boolean',
      default: false,
      description: 'Whether to return all results or only up to a given limit',
    }),
    shownIf(
      { ...show, returnAll: [false] },
      {
        displayName: 'Limit',
        name: 'limit',
        type: 'number',
        typeOptions: { minValue: 1 },
        default: 50,
        description: 'Max number of results to return',
      },
    ),
  ];
}
