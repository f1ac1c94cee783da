import type { INodeProperties } from 'n8n-workflow';

import { payloadSchema } from '../../../../src/index';
import { HOUR_MS } from '../../../shared/amounts';
import type { Parameters, Read } from '../../../shared/parameters';

const DEFAULT_HOURS = payloadSchema.parse({}).ttlMs / HOUR_MS;

/** Hours in the form, milliseconds in the engine. */
export function timeToLiveField(
  displayName: string,
  name: string,
  description: string,
): INodeProperties {
  return {
    displayName,
    name,
    type: 'number',
    typeOptions: { minValue: 0, maxValue: 2160, numberPrecision: 4 },
    default: DEFAULT_HOURS,
    description,
  };
}

export function readTimeToLive(
  parameters: Parameters,
  path: string,
  label: string,
): Read<number | undefined> {
  const hours = parameters.number(path, label);
  return (index) => {
    const given = hours(index);
    return given === undefined ? undefined : Math.round(given * HOUR_MS);
  };
}
