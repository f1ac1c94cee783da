import {
  isSwarmError,
  messageOf,
  RefusedError,
  UnavailableError,
  type SwarmError,
} from '../contract/errors';
import type { BrokerSettings } from '../contract/settings';
import { codeOf, socketFault } from '../contract/socketFault';

const PORTS = 'RabbitMQ takes AMQP on 5672, or on 5671 with TLS; 15672 is its management page.';

/** Reply codes of AMQP 0-9-1 that appear as `code` on the client's errors, once a connection is open. */
const CONNECTION_FORCED = 320;
const ACCESS_REFUSED = 403;
const NOT_FOUND = 404;
const PRECONDITION_FAILED = 406;
const NOT_ALLOWED = 530;
/** Such as a quorum queue that could not be made in time. */
const INTERNAL_ERROR = 541;

/**
 * The one place that reads the client library's errors. Anything it does not know counts as something that may pass,
 * because a wrong "for good" stops a consumer and a wrong "may pass" only tries again.
 */
export function brokerCause(error: unknown, settings: BrokerSettings): SwarmError {
  if (isSwarmError(error)) return error;
  const where = settings.hosts.map(({ host, port }) => `${host}:${port}`).join(', ');
  const peer = {
    name: 'RabbitMQ',
    where,
    tls: settings.tls !== undefined,
    hostField: 'Hosts',
    ports: PORTS,
  } as const;
  return (
    whileOpening(error, settings, where) ??
    onceOpen(error, settings, where) ??
    socketFault(error, peer) ??
    new UnavailableError(
      'disconnected',
      `RabbitMQ at ${where}: ${messageOf(error)}`,
      'It is tried again.',
      { cause: error },
    )
  );
}

/** A handshake that fails leaves only a text: amqplib 2.3 gives these errors no code. */
function whileOpening(
  error: unknown,
  settings: BrokerSettings,
  where: string,
): SwarmError | undefined {
  const text = messageOf(error);
  const { username, vhost } = settings;
  const cause = { cause: error };
  if (/ACCESS.REFUSED.*(login|auth)|handshake.*403/i.test(text)) {
    const local =
      'The user "guest" may log in from the same machine only: elsewhere use another user.';
    return new RefusedError(
      'login_refused',
      `RabbitMQ at ${where} refused the login of user "${username}".`,
      `Check Username and Password.${username === 'guest' ? ` ${local}` : ''}`,
      cause,
    );
  }
  // The broker says why (530), but amqplib keeps only the method's name of the frame.
  if (codeOf(error) === NOT_ALLOWED || /Expected ConnectionOpenOk/.test(text)) {
    return new RefusedError(
      'vhost_missing',
      `RabbitMQ at ${where} knows user "${username}" but does not let it into the virtual host "${vhost}": there is no such virtual host, the user has no rights in it, or it takes no more connections.`,
      `Correct Virtual Host, create it (rabbitmqctl add_vhost "${vhost}"), or grant the rights (rabbitmqctl set_permissions -p "${vhost}" "${username}" ".*" ".*" ".*").`,
      cause,
    );
  }
  if (/Frame size .* exceeds|Invalid frame|Expected ConnectionStart/.test(text)) {
    return new UnavailableError(
      'disconnected',
      `What answers at ${where} does not speak AMQP.`,
      `Check the port. ${PORTS}`,
      cause,
    );
  }
  if (/closed abruptly/.test(text)) {
    return new UnavailableError(
      'disconnected',
      `RabbitMQ at ${where} closed the connection during the handshake.`,
      settings.tls
        ? 'It may be starting or stopping.'
        : 'It may be starting or stopping. If this port speaks TLS, switch TLS on.',
      cause,
    );
  }
  return undefined;
}

/** Channels and connections that the broker closes tell why, by code. */
function onceOpen(error: unknown, settings: BrokerSettings, where: string): SwarmError | undefined {
  const text = brokerWords(messageOf(error));
  const cause = { cause: error };
  switch (codeOf(error)) {
    case ACCESS_REFUSED:
      if (/internal exchange/.test(text)) {
        return new RefusedError(
          'no_rights',
          `The exchange is internal: only other exchanges may send to it (${text}).`,
          'Publish to another exchange, such as the one that is bound to it.',
          cause,
        );
      }
      return new RefusedError(
        'no_rights',
        `User "${settings.username}" lacks a right in virtual host "${settings.vhost}": ${text}`,
        'Grant configure, write and read on the names shown.',
        cause,
      );
    case NOT_FOUND:
      return notFound(text, cause);
    case PRECONDITION_FAILED:
      return new RefusedError('conflict', text, 'Use the same arguments, or another name.', cause);
    case CONNECTION_FORCED:
    case INTERNAL_ERROR:
      return new UnavailableError(
        'disconnected',
        `RabbitMQ at ${where} closed the connection: ${text}`,
        'It is tried again.',
        cause,
      );
    default:
      return undefined;
  }
}

/** What the broker itself said, without the client library's frame of it. */
function brokerWords(text: string): string {
  return /with message "(?:[A-Z_]+ - )?(.*)"$/s.exec(text)?.[1] ?? text;
}

const MISSING = /^no (queue|exchange) '(.*)' in vhost '(.*)'$/s;

function notFound(text: string, cause: ErrorOptions): RefusedError {
  const [, kind, name, vhost] = MISSING.exec(text) ?? [];
  if (kind === undefined) {
    return new RefusedError('not_found', text, 'Create it, or correct the name.', cause);
  }
  return new RefusedError(
    'not_found',
    `There is no ${kind} "${name}" in virtual host "${vhost}".`,
    kind === 'queue'
      ? 'Correct Queue or the Virtual Host of the credential; or publish the workflow that consumes it, which creates it unless its Topology is Only Check.'
      : 'Create it (publishing a workflow that binds its queue to it does), or correct the name.',
    cause,
  );
}
