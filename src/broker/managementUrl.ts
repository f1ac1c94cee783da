import { InputError } from '../contract/errors';

/** What a browser's address bar has behind the address itself. */
const PAGE = /(\/api)?\/*$/;

/**
 * Reads the address of a management API, as it is or as a browser shows its page: `http://rabbit-1:15672/#/queues`.
 *
 * @param label name of the field as the person sees it
 * @returns without a slash at its end; undefined when nothing is given
 * @throws InputError when it is no address of HTTP, or holds a login
 */
export function readManagementUrl(label: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new InputError(
      label,
      // Not quoted: such text may hold a password.
      'is no address that begins with http:// or https://',
      'Write it as a browser has it, such as http://rabbit-1:15672.',
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new InputError(
      label,
      'holds a user or password',
      'Remove them: Username and Password are used here, too.',
    );
  }
  return `${url.origin}${url.pathname.replace(PAGE, '')}`;
}
