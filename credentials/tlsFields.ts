import type { INodeProperties } from 'n8n-workflow';

const shownWithTls = { show: { tls: [true] } };

/** Switches TLS on; without it none of the other fields is shown. */
export const tlsSwitch: INodeProperties = {
  displayName: 'TLS',
  name: 'tls',
  type: 'boolean',
  default: false,
  description: 'Whether to connect over TLS',
};

export const caField: INodeProperties = {
  displayName: 'CA Certificate',
  name: 'ca',
  type: 'string',
  typeOptions: { rows: 4 },
  displayOptions: shownWithTls,
  default: '',
  placeholder: '-----BEGIN CERTIFICATE-----',
  description: 'PEM of the authority that signed the server. Leave empty for a public one.',
};

export const certField: INodeProperties = {
  displayName: 'Client Certificate',
  name: 'cert',
  type: 'string',
  typeOptions: { rows: 4 },
  displayOptions: shownWithTls,
  default: '',
  placeholder: '-----BEGIN CERTIFICATE-----',
  description: 'PEM. Only for a server that asks its clients for one.',
};

export const keyField: INodeProperties = {
  displayName: 'Client Key',
  name: 'key',
  type: 'string',
  typeOptions: { rows: 4, password: true },
  displayOptions: shownWithTls,
  default: '',
  description: 'PEM of the private key of the client certificate',
};

export const passphraseField: INodeProperties = {
  displayName: 'Key Passphrase',
  name: 'passphrase',
  type: 'string',
  typeOptions: { password: true },
  displayOptions: shownWithTls,
  default: '',
  description: 'Only for a client key that is encrypted',
};

export const serverNameField: INodeProperties = {
  displayName: 'Server Name',
  name: 'serverName',
  type: 'string',
  displayOptions: shownWithTls,
  default: '',
  description: 'Name the certificate must show, when it is not the one in the address',
};

export const verifyField: INodeProperties = {
  displayName: 'Verify Certificate',
  name: 'verify',
  type: 'boolean',
  displayOptions: shownWithTls,
  default: true,
  description:
    'Whether to refuse a server whose certificate cannot be checked. Switched off, anyone in between can read along.',
};
