import { InputError } from '../../src/index';

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;
const LINE_LENGTH = 64;

/**
 * PEM text as Node takes it. A one-line field or an environment variable turns line breaks into blanks or `\n`; both are put
 * right here, because OpenSSL's own words for it ("no start line") help nobody.
 *
 * @throws InputError when there is no PEM in the text
 */
export function readPem(label: string, text: string | undefined): string {
  if (text === undefined) return '';
  const blocks = [...text.replaceAll('\\n', '\n').matchAll(BLOCK)];
  if (blocks.length === 0) {
    throw new InputError(
      label,
      'is not PEM text',
      `Paste the whole text into ${label}, from -----BEGIN to the last -----.`,
    );
  }
  return blocks.map(([whole, kind = '', body = '']) => inLines(whole, kind, body)).join('');
}

function inLines(whole: string, kind: string, body: string): string {
  // An encrypted key of the old kind has headers ("Proc-Type: ...") whose lines mean something.
  if (body.includes(':')) return `${whole}\n`;
  const lines = body.replace(/\s+/g, '').match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? [];
  return [`-----BEGIN ${kind}-----`, ...lines, `-----END ${kind}-----`, ''].join('\n');
}
