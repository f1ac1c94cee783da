import type { Piece, Split } from './tapProxy';

const PROTOCOL_HEADER_BYTES = 8;
const FRAME_HEADER_BYTES = 7;
const METHOD_FRAME = 1;

const BASIC = 60;
const PUBLISH = 40;
const ACK = 80;

/**
 * Cuts the two directions of an AMQP 0-9-1 connection into frames, and names those that matter to a delivery: `publish` and `ack` of the
 * client, `confirm` of the broker. Header and body frames of a publish follow it without a name.
 */
export function splitAmqp(): { up: Split; down: Split } {
  return {
    up: frames(PROTOCOL_HEADER_BYTES, new Map([[PUBLISH, 'publish'], [ACK, 'ack']])), // prettier-ignore
    down: frames(0, new Map([[ACK, 'confirm']])),
  };
}

function frames(greeting: number, names: ReadonlyMap<number, string>): Split {
  let rest: Buffer = Buffer.alloc(0);
  let greeted = greeting === 0;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const pieces: Piece[] = [];
    const take = (size: number, name?: string) => {
      pieces.push({ bytes: rest.subarray(0, size), name });
      rest = rest.subarray(size);
    };
    if (!greeted && rest.length >= greeting) {
      greeted = true;
      take(greeting);
    }
    while (greeted && rest.length >= FRAME_HEADER_BYTES) {
      const size = FRAME_HEADER_BYTES + rest.readUInt32BE(3) + 1;
      if (rest.length < size) break;
      take(size, nameOf(rest, names));
    }
    return pieces;
  };
}

function nameOf(frame: Buffer, names: ReadonlyMap<number, string>): string | undefined {
  if (frame[0] !== METHOD_FRAME || frame.readUInt16BE(FRAME_HEADER_BYTES) !== BASIC)
    return undefined;
  return names.get(frame.readUInt16BE(FRAME_HEADER_BYTES + 2));
}
