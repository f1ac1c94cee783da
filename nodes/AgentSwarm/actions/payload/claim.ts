import type { INodeProperties } from 'n8n-workflow';

import type { Parameters, Read } from '../../../shared/parameters';

/** Of the option Payload Store, where a claim says by itself in which store it is. */
export const CLAIMED_IN =
  'Where payloads may be beside Redis. A claim says by itself where it leads; here its store gets a credential.';

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
