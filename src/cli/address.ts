import { InputError } from '../contract/errors';

export interface Kind {
  readonly option: string;
  /** `redis` stands for `rediss` as well, which is with TLS. */
  readonly scheme: string;
  /** How one is written. */
  readonly example: string;
}

export interface Address {
  readonly login: { readonly username?: string; readonly password?: string };
  hosts(usualPort: number): { host: string; port: number }[];
  readonly tls: boolean;
  /** What stands behind the slash, decoded; empty for nothing. */
  readonly path: string;
}

/**
 * `scheme://user:password@host:port,host:port/path`. A URL can name one host only: the others are cut out before it is read.
 *
 * @throws InputError for what is no address of this kind
 */
export function readAddress(given: string, kind: Kind): Address {
  const [, scheme = '', user = '', places = '', rest = ''] =
    /^([a-z]+):\/\/(?:(.*)@)?([^/@]+)(\/[^/]*)?$/.exec(given) ?? [];
  const known = scheme === kind.scheme || scheme === `${kind.scheme}s`;
  if (!known || !places) throw unreadable(kind);
  try {
    const urls = places.split(',').map((place) => new URL(`redis://${user && `${user}@`}${place}`));
    const { username, password } = urls[0] as URL;
    return {
      login: {
        ...(username && { username: decodeURIComponent(username) }),
        ...(password && { password: decodeURIComponent(password) }),
      },
      hosts: (usualPort) =>
        urls.map(({ hostname, port }) => ({
          // An IPv6 address stands in brackets.
          host: hostname.replace(/^\[(.*)\]$/, '$1'),
          port: Number(port) || usualPort,
        })),
      tls: scheme !== kind.scheme,
      path: decodeURIComponent(rest.slice(1)),
    };
  } catch {
    throw unreadable(kind);
  }
}

/** Without what was given: it may hold a password. */
export function unreadable({ option, example }: Kind): InputError {
  return new InputError(option, 'is no address', `Write it as ${example}.`);
}
