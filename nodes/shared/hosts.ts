import { InputError } from '../../src/index';
import { listIn } from './amounts';

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

const BRACKETED = /^\[([^\]]+)\](?::(\d+))?$/;
const PLAIN = /^([^\s:/@[\]]+)(?::(\d+))?$/;

/**
 * Reads `host, host:port, [::1]:5672`.
 *
 * @param label name of the field as the person sees it
 * @throws InputError naming the part that cannot be read
 */
export function readHosts(label: string, text: string, defaultPort: number): HostAndPort[] {
  return listIn(text).map((part) => readHost(label, part, defaultPort));
}

function readHost(label: string, part: string, defaultPort: number): HostAndPort {
  const [, host, port] = BRACKETED.exec(part) ?? PLAIN.exec(part) ?? [];
  if (host !== undefined) return { host, port: port === undefined ? defaultPort : Number(port) };
  if (/[/@]/.test(part)) {
    throw new InputError(
      label,
      // Not quoted: such text may hold a password.
      'holds more than a host and a port',
      'Give host or host:port alone; user, password, virtual host and TLS have fields of their own.',
    );
  }
  throw new InputError(
    label,
    `cannot read "${part}"`,
    part.split(':').length > 2
      ? 'Put an IPv6 address in brackets: [::1]:5672.'
      : 'Write host or host:port, several separated by commas.',
  );
}
