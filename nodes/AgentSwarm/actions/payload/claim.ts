import type { INodeProperties } from 'n8n-workflow';

import type { Parameters, Read } from '../../../shared/parameters';

export const claimField: INodeProperties = {
  displayName: 'Claim',
  name: 'claim',
  type: 'string',
  required: true,
  default: '',
  placeholder: 'e.g. {{ $json.ref }}',
  description: 'Name of the payload, as Payload: Store or Task: Dispatch gave it out',
};

export function readClaim(parameters: Parameters): Read<string> {
  const read = parameters.text('claim', 'Claim');
  return (index) => read(index) ?? '';
}
