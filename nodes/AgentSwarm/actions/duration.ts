import type { INodeProperties } from 'n8n-workflow';

import { InputError } from '../../../src/index';
import type { Parameters, Read } from '../../shared/parameters';

const UNIT_MS = { seconds: 1000, minutes: 60_000, hours: 3_600_000 };

export interface DurationForm {
  readonly displayName: string;
  readonly name: string;
  readonly amount: number;
  readonly unit: keyof typeof UNIT_MS;
  readonly description: string;
  readonly displayOptions?: INodeProperties['displayOptions'];
}

/** A number and, in a field named `<name>Unit`, what it counts. */
export function durationFields(form: DurationForm): INodeProperties[] {
  const { displayName, name, amount, unit, description, displayOptions } = form;
  const shown = displayOptions && { displayOptions };
  return [
    {
      displayName,
      name,
      type: 'number',
      typeOptions: { minValue: 0, numberPrecision: 3 },
      default: amount,
      description,
      ...shown,
    },
    {
      displayName: 'Unit',
      name: `${name}Unit`,
      type: 'options',
      options: [
        { name: 'Hours', value: 'hours' },
        { name: 'Minutes', value: 'minutes' },
        { name: 'Seconds', value: 'seconds' },
      ],
      default: unit,
      ...shown,
    },
  ];
}

/** @returns ms @throws InputError when it is no time, or a longer one than `mostMs` */
export function readDuration(
  parameters: Parameters,
  { displayName, name, unit }: DurationForm,
  mostMs: number,
): Read<number | undefined> {
  const amount = parameters.number(name, displayName);
  const units = parameters.text(`${name}Unit`, 'Unit');
  return (index) => {
    const given = amount(index);
    if (given === undefined) return undefined;
    const factor = (UNIT_MS as Record<string, number>)[units(index) ?? unit];
    const ms = Math.round(given * (factor ?? NaN));
    if (ms >= 0 && ms <= mostMs) return ms;
    throw new InputError(
      displayName,
      `is not a time from 0 to ${mostMs / UNIT_MS.hours} hours`,
      'Give a number, and seconds, minutes or hours as its unit.',
    );
  };
}
