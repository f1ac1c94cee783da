import { extendLease, LONGEST_LEASE_MS } from '../../../../src/index';
import { durationFields, readDuration, type DurationForm } from '../duration';
import { wordOperation } from './word';

const lasting: DurationForm = {
  displayName: 'For',
  name: 'for',
  amount: 300,
  unit: 'seconds',
  description:
    'How long the task stays with this run even if the n8n that started it dies meanwhile, at most 24 hours. The Run Limit of the trigger still holds.',
};

/** Task: Extend Lease. */
export const extendLeaseOperation = wordOperation<number>({
  result: 'extended',
  tells: 'until when the lease lasts, and whether it was a test',
  fields: durationFields(lasting),
  read(parameters) {
    const ms = readDuration(parameters, lasting, LONGEST_LEASE_MS);
    return (index) => ms(index) ?? lasting.amount * 1000;
  },
  async say(useStore, token, ms) {
    const until = await useStore((store) => extendLease(store, token, ms));
    return { until: until.toISOString(), test: false };
  },
  show: () => ({ until: null }),
});
