import {
  messageOf,
  RefusedError,
  UnavailableError,
  type RefusedCode,
  type SwarmError,
} from '../contract/errors';
import type { BrokerSettings } from '../contract/settings';
import { socketFault } from '../contract/socketFault';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Nothing came for too long. */
export class SilentError extends Error {}

const NAME = 'RabbitMQ management';
/** Remedies of TLS whose fields are hidden while the broker itself is reached without it. */
const NAMES_FIELDS = /Certificate|Client Key/;
const WORDS = {
  tlsOn: 'write https://',
  tlsOff: 'write http://',
  otherName: 'Give the address by a name in the certificate.',
};
const SHOULD_BE =
  'Give the address at which a browser shows the management page, often http://<host>:15672. RabbitMQ has it when the plugin is on: rabbitmq-plugins enable rabbitmq_management.';

/** What Node says when the management API cannot be asked. */
export function managementCause(error: unknown, settings: BrokerSettings): SwarmError {
  const { managementUrl: where } = settings;
  const text = messageOf(error);
  // What does not begin as HTTP does; a port that speaks TLS may hang up as well.
  if (/Parse Error|socket hang up/.test(text)) return notManagement(settings, error);
  if (error instanceof SilentError || /aborted/.test(text)) {
    return new UnavailableError(
      'timeout',
      `Nothing answers at ${where} in time.`,
      'Check Management URL. A firewall, or another kind of server at this port, stays silent.',
      { cause: error },
    );
  }
  const tls = where.startsWith('https:');
  const peer = { name: NAME, where, tls, hostField: 'Management URL', words: WORDS } as const;
  const fault = socketFault(error, peer);
  if (fault?.code === 'tls' && !settings.tls && NAMES_FIELDS.test(fault.remedy)) {
    return withoutFields(fault);
  }
  return (
    fault ??
    new UnavailableError('disconnected', `${NAME} at ${where}: ${text}`, 'Check Management URL.', {
      cause: error,
    })
  );
}

/** Something answers, and it is not the API. */
export function notManagement(settings: BrokerSettings, cause?: unknown): RefusedError {
  const secure = settings.managementUrl.startsWith('https:');
  return new RefusedError(
    'unsupported',
    `What answers at ${settings.managementUrl} is not RabbitMQ's management API.`,
    secure ? SHOULD_BE : `${SHOULD_BE} If it speaks TLS, write https://.`,
    { cause },
  );
}

/** An answer that is not the one that was asked for. */
export function unexpectedAnswer(answer: HttpAnswer, settings: BrokerSettings): SwarmError {
  const { status, headers, text } = answer;
  const { managementUrl: where, vhost } = settings;
  if (status === 401 || status === 403) return notLetIn(text, settings);
  const { location } = headers;
  if (status >= 300 && status < 400 && typeof location === 'string') {
    return refused(
      'unsupported',
      `${where} sends elsewhere, to ${placeOf(location, where)}.`,
      'Give the address it sends to in Management URL.',
    );
  }
  if (status === 404 && /Object Not Found/i.test(text)) {
    return refused(
      'vhost_missing',
      `${NAME} at ${where} knows no virtual host "${vhost}".`,
      'Correct Virtual Host, or give the Management URL of the broker that has it.',
    );
  }
  if (status < 500) return notManagement(settings);
  return new UnavailableError(
    'disconnected',
    `${NAME} at ${where} cannot answer now (HTTP ${status}).`,
    'It may be starting or stopping, or a proxy before it does not reach it.',
  );
}

/** Texts of RabbitMQ 3.10 to 4.0; a proxy before it has its own. */
function notLetIn(text: string, { managementUrl: where, username, vhost }: BrokerSettings) {
  if (/not management user/i.test(text)) {
    return refused(
      'no_rights',
      `${NAME} at ${where} knows user "${username}", but the user has no tag that lets it in.`,
      `Give it one: rabbitmqctl set_user_tags "${username}" management.`,
    );
  }
  if (/via localhost/i.test(text)) {
    return refused(
      'login_refused',
      `${NAME} at ${where} lets user "${username}" log in from the same machine only.`,
      'Use another user than "guest".',
    );
  }
  return refused(
    'login_refused',
    `${NAME} at ${where} refused user "${username}".`,
    `Check Username and Password, which are used here, too; the user needs rights in virtual host "${vhost}" and the tag management: rabbitmqctl set_user_tags "${username}" management.`,
  );
}

function withoutFields(fault: SwarmError): RefusedError {
  return new RefusedError(
    'tls',
    fault.message,
    'The fields of TLS belong to the broker and are used here, too, once TLS is switched on. Without them give an address whose certificate is trusted publicly, or one with http://.',
    { cause: fault.cause },
  );
}

function placeOf(location: string, base: string): string {
  const { origin, pathname } = new URL(location, base);
  return `${origin}${pathname === '/' ? '' : pathname}`;
}

function refused(code: RefusedCode, message: string, remedy: string): RefusedError {
  return new RefusedError(code, message, remedy);
}
