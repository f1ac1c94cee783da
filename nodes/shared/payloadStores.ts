import type {
  ICredentialDataDecryptedObject,
  INodeCredentialDescription,
  INodeProperties,
} from 'n8n-workflow';

import {
  InputError,
  postgresSchema,
  readSettings,
  s3Schema,
  STORE_NAMES,
  type PayloadPlaces,
  type PostgresSettings,
  type S3Settings,
  type StoreKind,
} from '../../src/index';
import { inFormWords, type Labels } from './formWords';
import { Stored } from './stored';

const FIELD = 'Payload Store';
const POSTGRES = 'postgres';
const S3 = 's3';

type Kind = Exclude<StoreKind, 'redis'>;

interface Chosen {
  /** Of a trigger several. */
  readonly kind?: Kind | readonly Kind[];
  readonly table?: string;
  readonly bucket?: string;
  readonly prefix?: string;
}

/** The form as n8n stores it: a group that is there when a person added it. */
interface Form {
  readonly chosen?: Chosen;
}

const LABELS: Labels = {
  host: 'Host',
  port: 'Port',
  database: 'Database',
  user: 'User',
  password: 'Password',
  table: 'Table',
};

const S3_LABELS: Labels = {
  endpoint: 'S3 Endpoint',
  region: 'Region',
  accessKeyId: 'Access Key ID',
  secretAccessKey: 'Secret Access Key',
  bucket: 'Bucket',
  prefix: 'Prefix',
};

const kinds = [
  { name: STORE_NAMES.postgres, value: 'postgres' },
  { name: STORE_NAMES.s3, value: 's3' },
];

const fields: INodeProperties[] = [
  {
    displayName: 'Table',
    name: 'table',
    type: 'string',
    default: postgresSchema.parse({}).table,
    displayOptions: { show: { kind: ['postgres'] } },
    description: 'Made when it is missing. With its schema: schema.table.',
  },
  {
    displayName: 'Bucket',
    name: 'bucket',
    type: 'string',
    default: '',
    displayOptions: { show: { kind: ['s3'] } },
    description: 'Must be there. A lifecycle rule on the prefix takes away what has expired.',
  },
  {
    displayName: 'Prefix',
    name: 'prefix',
    type: 'string',
    default: s3Schema.shape.prefix.parse(undefined),
    displayOptions: { show: { kind: ['s3'] } },
    description: 'Keys of payloads begin with it. A folder, when it ends in /.',
  },
];

function collection(description: string, kind: INodeProperties): INodeProperties {
  return {
    displayName: FIELD,
    name: 'payloadStore',
    type: 'fixedCollection',
    placeholder: 'Choose store',
    default: {},
    description,
    options: [{ displayName: FIELD, name: 'chosen', values: [kind, ...fields] }],
  };
}

/** Where payloads are kept that are not in Redis. What is chosen shows its credential. */
export function payloadStoreField(description: string): INodeProperties {
  return collection(description, {
    displayName: 'Store',
    name: 'kind',
    type: 'options',
    options: kinds,
    default: 'postgres',
  });
}

/** The same of who reads payloads that others stored, in one store or another. */
export function payloadStoresField(description: string): INodeProperties {
  return collection(description, {
    displayName: 'Stores',
    name: 'kind',
    type: 'multiOptions',
    options: kinds,
    default: ['postgres'],
  });
}

/** n8n's own, each shown where its store is chosen. */
export const payloadCredentials: INodeCredentialDescription[] = [
  {
    name: POSTGRES,
    required: true,
    displayOptions: { show: { '/options.payloadStore.chosen.kind': ['postgres'] } },
  },
  {
    name: S3,
    required: true,
    displayOptions: { show: { '/options.payloadStore.chosen.kind': ['s3'] } },
  },
];

/** What is needed of a node's context. */
interface HasCredentials {
  getCredentials<T extends object = ICredentialDataDecryptedObject>(type: string): Promise<T>;
}

/** @throws InputError naming the field; what n8n itself says when no credential is chosen */
export async function readPayloadPlaces(
  context: HasCredentials,
  form: unknown,
): Promise<PayloadPlaces> {
  const { chosen } = (form ?? {}) as Form;
  const asked = [chosen?.kind ?? []].flat();
  return {
    ...(asked.includes('postgres') && {
      postgres: readPostgres(await context.getCredentials(POSTGRES), chosen?.table),
    }),
    ...(asked.includes('s3') && {
      s3: readS3(await context.getCredentials(S3), chosen),
    }),
  };
}

/** Where a payload is stored: in what was chosen beside Redis, else there. */
export function depositKind(places: PayloadPlaces): StoreKind {
  if (places.s3) return 's3';
  return places.postgres ? 'postgres' : 'redis';
}

/** n8n's credential "Postgres": TLS as its own node reads it. */
function readPostgres(
  data: ICredentialDataDecryptedObject,
  table: string | undefined,
): PostgresSettings {
  const stored = new Stored(data);
  if (stored.flag('sshTunnel')) {
    throw new InputError(
      'SSH Tunnel',
      'is switched on in the Postgres credential, and payloads cannot go through one',
      'Give a Postgres credential that reaches the server without a tunnel.',
    );
  }
  return inFormWords(LABELS, () =>
    readSettings(postgresSchema, {
      host: stored.text('host'),
      port: stored.number('port'),
      database: stored.text('database'),
      user: stored.text('user'),
      password: stored.exact('password'),
      tls: tlsOf(stored),
      table: table?.trim() || undefined,
    }),
  );
}

/** n8n's credential "S3", trimmed as its own node does. */
function readS3(
  data: ICredentialDataDecryptedObject,
  { bucket, prefix }: Pick<Chosen, 'bucket' | 'prefix'> = {},
): S3Settings {
  const stored = new Stored(data);
  return inFormWords(S3_LABELS, () =>
    readSettings(s3Schema, {
      endpoint: stored.text('endpoint') ?? '',
      region: stored.text('region'),
      accessKeyId: stored.text('accessKeyId') ?? '',
      secretAccessKey: stored.text('secretAccessKey') ?? '',
      pathStyle: stored.flag('forcePathStyle'),
      tls: stored.flag('ignoreSSLIssues') ? 'trust_any' : 'verify',
      bucket: bucket?.trim() ?? '',
      prefix: prefix?.trim(),
    }),
  );
}

function tlsOf(stored: Stored): PostgresSettings['tls'] {
  if (stored.flag('allowUnauthorizedCerts')) return 'trust_any';
  return (stored.text('ssl') ?? 'disable') === 'disable' ? 'off' : 'verify';
}
