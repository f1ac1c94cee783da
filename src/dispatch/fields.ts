import type { z } from 'zod/v4';

import { InputError } from '../contract/errors';

/** The names a person sees, and what to do about each. */
const FIELDS: Record<string, readonly [label: string, remedy: string]> = {
  to: ['To', 'Choose Queue or Exchange and give its name.'],
  'to.kind': ['To', 'Choose Queue or Exchange and give its name.'],
  'to.queue': ['Queue', 'Give the name of the queue, at most 255 bytes.'],
  'to.exchange': ['Exchange', 'Give the name of the exchange, at most 255 bytes.'],
  intent: ['Intent', 'Give a text of 1 to 255 bytes that says what is to be done.'],
  taskId: ['Task ID', 'Give a text of 1 to 512 characters, or leave the option out.'],
  ref: ['Ref', 'Give a text of 1 to 2,048 characters that says where the work is.'],
  tenant: ['Tenant', 'Give a text of 1 to 255 characters.'],
  groupId: ['Group ID', 'Give a text of 1 to 255 bytes.'],
  deadline: ['Deadline', 'Write it as 2030-01-31T12:00:00Z, or with an offset such as +02:00.'],
  estimate: [
    'Estimate',
    'Use whole numbers for requests, input_tokens and output_tokens, and no other names.',
  ],
  data: ['Data', 'Give a JSON object; a list or a single value goes into a field of one.'],
  runOncePer: ['Run Once Per', 'Choose Content, Task ID or Custom.'],
  customKey: ['Custom Key', 'Give a text of 1 to 512 characters.'],
  routingKey: ['Routing Key', 'Give a text of at most 255 bytes.'],
  priority: ['Priority', 'Give a whole number from 0 to 255.'],
  delayMs: ['Delay', 'Give a time from 0 to 9 days.'],
  notBefore: ['Not Before', 'Write it as 2030-01-31T12:00:00Z, or with an offset such as +02:00.'],
  headers: ['Headers', 'Give a JSON object of texts, numbers and true/false.'],
  traceparent: ['Traceparent', 'Give 00-<32 hex digits>-<16 hex digits>-<2 hex digits>.'],
};

/** What the schema of a request found first, as an InputError about the field of the form. */
export function badField(error: z.core.$ZodError): InputError {
  const [issue] = error.issues;
  const path = (issue?.path ?? []).map(String);
  const exact = FIELDS[path.join('.')];
  const [label, remedy] = exact ?? FIELDS[path[0] ?? ''] ?? ['Task', ''];
  const within = exact ? '' : `"${path.slice(1).join('.')}" `;
  return new InputError(label, `${within}${issue?.message ?? 'is not valid'}`, remedy);
}
