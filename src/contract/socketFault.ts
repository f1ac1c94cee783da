import { messageOf, RefusedError, UnavailableError, type SwarmError } from './errors';

/** Whom a connection was meant for, in the words of its form. */
export interface Peer {
  readonly name: 'RabbitMQ' | 'Redis' | 'RabbitMQ management' | 'PostgreSQL' | 'S3';
  /** `host:port`, several separated by commas. */
  readonly where: string;
  readonly tls: boolean;
  /** Label of the field that holds the address. */
  readonly hostField: string;
  /** At which ports it listens, in a sentence; for a person who took another. */
  readonly ports?: string;
  /** What to do in the form; left out where it has the fields of TLS. */
  readonly words?: Words;
}

interface Words {
  readonly tlsOn: string;
  readonly tlsOff: string;
  readonly otherName: string;
  readonly untrusted?: string;
}

const WORDS: Words = {
  tlsOn: 'switch TLS on',
  tlsOff: 'switch TLS off',
  otherName: 'Connect by a name in the certificate, or write one of its names into Server Name.',
};

/** What to do about an authority in a credential of n8n's own, which has no field for it. */
export const UNTRUSTED_BY_N8N =
  "Give n8n the certificate of that authority in NODE_EXTRA_CA_CERTS, or switch the credential's Ignore SSL Issues on.";

const CODES =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ECONNRESET|EPIPE)\b/;

/** The `code` of an error; of several attempts (IPv6, then IPv4) that of the first. */
export function codeOf(error: unknown): string | number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  if (typeof code === 'string' || typeof code === 'number') return code;
  return Array.isArray(errors) ? codeOf(errors[0]) : undefined;
}

/**
 * Reads Node's own errors of sockets and TLS; undefined for anything else. By code or by text, because the clients pass some
 * errors on as text alone. `unreachable` is said only when nothing can have been sent.
 */
export function socketFault(error: unknown, peer: Peer): SwarmError | undefined {
  const text = messageOf(error);
  return tlsFault(error, text, peer) ?? absence(error, text, peer);
}

function absence(error: unknown, text: string, peer: Peer): UnavailableError | undefined {
  const code = CODES.exec(`${codeOf(error) ?? ''} ${text}`)?.[1];
  if (code === undefined) return undefined;
  const { name, where, hostField, tls, ports, words = WORDS } = peer;
  const cause = { cause: error };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new UnavailableError(
      'unreachable',
      `The name of ${name}'s host cannot be resolved: ${where} (${code}).`,
      `Check ${hostField}: the name must be known where n8n runs.`,
      cause,
    );
  }
  const established = code === 'ETIMEDOUT' && !text.includes('connect');
  if (code === 'ECONNRESET' || code === 'EPIPE' || established) {
    return new UnavailableError(
      'disconnected',
      `${name} at ${where} dropped the connection (${code}).`,
      `It may be starting or stopping. ${tls ? REFUSES : `If this port speaks TLS, ${words.tlsOn}.`}`,
      cause,
    );
  }
  const silent = code === 'ETIMEDOUT';
  const hints = [
    !silent &&
      /\b(localhost|127\.0\.0\.1|::1)\b/.test(where) &&
      'Inside a container, localhost is the container itself: give the name of the server there.',
    silent && SILENT[tls ? 'tls' : 'plain'],
    silent && ports,
  ].filter(Boolean);
  return new UnavailableError(
    'unreachable',
    `No ${name} answers at ${where} (${code}).`,
    [`Check ${hostField}, and that the server runs and can be reached from n8n.`, ...hints].join(
      ' ',
    ),
    cause,
  );
}

/** Its reason is lost when it hangs up before it was read. */
const REFUSES = 'A server that wants a Client Certificate, or another one, may do so, too.';

/** Others that say nothing: what a person may have taken for the server. */
const SILENT = {
  tls: 'A port that speaks no TLS stays silent, too.',
  plain: 'A firewall, or another kind of server at this port, stays silent, too.',
};

/** What OpenSSL and Node call it, and what it means to the person who filled in the form. */
const TLS_FAULTS: readonly {
  seen: RegExp;
  problem: string | ((text: string) => string);
  remedy: string | ((words: Words) => string);
}[] = [
  {
    seen: /PACKET_LENGTH_TOO_LONG|WRONG_VERSION_NUMBER|packet length too long|wrong version number/,
    problem: 'what answers speaks no TLS.',
    remedy: ({ tlsOff }) => `Give the port that speaks TLS, or ${tlsOff}.`,
  },
  {
    seen: /ERR_TLS_CERT_ALTNAME_INVALID|does not match certificate's altnames/,
    problem: (text) => {
      const [, names] = /in the cert's altnames: (.+)$/.exec(text) ?? [];
      return `its certificate is made out to another name${names ? ` (${names})` : ''}.`;
    },
    remedy: ({ otherName }) => otherName,
  },
  {
    seen: /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|certificate has expired|certificate is not yet valid/,
    problem: 'its certificate is not valid today.',
    remedy: 'Renew the certificate, or set the clock right.',
  },
  {
    seen: /SELF_SIGNED|UNABLE_TO_|CERT_UNTRUSTED|self.signed certificate|unable to (get|verify)/,
    problem: 'its certificate comes from an authority that is not trusted here.',
    remedy: ({ untrusted }) =>
      untrusted ?? 'Put the certificate of that authority into CA Certificate.',
  },
  {
    seen: /BAD_DECRYPT|bad decrypt|bad password read|INTERRUPTED_OR_CANCELLED/,
    problem: 'the client key could not be decrypted.',
    remedy: 'Check Client Key and its passphrase.',
  },
  {
    seen: /ERR_OSSL|PEM routines|DECODER routines|key values mismatch/,
    problem: 'a certificate or key that was given cannot be used.',
    remedy:
      'Check CA Certificate, Client Certificate and Client Key: whole PEM texts that belong together.',
  },
  {
    seen: /ALERT_CERTIFICATE_EXPIRED|alert certificate expired/i,
    problem: 'the client certificate has run out.',
    remedy: 'Renew it, and put it into Client Certificate and Client Key.',
  },
  {
    seen: /ALERT_UNKNOWN_CA|alert unknown ca/i,
    problem: 'the server does not trust the authority that signed the client certificate.',
    remedy:
      'Give a Client Certificate from an authority that the server knows, or let the server know this one.',
  },
  {
    seen: /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|HANDSHAKE_FAILURE)|alert (certificate required|bad certificate|handshake failure)/i,
    problem: 'the server did not accept us.',
    remedy:
      'It may want a client certificate, or another one: fill in Client Certificate and Client Key.',
  },
];

const CHECK_TLS = 'Check the TLS fields, and whether this port speaks TLS.';

function tlsFault(error: unknown, text: string, peer: Peer): RefusedError | undefined {
  const told = `${codeOf(error) ?? ''} ${text}`;
  const known = TLS_FAULTS.find(({ seen }) => seen.test(told));
  if (!known && !/\b(ERR_TLS|ERR_SSL|CERT)_|SSL routines/.test(told)) return undefined;
  const { problem = text.trim(), remedy = CHECK_TLS } = known ?? {};
  return new RefusedError(
    'tls',
    `TLS with ${peer.name} at ${peer.where} failed: ${typeof problem === 'string' ? problem : problem(text)}`,
    typeof remedy === 'string' ? remedy : remedy(peer.words ?? WORDS),
    { cause: error },
  );
}
