import { createHash } from 'node:crypto';

import type { Split } from './tapProxy';

const CRLF = '\r\n';

/**
 * Cuts the two directions of a connection to Redis (RESP2) into whole commands and whole answers, and names them: `get` the command,
 * `get answered` its answer. A script is named by `scriptNames`, from its SHA-1.
 */
export function splitResp(scriptNames: ReadonlyMap<string, string>): { up: Split; down: Split } {
  const asked: string[] = [];
  let subscribes = false;
  const nameOf = (command: Buffer): string => {
    const [verb = '', script = ''] = wordsOf(command, 2);
    const name = verb.toLowerCase();
    if (name === 'evalsha') return scriptNames.get(script) ?? name;
    // How a client sends a script for the first time.
    if (name === 'eval') return scriptNames.get(sha1(script)) ?? name;
    return name;
  };
  return {
    up: whole((command) => {
      const name = nameOf(command);
      if (name.includes('subscribe')) subscribes = true;
      asked.push(name);
      return name;
    }),
    // What a subscriber is told answers nothing.
    down: whole(() => (subscribes ? undefined : `${asked.shift() ?? 'nothing'} answered`)),
  };
}

function whole(name: (bytes: Buffer) => string | undefined): Split {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const pieces = [];
    for (let end = endOf(rest, 0); end !== undefined; end = endOf(rest, 0)) {
      const bytes = rest.subarray(0, end);
      rest = rest.subarray(end);
      pieces.push({ bytes, name: name(bytes) });
    }
    return pieces;
  };
}

/** Where the value that begins at `at` ends; undefined while it is not all there. */
function endOf(bytes: Buffer, at: number): number | undefined {
  const line = bytes.indexOf(CRLF, at);
  if (line < 0) return undefined;
  const after = line + CRLF.length;
  const kind = String.fromCharCode(bytes[at] as number);
  const size = Number(bytes.toString('latin1', at + 1, line));
  if (kind === '$' && size >= 0) {
    const end = after + size + CRLF.length;
    return end <= bytes.length ? end : undefined;
  }
  if (kind !== '*') return after;
  let end: number | undefined = after;
  for (let item = 0; item < size && end !== undefined; item += 1) end = endOf(bytes, end);
  return end;
}

/** The first words of a command, which is a list of texts, each after its length in bytes. */
function wordsOf(command: Buffer, most: number): string[] {
  const words: string[] = [];
  let at = command.indexOf(CRLF) + CRLF.length;
  while (words.length < most && at < command.length) {
    const text = command.indexOf(CRLF, at) + CRLF.length;
    const end = text + Number(command.toString('latin1', at + 1, text));
    words.push(command.toString('utf8', text, end));
    at = end + CRLF.length;
  }
  return words;
}

export function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
