import { InputError } from '../contract/errors';

/** @throws InputError for what is no number */
export function numberOf(option: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const number = Number(given);
  if (given.trim() !== '' && Number.isFinite(number)) return number;
  throw new InputError(option, `is no number: ${given}`, 'Give a number.');
}

/** @throws InputError for what is no whole number */
export function countOf(option: string, given: string | undefined): number | undefined {
  const number = numberOf(option, given);
  if (number === undefined || Number.isInteger(number)) return number;
  throw new InputError(option, `is not a whole number: ${given}`, 'Give a whole number.');
}
