export interface N8nOwner {
  email: string;
  firstName: string;
  lastName: string;
  password: string;
}

export interface N8nHttp {
  /** A request as the editor makes it, to /rest; returns what stands under `data`. */
  rest<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** A request with an API key, to /api/v1. */
  publicApi<T>(method: string, path: string): Promise<T>;
}

export class N8nRequestError extends Error {
  constructor(
    readonly status: number,
    readonly body: unknown,
    request: string,
  ) {
    super(`n8n answered ${request} with ${status}: ${JSON.stringify(body)}`);
    this.name = 'N8nRequestError';
  }
}

export const OWNER: N8nOwner = {
  email: 'owner@example.com',
  firstName: 'Swarm',
  lastName: 'Owner',
  password: 'Swarm-owner-1',
};

const SCOPES = ['execution:read', 'execution:list', 'workflow:read', 'workflow:list'];

async function send(url: string, method: string, headers: Record<string, string>, body?: unknown) {
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  let content: unknown = text;
  try {
    content = JSON.parse(text);
  } catch {
    // Some answers are plain text, the ones of a host that is starting for instance.
  }
  const { pathname } = new URL(url);
  if (!answer.ok) throw new N8nRequestError(answer.status, content, `${method} ${pathname}`);
  return { content, cookies: answer.headers.getSetCookie() };
}

/** Becomes the owner of a fresh n8n, or signs in as the one it has. */
export async function n8nSession(url: string, owner: N8nOwner = OWNER): Promise<N8nHttp> {
  const credentials = { emailOrLdapLoginId: owner.email, password: owner.password };
  const entered = await send(`${url}/rest/owner/setup`, 'POST', {}, owner).catch(
    (error: unknown) => {
      if (!(error instanceof N8nRequestError) || error.status !== 400) throw error;
      return send(`${url}/rest/login`, 'POST', {}, credentials);
    },
  );
  const cookie = entered.cookies
    .map((line) => line.split(';')[0] ?? '')
    .filter((pair) => pair.startsWith('n8n-auth='))
    .join('; ');
  if (!cookie) throw new Error(`${url} gave no n8n-auth cookie`);

  const rest: N8nHttp['rest'] = async <T>(method: string, path: string, body?: unknown) => {
    const { content } = await send(`${url}/rest${path}`, method, { cookie }, body);
    return (content as { data: T }).data;
  };
  let apiKey: Promise<{ rawApiKey: string }> | undefined;
  return {
    rest,
    async publicApi<T>(method: string, path: string) {
      apiKey ??= rest('POST', '/api-keys', {
        // Labels are unique, and this may be the second session of one host.
        label: `tests ${Date.now()}`,
        scopes: SCOPES,
        expiresAt: null,
      });
      const { rawApiKey } = await apiKey;
      const headers = { 'x-n8n-api-key': rawApiKey };
      const { content } = await send(`${url}/api/v1${path}`, method, headers);
      return content as T;
    },
  };
}
